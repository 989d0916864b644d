"""What the step `identify` drops, and what it leaves to be seen."""

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.language_configs.bounded_parser import ParseBounds
from codemill.transforms.decision import Decisions
from codemill.transforms.edits import Edit
from codemill.transforms.file_steps import Identify, Redact
from codemill.transforms.rewrite import Rewriter
from codemill.transforms.syntax import SyntaxKernel
from codemill.transforms.trees import Parsers

LANGUAGES = load_languages()


def identified(path, text, *, bounds=None, drop_unparsable=True):
    kernel = SyntaxKernel(LANGUAGES, load_grammars(LANGUAGES), bounds or ParseBounds())
    step = Identify(kernel, pa.array(["Python"]), drop_unparsable)
    columns = {
        "path": pa.array([path]),
        "text": pa.array([text], pa.large_string()),
        **Decisions("files", 1).columns(),
    }
    (row,) = step(pa.record_batch(columns)).to_pylist()
    return row["rule"], row["detail"], row["unparsed"]


def test_a_file_that_defeats_its_parser_is_dropped_with_the_bound():
    nested = "(" * 100_000
    assert identified("a.py", nested) == ("unparsable", "max_token_run", "max_token_run")
    assert identified("a.py", nested, drop_unparsable=False) == (None, None, "max_token_run")


def test_a_file_too_long_to_parse_is_kept():
    bounds = ParseBounds(max_bytes=5)
    assert identified("a.py", "x = 12", bounds=bounds) == (None, None, "max_bytes")


@pytest.mark.parametrize(
    ("path", "text", "rule", "detail"),
    [
        ("a.py", "x = 1\n", None, None),
        ("a.rb", "x = 1\n", "language_not_wanted", "Ruby"),
        ("a.nosuch", "x = 1\n", "unknown_language", None),
    ],
)
def test_a_language_must_be_known_and_wanted(path, text, rule, detail):
    assert identified(path, text) == (rule, detail, None)


class FixedRedactor:
    """Finds the same in every text."""

    def edits(self, text, repository):
        del text, repository
        yield Edit(0, 4, 8, "password", "no word")


@pytest.mark.parametrize(
    ("text", "rule", "left"),
    [
        ("x = 0x1F\n", "redaction_breaks_syntax", "x = 1a1A\n"),
        ("x = ab1F\n", None, "x = aa1A\n"),
    ],
)
def test_a_file_that_redaction_breaks_is_dropped_and_redacted_all_the_same(text, rule, left):
    grammars = load_grammars(LANGUAGES)
    identify = Identify(SyntaxKernel(LANGUAGES, grammars), pa.array(["Python"]))
    redact = Redact(FixedRedactor(), Rewriter(Parsers(LANGUAGES, grammars)))
    columns = {
        "path": pa.array(["a.py"]),
        "repository": pa.array(["r"]),
        "text": pa.array([text], pa.large_string()),
        **Decisions("files", 1).columns(),
    }
    (row,) = redact(identify(pa.record_batch(columns))).to_pylist()
    assert (row["rule"], row["text"]) == (rule, left)
