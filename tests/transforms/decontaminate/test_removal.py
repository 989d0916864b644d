"""What is taken out of a file with a benchmark's item in it, and what is left."""

import time

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.transforms.decision import Decisions
from codemill.transforms.decode import num_lines
from codemill.transforms.decontaminate import (
    Detector,
    OutlineReader,
    Remover,
    Thresholds,
    fingerprints,
    removal,
)
from codemill.transforms.decontaminate.items import Item
from codemill.transforms.decontaminate.removal import before_edits
from codemill.transforms.edits import Edit, edited
from codemill.transforms.file_steps import Decontaminate, Identify
from codemill.transforms.rewrite import Rewriter
from codemill.transforms.syntax import SyntaxKernel
from codemill.transforms.trees import Parsers

PROMPT = "Say how many readings in a row stay below the given floor at the very most."
SOLUTION = """def longest_gap(readings, floor):
    longest = run = 0
    for reading in readings:
        run = run + 1 if reading < floor else 0
        longest = max(longest, run)
    return longest
"""
JAVASCRIPT = """function tidePools(levels) {
  const pools = levels.filter((level) => level % 7 === 3);
  return pools.map((level) => level * 11 - 5).sort((a, b) => b - a);
}
"""
RUST = """fn tide_sum(levels: &[i64]) -> i64 {
    levels.iter().filter(|level| *level % 7 == 3).map(|level| level * 11 - 5).sum()
}
"""
ITEMS = [
    Item("mine", "gap", PROMPT, SOLUTION),
    Item("mine", "pools", "", JAVASCRIPT, language="JavaScript"),
    Item("mine", "sum", "", RUST, language="Rust"),
]
HOME = "def home():\n    return os.environ['HOME']\n"
LANGUAGES = load_languages()
GRAMMARS = load_grammars(LANGUAGES)


@pytest.fixture(scope="module")
def steps():
    outline = OutlineReader(LANGUAGES, GRAMMARS)
    detector = Detector(fingerprints(ITEMS, outline), outline, Thresholds())
    names = [x.name for x in LANGUAGES.languages]
    identify = Identify(SyntaxKernel(LANGUAGES, GRAMMARS), pa.array(names))
    remover = Remover(detector, outline, Rewriter(Parsers(LANGUAGES, GRAMMARS)))
    return identify, Decontaminate(detector, remover)


def rows(steps, *texts, path="a.py"):
    columns = {
        "path": pa.array([path] * len(texts)),
        "text": pa.array(texts, pa.large_string()),
        "num_lines": num_lines(pa.array(texts, pa.large_string())),
        **Decisions("files", len(texts)).columns(),
    }
    batch = pa.record_batch(columns)
    for step in steps:
        batch = step(batch)
    return batch.to_pylist()


def left(steps, text, path="a.py"):
    """The text without what was taken out; None where the file is dropped, its text unchanged."""
    (row,) = rows(steps, text, path=path)
    if row["rule"] is None:
        return row["text"]
    assert (row["rule"], row["text"], row["taken_out"]) == ("contaminated", text, [])
    assert not any(one["removed"] for one in row["contamination"])
    return None


def indented(code):
    return "".join(f"    {line}" for line in code.splitlines(keepends=True))


def test_a_function_that_holds_an_item_goes_and_the_file_stays(steps):
    assert left(steps, f"import os\n\n\n{SOLUTION}\n\n{HOME}") == f"import os\n\n\n{HOME}"


def test_what_was_found_and_taken_out_is_told(steps):
    text = f"import os\n\n\n{SOLUTION}\n\n{HOME}"
    (row,) = rows(steps, text)
    assert {(c["item"], c["field"], c["removed"]) for c in row["contamination"]} == {
        ("gap", "solution", True)
    }
    (span,) = row["taken_out"]
    assert text[span["start"] : span["end"]] == SOLUTION + "\n\n"
    assert row["num_lines"] == 5


def test_its_decorators_and_the_comment_above_it_go_with_it(steps):
    above = f"# {PROMPT}\n# So be it.\n@cache\n@log(\n    1\n)\n"
    assert left(steps, f"import os\n\n{above}{SOLUTION}\n{HOME}") == f"import os\n\n{HOME}"


def test_a_comment_that_stands_apart_stays(steps):
    assert left(steps, f"import os\n\n# Next\n\n{SOLUTION}\n{HOME}") == (
        f"import os\n\n# Next\n\n{HOME}"
    )


def test_only_the_method_goes_not_its_class(steps):
    text = f"class A:\n    one = 1\n\n{indented(SOLUTION)}\n    two = 2\n"
    assert left(steps, text) == "class A:\n    one = 1\n\n    two = 2\n"


def test_a_class_whose_only_method_goes_has_pass(steps):
    text = f"import os\n\n\nclass A:\n{indented(SOLUTION)}\n\n{HOME}"
    assert left(steps, text) == f"import os\n\n\nclass A:\n    pass\n\n\n{HOME}"


def test_two_copies_of_one_item_go(steps):
    text = f"import os\n\n\n{SOLUTION}\n\n{HOME}\n\n{SOLUTION}"
    assert left(steps, text) == f"import os\n\n\n{HOME}\n\n"


