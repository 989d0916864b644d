"""The copies that decontamination is measured with are copies, and changed as they say."""

import ast
import random

import pytest

from benchmarks.decontamination.copies import SOLUTION_EDITS
from benchmarks.decontamination.measure import planted, prompt_copies
from benchmarks.decontamination.rules import ngrams, substrings
from codemill.transforms.decontaminate.items import Item

SOURCE = '''def total(values, start=0):
    """Add them 'up'."""
    # one by one
    for value in values:
        start += value.real
    return {'sum': start, "of": len(values)}
'''


def copy(edit, source=SOURCE):
    return SOLUTION_EDITS[edit](source, random.Random(3))


def run(source):
    scope = {}
    exec(source, scope)
    function = next(v for v in scope.values() if callable(v))
    return function([1, 2, 3])


@pytest.mark.parametrize(
    "edit", ["verbatim", "renamed", "reformatted", "laid out anew", "stripped", "renamed, stripped"]
)
def test_a_copy_does_what_the_original_does(edit):
    assert run(copy(edit)) == {"sum": 6, "of": 3}


def test_a_renamed_copy_has_none_of_the_names():
    tree = ast.parse(copy("renamed"))
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert not names & {"total", "values", "start", "value"}
    assert "real" in copy("renamed")


def test_a_stripped_copy_has_no_comment_and_no_docstring():
    assert copy("stripped").splitlines()[1] == "    for value in values:"
    assert copy("stripped", 'def f():\n    """Nothing."""\n') == "def f():\n    pass\n"


def test_halves_are_lines_of_the_stripped_copy():
    lines = copy("stripped").splitlines()
    assert copy("first half").splitlines() == lines[:2]
    assert copy("second half").splitlines() == lines[2:]


def test_what_is_no_python_has_no_renamed_copy():
    assert copy("renamed", "def f(:") is None


def test_a_copy_is_planted_between_functions():
    assert planted("import a\n\ndef f():\n  pass\n", "X") == "import a\n\nX\n\ndef f():\n  pass\n"


def test_a_prompt_has_copies_of_its_own():
    code = dict(prompt_copies(Item("b", "1", "def f(a):\n    '''Say a.'''"), random.Random(1)))
    assert list(code) == [
        "prompt as it is",
        "prompt in comments",
        "prompt rewrapped",
        "prompt renamed",
    ]
    words = dict(prompt_copies(Item("b", "2", "Say a."), random.Random(1)))
    assert words["prompt as it is"] == '"""Say a."""\n'


def test_the_simple_rules_condemn_by_any_ngram_and_by_the_whole_alone():
    items = [Item("b", "1", solution=SOURCE)]
    texts = [
        f"x\n{SOURCE}",
        copy("renamed, stripped"),
        "for value in values: start += value.real - 1",
    ]
    assert ngrams(items, 10, words=False)(texts) == [True, False, True]
    assert ngrams(items, 13, words=True)(texts) == [True, False, False]
    assert substrings(items)(texts) == [True, False, False]
