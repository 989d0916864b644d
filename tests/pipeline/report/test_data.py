import shutil
from pathlib import Path

import pytest
from small_build import COUNTS, HOSTILE, write, write_build

from codemill.pipeline.report.data import gather
from codemill.pipeline.report.figures import Figures, Limit, PackedSplit
from codemill.pipeline.report.tallies import Amount
from codemill.transforms import schema


def test_every_location_is_counted_once(figures: Figures):
    assert figures.locations == 9
    assert figures.locations == figures.kept.total.files + sum(figures.dropped.reasons.values())


def test_the_funnel_tells_what_each_step_leaves_and_what_it_takes(figures: Figures):
    assert [(step.label, step.files, step.size_bytes, step.lost) for step in figures.funnel] == [
        ("Found", 9, None, []),
        ("Admitted", 7, None, [("no_licence", 2)]),
        ("Distinct", 6, 6500, [("exact_duplicate", 1)]),
        ("Judged good", 5, 500, [("long_lines", 1)]),
        ("Text", 4, 86, [("near_duplicate", 1)]),
    ]


def test_reasons_are_sorted_by_files_and_know_bytes_where_content_was_judged(figures: Figures):
    assert [(r.stage, r.rule, r.files, r.size_bytes) for r in figures.reasons] == [
        ("catalog", "no_licence", 2, None),
        ("catalog", "exact_duplicate", 1, None),
        ("duplicates", "near_duplicate", 1, None),
        ("files", "long_lines", 1, 6000),
    ]


def test_languages_and_licences_are_those_of_the_text(figures: Figures):
    assert list(figures.kept.languages) == [("Python", Amount(3, 73)), ("Rust", Amount(1, 13))]
    assert dict(figures.kept.licences) == {"MIT": Amount(2, 45), "Apache-2.0": Amount(2, 41)}


def test_padding_is_no_token_and_no_segment(figures: Figures):
    assert figures.packed.splits == {
        "train": PackedSplit(rows=2, segments=3, tokens=20, padding=12),
        "validation": PackedSplit(rows=1, segments=1, tokens=6, padding=10),
    }
    assert figures.packed.sequence_length == 16


def test_tokens_are_counted_for_the_language_of_their_file(figures: Figures):
    assert figures.packed.tokens_by_language == {"Python": 22, "Rust": 4}


def test_fertility_counts_the_documents_as_encoded_whole(figures: Figures):
    assert figures.bytes_per_token == pytest.approx(86 / 20)


def test_a_threshold_is_the_one_that_files_were_held_against(figures: Figures):
    lines, letters = figures.judged.scores
    assert (lines.name, lines.limits) == ("max_line_chars", [Limit("long_lines", 900.0, True)])
    assert letters.limits == [Limit("alphabetic", 0.25, False)]


def test_a_score_that_counts_has_bins_that_double(figures: Figures):
    lines = figures.judged.scores[0]
    assert lines.edges == [64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0, 4096.0, 8192.0]
    assert (lines.kept, lines.dropped) == ([5, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1])


def test_a_share_has_25_even_bins(figures: Figures):
    letters = figures.judged.scores[1]
    assert len(letters.edges) == 26
    assert [n for n in letters.kept if n] == [1, 5]


def test_samples_have_their_own_text(figures: Figures):
    texts = {row["path"]: row["text"] for row in figures.kept.samples}
    assert len(texts) == 4
    assert texts["main.rs"] == "fn main() {}\n"
    assert texts["v.py"] == "x = 1\n"
    assert texts[HOSTILE].startswith("</pre>")


def test_samples_are_drawn_by_file_id_alone(small: Path, figures: Figures, tmp_path: Path):
    other = tmp_path / "other"
    shutil.copytree(small, other)
    first = other / "text/train-00000-of-00002.parquet"
    first.rename(other / "text/validation-00007-of-00002.parquet")
    moved = gather(str(other), COUNTS, num_samples=2)
    assert [r["path"] for r in moved.kept.samples] == [r["path"] for r in figures.kept.samples[:2]]


def test_a_repository_that_cannot_be_read_is_counted_apart(tmp_path: Path):
    root = write_build(tmp_path)
    row = {"repository": "gone", "stage": "catalog", "rule": "unreadable", "detail": "no pack"}
    write(root, "ledger/catalog/unreadable.parquet", schema.arrow_schema(schema.LEDGER), [row])
    figures = gather(str(root), COUNTS, num_samples=9)
    assert figures.dropped.unreadable == 1
    assert figures.locations == 10
    assert "gone" not in {r["repository"] for r in figures.dropped.samples}


def test_an_empty_folder_has_figures_of_nothing(tmp_path: Path):
    figures = gather(str(tmp_path), {}, num_samples=3)
    assert (figures.locations, figures.repositories, figures.bytes_per_token) == (0, 0, None)
    assert figures.packed.total == PackedSplit()


def test_learning_value_is_told_by_language_with_the_best_and_the_worst(figures: Figures):
    values = figures.kept.values
    assert [(each.name, sum(each.kept)) for each in values.by_language] == [
        ("Python", 3),
        ("Rust", 1),
    ]
    assert values.means == {"Python": pytest.approx(1.4 / 3), "Rust": pytest.approx(0.6)}
    assert [row["file_id"] for row in values.best] == [4, 3, 2, 1]
    assert [row["file_id"] for row in values.worst] == [1, 2, 3, 4]
