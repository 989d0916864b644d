"""A build compared with earlier ones: their files stay, what is like them is left out."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from codemill.pipeline.build import digests
from codemill.pipeline.errors import UserError

from ..conftest import MIT, commit, python_module
from .conftest import build

NEAR = python_module("gravity").replace("gravity_3", "gravity_three")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A build of one clone."""
    folder = tmp_path_factory.mktemp("earlier")
    files = {
        "LICENSE": MIT,
        "gravity.py": python_module("gravity"),
        "tone.py": python_module("tone"),
    }
    commit(folder / "old" / "physics", files)
    build([folder / "old"], folder / "out")
    return folder / "out"


@pytest.fixture
def newer(tmp_path):
    """A clone of which some files are like those of the earlier build."""
    files = {
        "LICENSE": MIT,
        "again.py": python_module("gravity"),
        "near.py": NEAR,
        "own.py": python_module("own"),
        "own_near.py": python_module("own").replace("own_3", "own_three"),
    }
    commit(tmp_path / "new" / "fork", files)
    return tmp_path / "new"


def near_duplicates(out):
    rows = pq.read_table(out / "ledger" / "duplicates").to_pylist()
    return {row["path"]: (row["rule"], row["kept_repository"], row["kept_path"]) for row in rows}


def against(*folders):
    return (f"duplicates.against={json.dumps([str(f) for f in folders])}",)


def test_what_an_earlier_build_holds_is_left_out_of_the_new_one(earlier, newer, tmp_path):
    before = digests(str(earlier))
    build([newer], tmp_path / "out", *against(earlier))
    assert near_duplicates(tmp_path / "out") == {
        "again.py": ("same_text", "physics", "gravity.py"),
        "near.py": ("near_duplicate", "physics", "gravity.py"),
        "own_near.py": ("near_duplicate", "fork", "own.py"),
    }
    assert digests(str(earlier)) == before


def test_the_folder_of_an_earlier_build_is_in_no_output(earlier, newer, tmp_path):
    build([newer], tmp_path / "out", *against(earlier))
    copied = tmp_path / "elsewhere"
    copied.mkdir()
    earlier.rename(copied / "moved")
    try:
        build([newer], tmp_path / "again", *against(copied / "moved"))
    finally:
        (copied / "moved").rename(earlier)
    assert digests(str(tmp_path / "again")) == digests(str(tmp_path / "out"))
    config = json.loads((tmp_path / "out" / "manifest.json").read_text())["config"]
    assert [len(digest) for digest in config["duplicates"]["against"]] == [64]


def test_signatures_made_otherwise_are_refused(earlier, newer, tmp_path):
    with pytest.raises(UserError, match=r"has duplicates\.seed = 42, this build has 7"):
        build([newer], tmp_path / "out", *against(earlier), "duplicates.seed=7")


def test_a_folder_without_a_finished_build_is_refused(newer, tmp_path):
    with pytest.raises(UserError, match="holds no finished build"):
        build([newer], tmp_path / "out", *against(tmp_path))


def test_a_build_is_not_compared_with_itself(newer, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(UserError, match="not compared with itself"):
        build([newer], out, *against(out))
