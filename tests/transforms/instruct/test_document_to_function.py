import pyarrow as pa
import pytest

from codemill.transforms.instruct.chat import PAIRS
from codemill.transforms.instruct.document_to_function import PairLimits, Pairs
from codemill.transforms.schema import WORK_CONTENT, arrow_schema

PYTHON = '''class Cart:
    def total(self, rate):
        """Add up the prices with tax.

        Args:
            rate: share of tax
        """
        total = 0
        for item in self.items:
            total += item.price
        return total * (1 + rate)
'''
GO = """package a

// Total adds up the prices of all items.
func Total(items []Item) int {
	total := 0
	for _, item := range items {
		total += item.Price
	}
	return total
}
"""


def function(text, start, body, doc, end=None, name="total"):
    data = text.encode()
    at = data.index(start.encode())
    doc_at = data.index(doc.encode())
    return {
        "name": name,
        "start": at,
        "end": len(data.rstrip()) if end is None else data.index(end.encode(), at) + len(end),
        "body_start": data.index(body.encode(), at),
        "doc_start": doc_at,
        "doc_end": doc_at + len(doc.encode()),
    }


PYTHON_DOC = PYTHON[PYTHON.index('"""') : PYTHON.rindex('"""') + 3]
PYTHON_FUNCTION = function(PYTHON, "def", '"""', PYTHON_DOC)
GO_FUNCTION = function(GO, "func", "{", "// Total adds up the prices of all items.", name="Total")


def part(*files):
    rows = [
        {
            "file_id": number,
            "blob_id": "b" * 40,
            "repository": "r",
            "revision": "c" * 40,
            "path": f"{number}",
            "language": language,
            "licence": "MIT",
            "size_bytes": 1,
            "text": text,
            "functions": functions,
        }
        for number, (language, text, functions) in enumerate(files, start=1)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=arrow_schema(WORK_CONTENT))


def made(*files, languages=("Python", "Go"), seed=0, **limits):
    pairs = Pairs(languages=languages, seed=seed, limits=PairLimits(**limits))
    return pairs(part(*files)).to_pylist()


def answer(row):
    return row["messages"][1]["content"]


def ask(row):
    return row["messages"][0]["content"]


def python(text, doc):
    return ("Python", text, [function(text, "def", doc[:3], doc)])


def test_a_python_method_is_answered_at_the_margin_without_its_docstring():
    (row,) = made(("Python", PYTHON, [PYTHON_FUNCTION]))
    assert answer(row) == (
        "def total(self, rate):\n"
        "    total = 0\n"
        "    for item in self.items:\n"
        "        total += item.price\n"
        "    return total * (1 + rate)"
    )
    assert "def total(self, rate)" in ask(row)
    assert "Add up the prices with tax.\n\nParameters:\n- rate: share of tax" in ask(row)
    assert "Python" in ask(row)
    assert '"""' not in ask(row)


def test_a_go_function_is_answered_without_the_comment_before_it():
    (row,) = made(("Go", GO, [GO_FUNCTION]))
    assert answer(row) == GO[GO.index("func") :].rstrip()
    assert "Total adds up the prices of all items." in ask(row)
    assert "func Total(items []Item) int" in ask(row)
    assert "//" not in ask(row)


def test_a_pair_says_where_it_comes_from():
    batch = Pairs(seed=0)(part(("Go", GO, [GO_FUNCTION])))
    assert batch.schema == arrow_schema(PAIRS)
    row = batch.to_pylist()[0]
    assert (row["kind"], row["language"], row["licence"]) == ("document_to_function", "Go", "MIT")
    assert (row["file_id"], row["repository"], row["path"]) == (1, "r", "1")
    assert [m["role"] for m in row["messages"]] == ["user", "assistant"]


def test_other_languages_null_texts_and_empty_parts_give_nothing():
    assert made(("Go", GO, [GO_FUNCTION]), languages=["Python"]) == []
    assert made(("Go", None, [GO_FUNCTION]), ("Go", GO, [])) == []
    assert made() == []


def test_the_same_documentation_and_code_is_kept_once_in_a_part():
    pairs = Pairs(seed=0)
    files = part(("Go", GO, [GO_FUNCTION]), ("Go", GO, [GO_FUNCTION]))
    assert pairs(files).column("file_id").to_pylist() == [1]
    assert pairs(files).num_rows == 0
    assert pairs.left_out == {"repeated": 3}


def test_pairs_do_not_depend_on_how_rows_were_batched():
    files = part(("Python", PYTHON, [PYTHON_FUNCTION]), ("Go", GO, [GO_FUNCTION]))
    one, two = Pairs(seed=0), Pairs(seed=0)
    whole = one(files).to_pylist()
    assert len(whole) == 2
    assert whole == [*two(files[:1]).to_pylist(), *two(files[1:]).to_pylist()]


def test_wordings_vary_by_the_seed():
    asks = {ask(made(("Go", GO, [GO_FUNCTION]), seed=seed)[0]) for seed in range(50)}
    assert len(asks) == 6


BODY = "\n    a = n + 1\n    b = a + 1\n    return b\n"


LITTLE, SHORT = "documentation_says_little", "short_or_stub_body"
GOOD = 'def f(n):\n    """Add one to the number given."""'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('def f(n):\n    """Too short."""' + BODY, LITTLE),
        ('def f(n):\n    """Longwordwithoutanymeaninghere."""' + BODY, LITTLE),
        ('def f(n):\n    """' + "Add one to it. " * 200 + '"""' + BODY, LITTLE),
        ('def f(n):\n    """Copyright 2020 of somebody or other."""' + BODY, LITTLE),
        ('def f(n):\n    """TODO write what this function does."""' + BODY, LITTLE),
        (GOOD + "\n    return n + 1\n", SHORT),
        (GOOD + BODY + "    # TODO\n", SHORT),
        (GOOD + BODY + "    raise NotImplementedError", SHORT),
        (GOOD + "; x = 1" + BODY, "documentation_on_a_code_line"),
    ],
)
def test_what_teaches_nothing_is_dropped_with_its_reason(text, reason):
    doc = text[text.index('"""') : text.rindex('"""') + 3]
    pairs = Pairs(seed=0)
    assert pairs(part(python(text, doc))).num_rows == 0
    assert pairs.left_out == {reason: 1}


def test_the_same_function_documented_well_is_kept():
    text = 'def f(n):\n    """Add one to the number given."""' + BODY
    assert len(made(python(text, '"""Add one to the number given."""'))) == 1


def test_offsets_are_bytes():
    text = "# 漢字\n" + PYTHON
    moved = function(text, "def", '"""', PYTHON_DOC)
    assert answer(made(("Python", text, [moved]))[0]).startswith("def total(self, rate):")


def test_braces_in_the_documentation_are_words():
    text = 'def f(n):\n    """Fill {name} and {} into the text."""' + BODY
    (row,) = made(python(text, '"""Fill {name} and {} into the text."""'))
    assert "Fill {name} and {} into the text." in ask(row)
