"""Benchmarks that the user names: read by the driver, found by every worker, told in the ledger."""

from __future__ import annotations

import gzip
import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from codemill.pipeline.benchmarks import read_benchmarks, read_items, told
from codemill.pipeline.cli import app
from codemill.pipeline.config import DecontaminateConfig, load_config
from codemill.pipeline.errors import UserError
from codemill.pipeline.explain import explain
from codemill.pipeline.inspect import inspect_paths
from codemill.transforms.decontaminate import Outline

from ..conftest import MIT, commit, python_module
from .conftest import build

SOLUTION = """def widest_step(heights):
    widest = 0
    for before, after in zip(heights, heights[1:]):
        widest = max(widest, abs(after - before))
    return widest
"""
RECORD = {"task_id": "steps/1", "prompt": "Say how high the highest step is.", "code": SOLUTION}
COPY = SOLUTION.replace("widest_step", "biggest").replace("heights", "values")


@pytest.fixture
def benchmark(tmp_path):
    path = tmp_path / "steps.jsonl"
    path.write_text(json.dumps(RECORD) + "\n\n")
    return path


def config(benchmark):
    return load_config(None, [f"decontaminate.benchmarks={json.dumps([str(benchmark)])}"])


def test_records_of_one_name_are_told_apart_and_equal_ones_are_one(benchmark, tmp_path):
    other = {**RECORD, "code": SOLUTION.replace("max", "min")}
    benchmark.write_text("\n".join(json.dumps(r) for r in (RECORD, other, RECORD)))
    again = tmp_path / "HumanEval.jsonl"
    again.write_text(json.dumps({**RECORD, "task_id": "HumanEval/0"}))
    wanted = DecontaminateConfig(benchmarks=(str(benchmark), str(again)), defaults=False)
    rows = read_benchmarks(wanted, lambda language, content: Outline())
    assert sorted({(r["benchmark"], r["item"]) for r in rows.to_pylist()}) == [
        ("HumanEval", "HumanEval/0 (2)"),
        ("steps", "steps/1"),
        ("steps", "steps/1 (2)"),
    ]


def test_a_gzipped_benchmark_is_read_as_well(benchmark, tmp_path):
    packed = tmp_path / "steps.jsonl.gz"
    packed.write_bytes(gzip.compress(benchmark.read_bytes()))
    assert read_items(str(packed)) == read_items(str(benchmark))
    assert [(i.benchmark, i.name) for i in read_items(str(packed))] == [("steps", "steps/1")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.jsonl is empty: it takes a JSON object a line"),
        (b'{"prompt": "a b"}\n{"prompt"\n', "mine.jsonl, line 2: not JSON .* at column 10"),
        (b'\n{"promt": "x"}\n', "mine.jsonl, line 2: no text in any known field; it has 'promt'"),
        (b'{"prompt": "\xff"}\n', "mine.jsonl, line 1: not UTF-8"),
        (b"[" * 100_000, "mine.jsonl, line 1: nested too deeply"),
        (b"\x1f\x8bnothing", "mine.jsonl is damaged"),
        (b'{"prompt": "a \\ud800 b"}\n', "mine.jsonl, line 1: half a surrogate pair"),
    ],
    ids=["empty", "no JSON", "no field", "no UTF-8", "deep", "damaged", "surrogate"],
)
def test_what_is_no_benchmark_is_refused_by_line(tmp_path, content, said):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_items(str(path))


def test_a_missing_benchmark_is_a_line_on_the_command_line(tmp_path):
    with pytest.raises(UserError, match=r"cannot read benchmark .*none.jsonl: No such file"):
        read_items(str(tmp_path / "none.jsonl"))


