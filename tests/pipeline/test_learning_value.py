"""The learning value on its way through a build, and as a sampling weight."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline.accounting import account
from codemill.pipeline.build import digests, stage_counts
from codemill.pipeline.config import Config, config_from_table
from codemill.pipeline.file_steps import make_learning_value
from codemill.pipeline.forget.run import forget
from codemill.pipeline.progress import Reporter
from codemill.pipeline.stages.pretrain import settings
from codemill.transforms.learning_value.copies import SampleWeight, copies

from ..conftest import python_module
from .conftest import build

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "learning_value.md").read_text()
SAMPLED = (
    "pretrain.value_exponent=3",
    "pretrain.value_once=0.45",
    "pretrain.value_copies=3",
    "pretrain.fim_rate=0.0",
)


def table(out: Path, folder: str) -> pa.Table:
    return pa.concat_tables(pq.read_table(p) for p in sorted(out.glob(f"{folder}/*.parquet")))


def taken(out: Path, split: str) -> Counter[int]:
    """How often each file of a split ends in a packed row: plain documents end once."""
    found: Counter[int] = Counter()
    for path in sorted(out.glob(f"pretrain/{split}-*.parquet")):
        footer = pq.read_metadata(path).metadata
        end = json.loads(footer[b"codemill.special_tokens"])["end_of_text"]
        for row in pq.read_table(path).to_pylist():
            for file_id, (start, stop) in zip(row["file_ids"], bounds(row), strict=True):
                if file_id:
                    found[file_id] += row["input_ids"][start:stop].count(end)
    return found


def bounds(row: dict) -> list[tuple[int, int]]:
    """Where each segment of a packed row begins and ends."""
    return list(pairwise(np.cumsum([0, *row["seq_lengths"]]).tolist()))


@pytest.fixture(scope="module")
def sampled(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(sources, tmp_path_factory.mktemp("sampled") / "out", *SAMPLED)


def wanted_copies(out: Path, split: str) -> dict[int, int]:
    rows = pa.concat_tables(pq.read_table(p) for p in sorted(out.glob(f"text/{split}-*.parquet")))
    ids, value = rows["file_id"].to_numpy(), rows["learning_value"].combine_chunks()
    found = copies(value, ids, SampleWeight(3.0, 0.45, 3), seed=0)
    return dict(zip(ids.tolist(), found.tolist(), strict=True))


def test_every_kept_file_has_the_value_that_it_was_judged_to_have(built):
    judged, text = table(built, "files"), table(built, "text")
    values = dict(zip(*(judged[n].to_pylist() for n in ("file_id", "learning_value")), strict=True))
    assert [values[i] for i in text["file_id"].to_pylist()] == text["learning_value"].to_pylist()
    assert text["learning_value"].null_count == 0
    binary = judged.filter(pa.compute.is_null(judged["language"]))
    assert binary.num_rows == binary["learning_value"].null_count == 1


def test_a_repositorys_signs_are_the_same_for_all_its_files(built):
    judged = table(built, "files").select(["repository", "repository_signs"]).to_pylist()
    signs = {row["repository"]: row["repository_signs"] for row in judged}
    assert all(row["repository_signs"] == signs[row["repository"]] for row in judged)
    assert signs["git.example.com/ada/physics"] == {
        "num_code_files": 6,
        "num_test_files": 0,
        "readme": False,
        "documentation": False,
        "licence": True,
        "ci": False,
        "manifest": False,
    }


def test_rows_of_parquet_do_not_speak_for_their_repository(tmp_path):
    rows = {"content": [python_module("rows")], "path": ["a.py"], "license": ["MIT"]}
    pq.write_table(pa.table({**rows, "repo_name": ["ada/physics"]}), tmp_path / "rows.parquet")
    out = build(tmp_path / "rows.parquet", tmp_path / "out", "catalog.validation_share=0")
    assert table(out, "files")["repository_signs"].null_count == 1


def test_a_weight_of_the_configuration_changes_values_and_only_what_follows(
    sources, built, tmp_path
):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    build(sources, out, "files.value_weights={recency = 0, licence = 9}")
    config = config_from_table({"files": {"value_weights": {"recency": 0, "licence": 9}}})
    rows = table(out, "files").combine_chunks().to_batches()[0]
    stored = rows.column("learning_value")
    assert make_learning_value(config.files)(rows).equals(stored)
    assert not make_learning_value(Config().files)(rows).equals(stored)
    assert pq.read_table(out / "text").num_rows == pq.read_table(built / "text").num_rows


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"files": {"value_weights": {"star": 1.0}}}, "files.value_weights: no component"),
        ({"files": {"value_reference": "soon"}}, "files.value_reference must be a date"),
        ({"pretrain": {"value_exponent": -1.0}}, "pretrain.value_exponent must be between 0 and 8"),
        ({"pretrain": {"value_once": 0.0}}, "pretrain.value_once must be above 0"),
        ({"pretrain": {"value_copies": 0}}, "pretrain.value_copies must be between 1 and 16"),
    ],
)
def test_wrong_settings_are_refused_before_anything_runs(setting, message):
    with pytest.raises(ValueError, match=message):
        config_from_table(setting)


def test_a_document_is_taken_as_often_as_its_value_says(sampled):
    wanted = wanted_copies(sampled, "train")
    assert {0, 1, 2} <= set(wanted.values())
    assert taken(sampled, "train") == {i: n for i, n in wanted.items() if n}
    stats = stage_counts(str(sampled))["pretrain"]
    validation = wanted_copies(sampled, "validation")
    assert stats["n_documents"] == sum(wanted.values()) + len(validation)
    assert stats["not_taken"] == list(wanted.values()).count(0)


def test_validation_is_taken_once_whatever_its_value(sampled):
    found = taken(sampled, "validation")
    assert found
    assert set(found.values()) == {1}
    assert set(found) == set(wanted_copies(sampled, "validation"))


def test_no_row_holds_two_copies_of_a_document(sampled):
    for path in sorted(sampled.glob("pretrain/train-*.parquet")):
        for row in pq.read_table(path).to_pylist():
            pieces = [tuple(row["input_ids"][start:stop]) for start, stop in bounds(row)]
            named = list(zip(row["file_ids"], pieces, strict=True))
            assert len(named) == len(set(named))


def test_every_copy_is_cut_and_rearranged_anew():
    config = Config().pretrain
    seeds = [settings(config, copy).seed for copy in range(4)]
    assert seeds[0] == config.seed
    assert len(set(seeds)) == 4


def test_the_same_bytes_by_two_workers(sources, sampled, tmp_path):
    out = build(sources, tmp_path / "out", *SAMPLED, workers=2)
    assert digests(str(out)) == digests(str(sampled))


def test_what_is_not_taken_is_told_and_forgotten(sampled, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(sampled, out)
    sums = json.loads((out / "manifest.json").read_text())["accounting"]
    assert sums["not_taken"] > 0
    (tmp_path / "list").write_text("element2\nelement3\n")
    list(forget(str(out), str(tmp_path / "list"), Reporter(quiet=True), dry_run=False))
    after = account(str(out), stage_counts(str(out)))
    assert after["forgotten"] > 0
    assert after["not_taken"] == list(wanted_copies(out, "train").values()).count(0)


def test_the_recipes_of_the_page_run(built):
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 3
    valued: dict = {}
    exec(blocks[0].replace("OUT", str(built)), valued)
    assert valued["new"].equals(valued["rows"].column("learning_value"))
    drawn: dict = {}
    exec(blocks[1].replace("OUT", str(built)), drawn)
    assert drawn["copies"].sum() == drawn["sample"].num_rows > 0
    streamed: dict = {}
    exec(blocks[2].replace("OUT", str(built)), streamed)
    ids = [row["file_id"] for row in streamed["sample"]]
    assert 0 < len(ids) == len(set(ids))
