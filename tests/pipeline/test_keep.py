"""Which copy a build keeps is the configuration's to say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from codemill.pipeline.build import fingerprints
from codemill.pipeline.config import load_config
from codemill.pipeline.sources import discover
from codemill.pipeline.stages.all import STAGES

from ..conftest import MIT, commit, python_module, write_tar
from .conftest import build
from .test_build import kept

EXACT = python_module("twin")
NEAR = python_module("sister")
NO_VALIDATION = "catalog.validation_share=0.0"


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An old clone with stars and a new one without; both hold a twin and much the same sister."""
    folder = tmp_path_factory.mktemp("given")
    old = {"LICENSE": MIT, "src/twin.py": EXACT, "src/sister.py": NEAR}
    new = {"LICENSE": MIT, "twin.py": EXACT, "sister.py": NEAR.replace("sister_3", "sister_three")}
    commit(folder / "old", old, committed_at=1_200_000_000)
    commit(folder / "new", new, committed_at=1_600_000_000)
    manifest = folder / "given.jsonl"
    rows = [{"path": "old", "stars": 7, "fork": False}, {"path": "new", "fork": True}]
    manifest.write_text("\n".join(map(json.dumps, rows)))
    return [manifest]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ((), {"old/src/twin.py", "old/src/sister.py"}),
        (('duplicates.keep=["newest"]',), {"new/twin.py", "new/sister.py"}),
        (('duplicates.keep=["depth", "stars"]',), {"new/twin.py", "new/sister.py"}),
        (('duplicates.keep=["fork", "newest"]',), {"old/src/twin.py", "old/src/sister.py"}),
    ],
    ids=str,
)
def test_the_copy_that_is_kept_is_the_policys(given, tmp_path, settings, expected):
    out = build(given, tmp_path / "out", NO_VALIDATION, *settings)
    assert kept(out) - {"old/LICENSE", "new/LICENSE"} == expected


def test_a_changed_policy_makes_the_choice_again(given, tmp_path):
    out = build(given, tmp_path / "out", NO_VALIDATION)
    assert "old/src/twin.py" in kept(out)
    build(given, out, NO_VALIDATION, 'duplicates.keep=["newest"]')
    assert {"new/twin.py", "new/sister.py"} <= kept(out)


def test_what_the_policy_looks_at_is_told_of_every_file(given, tmp_path):
    write_tar(tmp_path / "pack.tar.gz", {"p/LICENSE": MIT.encode(), "p/a.py": b"x = 1\n" * 9})
    out = build([*given, tmp_path / "pack.tar.gz"], tmp_path / "out", NO_VALIDATION)
    rows = [row for path in out.glob("files/*.parquet") for row in pq.read_table(path).to_pylist()]
    columns = ("stars", "forks", "fork", "committed_at", "project_prefix")
    told = {f"{r['repository']}/{r['path']}": tuple(r[c] for c in columns) for r in rows}
    assert told["old/src/sister.py"] == (7, None, False, 1_200_000_000, 1)
    assert told["new/sister.py"] == (None, None, True, 1_600_000_000, 0)
    assert told["pack.tar.gz/a.py"] == (None, None, None, None, 0)


def test_the_fingerprints_of_all_that_choose_depend_on_the_policy(given):
    inputs = discover([str(given[0])])
    default = load_config()
    other = replace(default, duplicates=replace(default.duplicates, keep=("newest",)))
    before = fingerprints(STAGES, default, inputs)
    after = fingerprints(STAGES, other, inputs)
    assert before["catalog"] != after["catalog"]
    files = next(stage for stage in STAGES if stage.name == "files")
    assert files.data(default, inputs) != files.data(other, inputs)
