import textwrap
import time

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.transforms.decontaminate import (
    Detector,
    Outline,
    OutlineReader,
    Thresholds,
    details,
    fingerprints,
    worst,
)
from codemill.transforms.decontaminate.items import Item

PROMPT = '''def longest_gap(readings: list, floor: float) -> int:
    """Say how many readings in a row stay below the given floor at most, zero for
    an empty list of readings.
    >>> longest_gap([3.0, 1.0, 1.5, 4.0], 2.0)
    2
    """
'''
BODY = """    longest = run = 0
    for reading in readings:
        run = run + 1 if reading < floor else 0
        longest = max(longest, run)
    # all of them were looked at
    return longest
"""
SMALL = "def gapless(n):\n  return n // 3 - 7\n"
TEST = "assert longest_gap([9.5, 0.25, 0.125], 0.5) == 2\nassert longest_gap([], 7.75) == 0\n"
ITEMS = [
    Item("mine", "gap", PROMPT, PROMPT + BODY, TEST),
    Item("mine", "small", "", SMALL),
]
AROUND = "import os\n\n\ndef home():\n    return os.environ['HOME']\n\n\n{}\n\nprint(home())\n"


@pytest.fixture(scope="module")
def outline():
    languages = load_languages()
    return OutlineReader(languages, load_grammars(languages))


@pytest.fixture(scope="module")
def detector(outline):
    return Detector(fingerprints(ITEMS, outline), outline, Thresholds())


def find(detector, *texts, language="Python"):
    column = pa.array(texts, pa.large_string())
    return detector(column, pa.array([language] * len(texts))).to_pylist()


def found(detector, text, language="Python"):
    (row,) = find(detector, AROUND.format(text), language=language)
    return {(c["item"], c["field"], c["by"]) for c in row}


def renamed(code):
    for old, new in (("longest_gap", "f"), ("readings", "xs"), ("reading", "x"), ("floor", "k")):
        code = code.replace(old, new)
    return code.replace("longest", "best").replace("run", "r")


def test_a_clean_file_has_nothing(detector):
    assert found(detector, "def f(a):\n    return a + 1\n") == set()


def test_a_verbatim_solution_is_found_whole_with_its_prompt(detector):
    assert {("gap", "solution", "exact"), ("gap", "prompt", "exact")} <= found(
        detector, PROMPT + BODY
    )


def test_a_solution_is_found_without_comments_and_docstring(detector):
    bare = PROMPT.split('    """')[0] + BODY.replace("    # all of them were looked at\n", "")
    assert ("gap", "solution", "exact") in found(detector, bare)


def test_comments_put_into_a_solution_hide_nothing(detector):
    commented = BODY.replace("\n    ", "  # so it goes on\n    ")
    assert ("gap", "solution", "exact") in found(detector, PROMPT.split('    """')[0] + commented)


def test_a_renamed_solution_is_found_by_its_function(detector):
    bare = renamed(PROMPT.split('    """')[0] + BODY)
    assert ("gap", "solution", "function") in found(detector, bare)
    assert ("gap", "solution", "exact") not in found(detector, bare)


def test_a_renamed_solution_is_found_without_its_annotations_and_with_others(detector):
    bare = renamed(PROMPT.split('    """')[0] + BODY)
    plain = bare.replace(": list", "").replace(": float", "").replace(" -> int", "")
    assert ("gap", "solution", "function") in found(detector, plain)
    others = plain.replace("xs, k)", "xs: Sequence[float], k: Decimal = 1)")
    assert ("gap", "solution", "function") not in found(detector, others)
    others = plain.replace("xs, k)", "xs: Sequence[float], k: Decimal) -> Any")
    assert ("gap", "solution", "function") in found(detector, others)


def test_swapped_names_are_another_function(detector):
    swapped = renamed(PROMPT.split('    """')[0] + BODY).replace("x < k", "k < x")
    assert ("gap", "solution", "function") not in found(detector, swapped)


def test_a_small_renamed_function_is_found_though_it_is_shorter_than_an_ngram_of_shapes(detector):
    assert found(detector, "def a(b):\n  return b // 3 - 7\n") == {
        ("small", "solution", "function")
    }
    assert found(detector, "def a(b):\n  return b // 3 - 8\n") == set()


def test_a_solution_in_json_and_in_a_comment_is_found(detector):
    inside = PROMPT.replace("\n", "\\n").replace('"', '\\"') + BODY.replace("\n", "\\n")
    assert ("gap", "solution", "named") in found(detector, f'{{"code": "{inside}"}}', "JSON")
    commented = textwrap.indent(PROMPT + BODY, "# ")
    assert ("gap", "solution", "named") in found(detector, commented)


def test_a_prompt_is_found_by_its_words_however_they_are_wrapped(detector):
    words = PROMPT.split('"""')[1].split(">>>")[0].split()
    wrapped = "\n".join(f"// {word}" for word in words)
    assert found(detector, wrapped, "JavaScript") == {("gap", "prompt", "prompt")}


def test_tests_are_found(detector):
    assert ("gap", "test", "exact") in found(detector, TEST)


