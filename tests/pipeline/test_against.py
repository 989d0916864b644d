"""A build compared with earlier ones: their files stay, what is like them is left out."""

from __future__ import annotations

import json
import shutil

import pyarrow.parquet as pq
import pytest

from codemill.pipeline.build import digests
from codemill.pipeline.earlier import digest_of
from codemill.pipeline.errors import UserError
from codemill.pipeline.explain import explain
from codemill.pipeline.forget.record import PENDING

from ..conftest import MIT, commit, python_module
from .conftest import build

NEAR = python_module("gravity").replace("gravity_3", "gravity_three")


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A build of one clone."""
    folder = tmp_path_factory.mktemp("earlier")
    modules = {f"{topic}.py": python_module(topic) for topic in ("gravity", "tone")}
    # One of the first two goes, so what is kept has other rows than what was signed.
    pair = {"a.py": python_module("pair"), "b.py": python_module("pair").replace("pair_3", "c")}
    files = {"LICENSE": MIT, **pair, **modules}
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
        "pair.py": python_module("pair"),
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
    (kept,) = {"a.py", "b.py"} - near_duplicates(earlier).keys()
    found = near_duplicates(tmp_path / "out")
    assert found.pop("pair.py")[1:] == ("physics", kept)
    assert found == {
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


def test_a_whole_repository_goes_for_one_of_an_earlier_build(earlier, tmp_path):
    files = {"LICENSE": MIT, "tone.py": python_module("tone"), "new.py": python_module("new")}
    commit(tmp_path / "new" / "physics", files)
    commit(tmp_path / "new" / "other", {"LICENSE": MIT, "other.py": python_module("other")})
    settings = (
        *against(earlier),
        "duplicates.whole_repositories=true",
        "catalog.validation_share=0",
    )
    build([tmp_path / "new"], tmp_path / "out", *settings)
    rows = pq.read_table(tmp_path / "out" / "ledger" / "duplicates").to_pylist()
    assert {(row["path"], row["rule"], row["kept_repository"]) for row in rows} == {
        ("tone.py", "duplicate_repository", "physics"),
        ("new.py", "duplicate_repository", "physics"),
        ("LICENSE", "duplicate_repository", "physics"),
    }


def test_the_same_files_again_are_told_to_be_in_an_earlier_build(earlier, tmp_path):
    build([earlier.parent / "old"], tmp_path / "out", *against(earlier))
    said = list(explain(str(tmp_path / "out"), "tone.py"))
    assert "  detail: the file kept is in an earlier build" in said
    assert not any("which is out itself" in line for line in said)


def copy_of(folder, to):
    shutil.copytree(folder, to)
    return to


def test_an_earlier_build_that_is_not_whole_is_refused(earlier, newer, tmp_path):
    damaged = copy_of(earlier, tmp_path / "damaged")
    shutil.rmtree(damaged / "text")
    with pytest.raises(UserError, match=r"lacks text/.*needs the whole of a build"):
        build([newer], tmp_path / "out", *against(damaged))


def test_an_earlier_build_that_is_being_made_to_forget_is_refused(earlier, newer, tmp_path):
    forgetting = copy_of(earlier, tmp_path / "forgetting")
    (forgetting / PENDING).touch()
    with pytest.raises(UserError, match="finish its codemill forget"):
        build([newer], tmp_path / "out", *against(forgetting))


def test_a_link_to_the_build_itself_is_the_build_itself(earlier, newer, tmp_path):
    (tmp_path / "link").symlink_to(earlier)
    with pytest.raises(UserError, match="not compared with itself"):
        build([newer], earlier, *against(tmp_path / "link"), fresh=True)


def test_another_earlier_build_has_another_digest(earlier, tmp_path):
    changed = copy_of(earlier, tmp_path / "changed")
    assert digest_of(str(changed)) == digest_of(str(earlier))
    manifest = json.loads((changed / "manifest.json").read_text())
    name = next(n for n in manifest["sha256"] if n.startswith("signatures/"))
    manifest["sha256"][name] = "0" * 64
    (changed / "manifest.json").write_text(json.dumps(manifest))
    assert digest_of(str(changed)) != digest_of(str(earlier))


@pytest.mark.parametrize("content", ["{}", "no JSON", "[1]"])
def test_a_manifest_of_another_program_is_no_build(newer, tmp_path, content):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text(content)
    with pytest.raises(UserError, match="holds no finished build"):
        build([newer], tmp_path / "out", *against(tmp_path / "other"))