def test_manifest_and_fingerprint_tell_content_not_place(benchmark, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    moved = benchmark.rename(tmp_path / "elsewhere" / "steps.jsonl")
    before = told(DecontaminateConfig(benchmarks=(str(moved),)))
    assert str(tmp_path) not in json.dumps(before)
    moved.write_text(json.dumps({**RECORD, "task_id": "steps/2"}))
    assert told(DecontaminateConfig(benchmarks=(str(moved),))) != before


def test_inspect_finds_the_renamed_copy_of_a_benchmark_of_the_users(benchmark, tmp_path):
    copy = tmp_path / "copy.py"
    copy.write_text(f"# one of my own\n{COPY}\n")
    (row,) = inspect_paths([str(copy)], config(benchmark))
    found = [(c["benchmark"], c["item"], c["field"], c["by"]) for c in row["contamination"]]
    assert ("steps", "steps/1", "solution", "function") in found
    assert row["decision"] == "files/contaminated"


def test_inspect_takes_benchmarks_by_the_option(benchmark, tmp_path):
    copy = tmp_path / "copy.py"
    copy.write_text(COPY)
    ran = CliRunner().invoke(app, ["inspect", str(copy), "--jsonl", "--benchmark", str(benchmark)])
    assert [c["item"] for c in json.loads(ran.stdout)["contamination"]][:1] == ["steps/1"]


def test_a_build_leaves_the_copy_out_and_says_why(benchmark, tmp_path):
    copy = python_module("wood") + "\n\n" + SOLUTION
    files = {"LICENSE": MIT, "clean.py": python_module("stone"), "copy.py": copy}
    commit(tmp_path / "clones" / "one", files)
    setting = f"decontaminate.benchmarks={json.dumps([str(benchmark)])}"
    out = build([tmp_path / "clones"], tmp_path / "out", setting)
    rows = {r["path"]: r for r in pq.read_table(out / "ledger" / "files").to_pylist()}
    assert rows["copy.py"]["rule"] == "contaminated"
    assert (rows["copy.py"]["value"], rows["copy.py"]["threshold"]) == (1.0, 1.0)
    assert rows["copy.py"]["detail"] == "steps steps/1: 1.00 of its solution (exact)"
    assert "contaminated" in " ".join(explain(str(out), "copy.py"))
    assert "clean.py" not in rows


def test_a_build_may_take_the_function_out_and_keep_the_file(benchmark, tmp_path):
    stone = python_module("stone")
    files = {"LICENSE": MIT, "clean.py": python_module("wood"), "copy.py": f"{stone}\n\n{SOLUTION}"}
    commit(tmp_path / "clones" / "one", files)
    settings = (
        f"decontaminate.benchmarks={json.dumps([str(benchmark)])}",
        "decontaminate.policy=function",
    )
    out = build([tmp_path / "clones"], tmp_path / "out", *settings)
    (row,) = (r for r in pq.read_table(out / "files").to_pylist() if r["path"] == "copy.py")
    (text,) = (r for r in pq.read_table(out / "text").to_pylist() if r["path"] == "copy.py")
    assert text["text"].rstrip() == stone.rstrip()
    assert {(c["item"], c["removed"]) for c in row["contamination"]} == {("steps/1", True)}
    assert len(row["taken_out"]) == 1
    assert (
        json.loads((out / "manifest.json").read_text())["stages"]["files"]["counts"]["taken_out"]
        == 1
    )
    (span,) = row["taken_out"]
    said = f"function taken out: bytes {span['start']}-{span['end']} of the text before"
    assert said in " ".join(explain(str(out), "copy.py"))
    assert "function with a benchmark" in (out / "report.html").read_text()


def test_inspect_shows_what_the_policy_takes_out(benchmark, tmp_path):
    copy = tmp_path / "copy.py"
    copy.write_text(f"import os\n\n\n{SOLUTION}\n\n{python_module('stone')}")
    setting = f"decontaminate.benchmarks={json.dumps([str(benchmark)])}"
    wanted = load_config(None, [setting, "decontaminate.policy=function"])
    (row,) = inspect_paths([str(copy)], wanted)
    assert len(row["taken_out"]) == 1
    assert "contaminated" not in row["decision"]


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="one of file, function, report, not 'line'"):
        load_config(None, ["decontaminate.policy=line"])