def test_the_span_is_where_the_copy_stands(detector):
    text = AROUND.format(SMALL)
    (row,) = find(detector, text)
    best = next(c for c in row if c["by"] == "exact")
    assert text[best["start"] : best["end"]] == "def gapless(n):\n  return n // 3 - 7"


def test_idioms_of_the_background_count_for_nothing(outline):
    rows = fingerprints(ITEMS, outline)
    known = pa.array([1] * rows.num_rows, pa.int32())
    rows = rows.set_column(rows.schema.get_field_index("repositories"), "repositories", known)
    idle = Detector(rows, outline, Thresholds())
    assert found(idle, PROMPT + BODY + TEST) == set()


def test_the_result_does_not_depend_on_how_rows_are_batched(detector):
    texts = [AROUND.format(t) for t in (PROMPT + BODY, "", SMALL, "x = 1\n", TEST)]
    together = find(detector, *texts)
    assert together == [find(detector, text)[0] for text in texts]
    column = pa.array(["x", *texts], pa.large_string()).slice(1)
    assert detector(column, pa.array(["Python"] * 5)).to_pylist() == together


def test_no_text_and_no_language_are_no_contamination(detector):
    column = pa.array([None, AROUND.format(SMALL)], pa.large_string())
    nothing, something = detector(column, pa.nulls(2, pa.string())).to_pylist()
    assert nothing == []
    assert [c["by"] for c in something] == ["exact"]


def test_the_ledger_is_told_the_item_of_which_most_was_found(detector):
    contamination = detector(
        pa.array([AROUND.format(SMALL + TEST), "x"], pa.large_string()), pa.array(["Python"] * 2)
    )
    assert details(contamination).to_pylist() == [
        "mine small: 1.00 of its solution (exact), and 1 more",
        None,
    ]
    assert worst(contamination, Thresholds()).overlap.to_pylist() == [1.0, None]
    assert worst(contamination, Thresholds()).threshold.to_pylist() == [1.0, None]


@pytest.mark.parametrize(
    "hostile",
    [
        "def gapless(n):\n  return n // 3 - 7\n" * 25_000,
        "x=" * 500_000,
        "(" * 1_000_000,
        "def f():\n" * 100_000,
        "longest run 0 for reading in readings " * 25_000,
        "\\n" * 500_000,
        "".join(" " * i + "def f():\n" for i in range(1000)),
    ],
    ids=["one item", "x=", "brackets", "openings", "one n-gram", "escapes", "nested"],
)
def test_a_hostile_megabyte_takes_seconds(detector, hostile):
    start = time.process_time()
    find(detector, hostile)
    assert time.process_time() - start < 6


def test_an_unknown_language_has_an_empty_outline(outline):
    assert outline("Nowhere", b"def f(): pass") == Outline()


def test_a_function_of_nine_tokens_is_nobodys_under_another_name(outline):
    items = [
        Item("mine", "nine", "", "def size_of(x):\n    return sys.getsizeof(x)\n"),
        Item("mine", "ten", "", "def third_of(n):\n    return n // 3 - 7\n"),
    ]
    detector = Detector(fingerprints(items, outline), outline, Thresholds())
    assert found(detector, "def a(b):\n    return sys.getsizeof(b)\n") == set()
    assert found(detector, "def a(b):\n    return b // 3 - 7\n") == {
        ("ten", "solution", "function")
    }


def test_much_of_a_long_solution_suffices_without_its_name_though_it_is_a_small_part(outline):
    lines = [f"    step{i} = base{i} * {i} + rest{i}\n" for i in range(40)]
    long = Item("mine", "long", "", f"def long_way(base):\n{''.join(lines)}    return step39\n")
    detector = Detector(fingerprints([long], outline), outline, Thresholds())
    ((part,),) = find(detector, "".join(lines[20:26]))
    assert (part["item"], part["by"]) == ("long", "tokens")
    assert 0.12 < part["overlap"] < 0.25
    assert find(detector, "".join(lines[20:23])) == [[]]


def test_of_a_test_without_its_functions_name_twice_as_much_is_needed(outline):
    rows = [f"assert h({i}, {i}5, {i}7) == [{i}1, {i}2]\n" for i in range(10, 19)]
    items = [Item("mine", "rows", "", "", "".join(rows))]
    detector = Detector(fingerprints(items, outline), outline, Thresholds(tokens=0.1))
    assert [c["by"] for c in find(detector, "".join(rows[:3]))[0]] == ["tokens"]
    assert find(detector, "".join(rows[:2])) == [[]]


def test_what_more_than_sixteen_items_say_counts_for_none_of_them(outline):
    items = [Item("mine", str(i), PROMPT) for i in range(17)]
    common = Detector(fingerprints(items, outline), outline, Thresholds())
    rare = Detector(fingerprints(items[1:], outline), outline, Thresholds())
    assert find(common, PROMPT) == [[]]
    assert len({c["item"] for c in find(rare, PROMPT)[0]}) == 16


def test_an_item_is_found_whole_wherever_it_begins(detector):
    texts = ["x + y\n" * i + SMALL + "x + y\n" * 40 for i in range(60)]
    texts += ["x + y\n" * i + TEST + "x + y\n" * 90 for i in range(60)]
    assert all("exact" in {c["by"] for c in row} for row in find(detector, *texts))
