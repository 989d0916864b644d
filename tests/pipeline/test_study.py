"""`codemill study` tells from a build's columns what thresholds do."""

from __future__ import annotations

import json
import math
import re
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from codemill.pipeline.cli import app
from codemill.pipeline.errors import UserError
from codemill.pipeline.study.counts import Amounts, ValueCounts
from codemill.pipeline.study.run import overview, study
from codemill.pipeline.study.show import run
from codemill.transforms.quality import DEFAULT_RECIPE

from .conftest import build


def counts(values, *, upwards=True, spared=None, exact=()):
    made = ValueCounts(upwards=upwards, exact=exact)
    sizes = np.full(len(values), 10)
    made.add(np.array(values, float), sizes, np.array(spared or [True] * len(values)))
    return made


def test_a_threshold_drops_what_lies_beyond_it_and_not_what_lies_on_it():
    above = counts([1, 2, 3, 3], spared=[True, True, False, True])
    assert above.beyond(2) == Amounts(2, 20, 1, 10)
    assert above.beyond(3) == Amounts(0, 0, 0, 0)
    assert above.beyond(None) == Amounts(0, 0, 0, 0)
    assert counts([1, 2, 3, 3], upwards=False).beyond(3) == Amounts(2, 20, 2, 20)


def test_quantiles_are_values_that_were_seen():
    every = counts([5, 1, 1, 1, 9])
    assert [every.quantile(q) for q in (0, 0.5, 0.6, 0.61, 0.99, 1)] == [1, 1, 1, 5, 9, 9]
    assert counts([]).quantile(0.5) is None


def test_counts_do_not_depend_on_batches_and_merge():
    rng = np.random.default_rng(1)
    values = np.round(rng.lognormal(8, 3, 200_000))
    whole, halves = counts(values), counts(values[:70_000])
    halves.merge(counts(values[70_000:]))
    assert whole.values.tolist() == halves.values.tolist()
    assert whole.files.tolist() == halves.files.tolist()
    for line in (100, 1234, 56_780, 1e6):
        assert whole.beyond(line).files == int((values > line).sum())
    below = counts(values, upwards=False)
    assert below.beyond(56_780).files == int((values < 56_780).sum())


def test_long_values_are_held_at_four_digits_but_next_to_a_threshold_asked_for():
    values = [12_341, 12_345, 12_346, 12_347, 99_999_999]
    assert counts(values).values.tolist() == [12_350, 100_000_000]
    near = counts(values, exact=(12_345.0,))
    assert near.beyond(12_345).files == 3
    shares = np.round(np.random.default_rng(2).random(300_000), 4)
    assert len(counts(shares).values) <= 10_001
    assert len(counts(np.arange(1, 1 << 20)).values) < 29_000


def told(built, name, **more):
    given = {"what_if": None, "language": None, "num_samples": 3, **more}
    return study(str(built), name, **given)


def judged(built):
    return pa.concat_tables(
        pq.read_table(p) for p in sorted((built / "files").glob("*.parquet"))
    ).to_pylist()


def test_what_is_dropped_is_what_the_build_dropped(built):
    rows = judged(built)
    ledger = [row for row in rows if row["rule"] == "too_small"]
    whole, *languages = told(built, "too_small").languages
    assert whole["language"] == "(all)"
    assert whole["by_it"] == len(ledger) > 0
    assert whole["files"] == sum(r["scores"]["num_written_lines"] is not None for r in rows)
    small = [r for r in rows if (r["scores"]["num_written_lines"] or 9) < 3]
    assert whole["dropped"] == len(small)
    assert whole["dropped_bytes"] == sum(r["size_bytes"] for r in small)
    for key in ("files", "dropped", "alone", "by_it", "size_bytes"):
        assert whole[key] == sum(row[key] for row in languages)
    assert whole["alone"] <= whole["by_it"] <= whole["dropped"]


def test_a_threshold_to_try_is_among_those_told_and_moves_the_line(built):
    rows = judged(built)
    wanted = sum((r["scores"]["num_written_lines"] or 99) < 30 for r in rows)
    tried = told(built, "too_small", what_if=30)
    assert tried.languages[0]["dropped"] == wanted
    (row,) = (t for t in tried.thresholds if t["threshold"] == 30)
    assert row["dropped"] == wanted == sum(x["dropped"] for x in row["languages"].values())
    assert {sample["line"] for sample in tried.samples} == {30.0}


def test_samples_are_of_both_sides_with_text_from_build_and_sources(built):
    found = told(built, "too_small").samples
    kept = [row for row in found if row["side"] == "kept"]
    dropped = [row for row in found if row["side"] == "dropped"]
    assert all(row["value"] >= 3 for row in kept)
    assert all(row["value"] < 3 for row in dropped)
    assert {row["text_from"] for row in kept} == {"work/files/content"}
    assert {row["text_from"] for row in dropped} == {"its source"}
    assert all(row["text"] for row in [*kept, *dropped])


def test_without_sources_and_work_a_kept_text_is_there_and_a_dropped_one_is_said_to_be_gone(
    built, tmp_path
):
    alone = tmp_path / "build"
    shutil.copytree(built, alone, ignore=shutil.ignore_patterns("work"))
    found = told(alone, "too_small").samples
    for row in found:
        if row["rule"] is None and row["text"] is not None:
            assert row["text_from"].startswith("text/")
    dropped = [row for row in found if row["side"] == "dropped"]
    assert dropped
    assert {row["text"] for row in dropped} == {None}
    assert all("not at hand" in row["text_from"] for row in dropped)