def test_copies_that_stand_far_apart_go_one_after_the_other_and_all_are_told(steps):
    apart = "".join(f"def home{i}():\n    return os.environ['H{i}']\n\n\n" for i in range(30))
    text = f"import os\n\n\n{apart}{SOLUTION}\n\n{apart}{SOLUTION}\n\n{apart}{SOLUTION}"
    (row,) = rows(steps, text)
    assert row["text"] == f"import os\n\n\n{apart * 3}"
    copies = [i for i in range(len(text)) if text.startswith("def longest_gap", i)]
    told = [{c["start"] // 1500 for c in row["contamination"]}, {i // 1500 for i in copies}]
    assert told == [{0, 1, 2}, {0, 1, 2}]
    assert len(row["taken_out"]) == 3


def test_of_functions_in_each_other_the_inner_one_goes(steps):
    text = f"def outer():\n    one = 1\n\n{indented(SOLUTION)}\n    return one\n"
    assert left(steps, text) == "def outer():\n    one = 1\n\n    return one\n"


def test_a_function_that_is_gone_is_not_taken_for_what_is_found_around_it():
    content = b"def a(): 1\ndef bbbbbbbbbbbbbbb(): 22222222\ndef c(): 3\n"
    units = OutlineReader(LANGUAGES, GRAMMARS).units("Python", content)
    first = units.holding([(0, len(content))], frozenset())
    assert [content[u.start : u.start + 5] for u in units.units(first)] == [b"def b"]
    second = units.holding([(0, len(content))], first)
    assert [content[u.start : u.start + 5] for u in units.units(second)] == [b"def a", b"def b"]


def test_attributes_above_a_function_go_with_it(steps):
    text = f"const ONE: u8 = 1;\n\n#[inline]\n#[must_use]\n{RUST}\nconst TWO: u8 = 2;\n"
    assert left(steps, text, "a.rs") == "const ONE: u8 = 1;\n\nconst TWO: u8 = 2;\n"


def test_a_file_whose_syntax_would_break_is_dropped_as_it_was(steps):
    function = JAVASCRIPT.replace("function tidePools", "tidePools = function ").rstrip()
    assert left(steps, f"var one = 1, {function};\nexport default one;\n", "a.js") is None


def test_a_collection_of_items_is_dropped(steps, monkeypatch):
    monkeypatch.setattr(removal, "MAX_FOUND", 1)
    assert left(steps, f"import os\n\n\n{SOLUTION}\n\n{HOME}") is None


def test_in_javascript_an_exported_function_goes_whole(steps):
    text = f"const one = 1;\n\n// {PROMPT}\nexport {JAVASCRIPT}\nexport default one;\n"
    assert left(steps, text, "a.js") == "const one = 1;\n\nexport default one;\n"


def test_a_class_in_braces_may_be_left_empty(steps):
    method = JAVASCRIPT.removeprefix("function ")
    assert left(steps, f"class A {{\n{method}}}\n", "a.js") == "class A {\n}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"import os\n\n# {PROMPT}\n\nx = 1\n\n\n{HOME}",
        f'import os\n\nx = """{SOLUTION}"""\n\n\n{HOME}',
        f"import os\n\n\n{SOLUTION}\n\n{HOME}\n# {PROMPT}\n",
        SOLUTION,
        f"# mine\n{SOLUTION}",
    ],
    ids=["comment", "string", "function and comment", "nothing else", "but a comment"],
)
def test_a_file_is_dropped_where_the_item_is_no_function_or_all_there_is(steps, text):
    assert left(steps, text) is None


def test_a_file_without_a_tree_is_dropped(steps):
    assert left(steps, f"= Notes\n\n{SOLUTION}", "a.txt") is None


def test_the_result_does_not_depend_on_how_rows_are_batched(steps):
    texts = [
        f"import os\n\n\n{SOLUTION}\n\n{HOME}",
        HOME,
        SOLUTION,
        f"class A:\n{indented(SOLUTION)}",
    ]
    assert rows(steps, *texts) == [rows(steps, text)[0] for text in texts]


def test_without_a_remover_the_file_goes_and_report_leaves_it_as_it_is(steps):
    identify, decontaminate = steps
    text = f"import os\n\n\n{SOLUTION}\n\n{HOME}"
    (dropped,) = rows((identify, Decontaminate(decontaminate.detector)), text)
    (told,) = rows((identify, Decontaminate(decontaminate.detector, drops=False)), text)
    assert (dropped["rule"], dropped["text"], dropped["taken_out"]) == ("contaminated", text, [])
    assert (told["rule"], told["text"], told["taken_out"]) == (None, text, [])
    assert told["contamination"] == dropped["contamination"] != []


def test_a_span_is_told_by_where_it_was_before_the_edits():
    text = b"ab[cut]cd[cut]ef"
    edits = [Edit(0, 2, 7, "x", ""), Edit(0, 9, 14, "x", "!")]
    assert edited(text, edits) == b"abcd!ef"
    assert before_edits((2, 4), edits) == (7, 9)
    assert before_edits((1, 3), edits) == (1, 8)
    assert before_edits((5, 7), edits) == (14, 16)


@pytest.mark.parametrize(
    "hostile",
    [
        f"{SOLUTION}\n" * 5_000,
        "def f(): pass\n" * 60_000 + SOLUTION,
        "#\n" * 400_000 + SOLUTION + HOME,
        "".join(" " * i + "def f():\n" for i in range(1000)) + SOLUTION,
        "f=lambda:0;" * 80_000 + "\n" + SOLUTION,
    ],
    ids=["copies", "functions", "comments", "nested", "one line"],
)
def test_a_hostile_megabyte_takes_seconds(steps, hostile):
    start = time.process_time()
    rows(steps, hostile)
    assert time.process_time() - start < 25
