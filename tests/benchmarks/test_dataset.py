import random

import pytest

from benchmarks.near_duplicates import edits
from benchmarks.near_duplicates.dataset import is_source, mixed, with_edits
from benchmarks.near_duplicates.edits import Original, edited, target_similarity
from benchmarks.near_duplicates.rows import part_paths, read_column, text_bytes, write
from benchmarks.near_duplicates.truth import code_tokens, jaccard, shingle_set

TEXT = "# made of lines\n\n" + "".join(
    f"def f{n}(a, b):\n    if a > {n}:\n        return b * {n}\n    return name{n}\n"
    for n in range(40)
)
DONOR = "".join(f"let other{n} = [{n}, {n}];\n" for n in range(60))
ORIGINAL = Original(TEXT, "py", DONOR)


def row(text, path="a.py"):
    return {"repository": "r", "path": path, "kind_of_edit": "real", "source": None, "text": text}


@pytest.mark.parametrize("edit", edits.AT_A_RATE, ids=lambda e: e.__name__)
def test_an_edit_comes_near_the_similarity_it_aims_at(edit):
    made = edited(ORIGINAL, edit, "key")
    target = target_similarity(random.Random("key/target"))
    assert abs(jaccard(shingle_set(TEXT), shingle_set(made)) - target) < 0.05


@pytest.mark.parametrize("edit", edits.AT_A_RATE, ids=lambda e: e.__name__)
def test_a_rate_of_none_changes_no_token_but_an_empty_line(edit):
    made = edit(ORIGINAL, 0.0, random.Random(1))
    assert code_tokens(made) == code_tokens(TEXT)


def test_reformatting_changes_bytes_and_no_token():
    made = edits.reformatted(ORIGINAL, 1.0, random.Random(1))
    assert made != TEXT
    assert code_tokens(made) == code_tokens(TEXT)


def test_a_header_that_is_added_can_be_removed():
    made = edits.header_added(ORIGINAL, 1.0, random.Random(1))
    assert made.startswith("# Copyright ")
    assert edits.header_removed(Original(made, "py", ""), 1.0, random.Random(1)).lstrip() == TEXT


def test_stripping_comments_leaves_code():
    source = Original("/* a */\nint x; // b\n  // c\nint y;\n", "c", "")
    assert edits.comments_stripped(source, 1.0, random.Random(1)) == "\nint x; // b\nint y;\n"


def test_edits_are_the_same_in_every_run_and_name_what_they_edit():
    rows = with_edits([row(TEXT), row(DONOR, "b.js")], 20, seed=3)
    assert rows == with_edits([row(TEXT), row(DONOR, "b.js")], 20, seed=3)
    assert len(rows) == 22
    assert len({r["text"] for r in rows}) == 22
    assert all(r["source"] < number for number, r in enumerate(rows) if number > 1)


def test_mixing_keeps_what_an_edit_was_made_of():
    rows = [row(f"text {n}") for n in range(5)]
    rows[4]["source"] = 2
    made = mixed(rows, seed=1)
    assert [r["id"] for r in made] == [0, 1, 2, 3, 4]
    edit = next(r for r in made if r["text"] == "text 4")
    assert made[edit["source_id"]]["text"] == "text 2"


def test_parts_are_cut_by_bytes_of_text(tmp_path):
    size = write(mixed([row("é" * 10) for _ in range(5)], 1), tmp_path, part_bytes=40)
    assert size == text_bytes(tmp_path) == 100
    assert [path.name for path in part_paths(tmp_path)] == [f"0000{n}.parquet" for n in range(3)]
    assert read_column(tmp_path, "id") == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", ["LICENSE.py", "a/copying.c", "README.md", "a/b", ".py"])
def test_licences_and_what_is_no_source_are_left_out(path):
    assert not is_source(path)


def test_a_source_file_is_known_by_its_extension():
    assert is_source("Src/Main.CPP")