def test_sources_that_are_gone_are_said_to_be(sources, tmp_path):
    clones = tmp_path / "clones"
    shutil.copytree(sources, clones)
    out = build(clones, tmp_path / "out")
    shutil.rmtree(clones)
    dropped = [row for row in told(out, "too_small").samples if row["side"] == "dropped"]
    assert [row["text"] for row in dropped if row["path"] == "tiny.py"] == [None]


def test_one_language_alone_is_studied(built):
    rows = told(built, "long_lines", language="Python").languages
    assert [row["language"] for row in rows] == ["(all)", "Python"]
    assert rows[0]["files"] == rows[1]["files"] > 0


def test_a_language_that_switches_a_filter_off_loses_nothing_to_it(built):
    rows = {row["language"]: row for row in told(built, "long_lines", what_if=1).languages}
    off = [name for name, row in rows.items() if row["threshold"] is None and name != "(all)"]
    assert off
    assert all(rows[name]["dropped"] == 0 for name in off)
    assert rows["Python"]["dropped"] == rows["Python"]["files"]


def test_a_score_without_a_filter_is_studied_too(built):
    found = told(built, "num_written_lines")
    assert found.subject["filter"] is None
    assert found.languages[0]["threshold"] is None
    assert found.samples == []


def test_the_list_has_every_filter_with_what_it_drops(built):
    rows = overview(str(built))
    assert [row["filter"] for row in rows if row["filter"]] == list(DEFAULT_RECIPE)
    small = next(row for row in rows if row["filter"] == "too_small")
    whole = told(built, "too_small").languages[0]
    assert {k: small[k] for k in ("dropped", "alone", "by_it")} == {
        k: whole[k] for k in ("dropped", "alone", "by_it")
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("too_smal", "no filter or score is called 'too_smal'; did you mean 'too_small'"),
        ("commentshare", "did you mean 'comment_share'"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(built, name, said):
    with pytest.raises(UserError, match=said):
        told(built, name)


def test_an_unknown_language_is_told_with_the_nearest(built):
    with pytest.raises(UserError, match="no language is called 'Pyton'; did you mean 'Python'"):
        told(built, "too_small", language="Pyton")
    with pytest.raises(UserError, match="in COBOL has the score"):
        told(built, "too_small", language="COBOL")


def test_no_build_and_an_unfinished_one_are_errors_that_say_what_to_do(built, tmp_path):
    with pytest.raises(UserError, match="holds no finished build: run codemill build"):
        told(tmp_path, "too_small")


def test_a_build_of_other_filters_is_told(built, tmp_path):
    older = tmp_path / "older"
    shutil.copytree(built, older)
    for path in (older / "files").glob("*.parquet"):
        table = pq.read_table(path)
        place = table.schema.get_field_index("scores")
        scores = table.column(place).combine_chunks()
        fields = [f.name for f in scores.type if f.name != "code_bytes"]
        fewer = pa.StructArray.from_arrays([scores.field(f) for f in fields], fields)
        pq.write_table(table.set_column(place, "scores", fewer), path)
    with pytest.raises(UserError, match="made by other filters than these and has no code_bytes"):
        overview(str(older))


def test_a_filter_that_was_not_in_the_recipe_is_told(built, tmp_path):
    other = tmp_path / "build"
    shutil.copytree(built, other, ignore=shutil.ignore_patterns("work"))
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["config"]["files"]["filters"] = ["too_small"]
    (other / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match="long_lines was not in the recipe"):
        told(other, "long_lines")


def test_a_page_and_json_and_tables_say_the_same(built, tmp_path):
    page = tmp_path / "study.html"
    shown = CliRunner().invoke(app, ["study", str(built), "too_small", "--html", str(page)])
    assert shown.exit_code == 0, shown.output
    assert "what a threshold would drop" in shown.output
    lines = CliRunner().invoke(app, ["study", str(built), "too_small", "--jsonl"]).output
    rows = [json.loads(line) for line in lines.splitlines()]
    assert {row["kind"] for row in rows} == {"subject", "language", "threshold", "sample"}
    whole = next(row for row in rows if row.get("language") == "(all)")
    assert re.search(rf"\(all\) +│ +{whole['files']:,} ", shown.output)
    assert f"<b>{whole['dropped']:,} dropped</b>" in page.read_text()
    assert "<script" not in page.read_text()
    listed = CliRunner().invoke(app, ["study", str(built)])
    assert "quality filters, in the order they decide" in listed.output


def test_a_damaged_part_is_told(built, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(built, copy)
    next((copy / "files").iterdir()).write_bytes(b"PAR1 no more")
    with pytest.raises(UserError, match="is damaged"):
        run_study(copy)


def test_a_threshold_is_a_number(built):
    with pytest.raises(UserError, match="--threshold takes a number, not nan"):
        run_study(built, what_if=math.nan)


def run_study(root, what_if=None):
    shown = {"language": None, "num_samples": 0, "jsonl": False, "html": None}
    run(str(root), "long_lines", what_if=what_if, **shown)
