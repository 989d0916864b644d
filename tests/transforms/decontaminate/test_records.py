import json

import pytest

from codemill.transforms.decontaminate.items import Item
from codemill.transforms.decontaminate.records import items_of


def read(**record):
    return list(items_of(record, "mine", "line 7", {"py": "Python", "js": "JavaScript"}))


def test_a_solution_that_goes_on_after_the_prompt_is_joined_with_it():
    (item,) = read(task_id="t/1", prompt="def f(x):\n", canonical_solution="    return x\n")
    assert item == Item("mine", "t/1", "def f(x):\n", "def f(x):\n    return x\n")


def test_a_solution_of_its_own_stays_as_it_is():
    (item,) = read(task_id=3, text="Add one.", code="def f(x): return x", test_list=["a", "b"])
    assert item == Item("mine", "3", "Add one.", "def f(x): return x", "a\nb")


def test_a_record_without_a_name_has_its_lines():
    assert [i.name for i in read(prompt="x")] == ["line 7"]


def test_solutions_written_as_json_in_a_text_are_items_each():
    found = read(id="a", question="q", solutions=json.dumps(["one", "two"]))
    assert [(i.name, i.prompt, i.solution) for i in found] == [
        ("a", "q", "one"),
        ("a (solution 2)", "", "two"),
    ]


def test_a_language_is_found_by_its_alias():
    assert read(prompt="x", language="JS")[0].language == "JavaScript"
    assert read(prompt="x", language="Whitespace")[0].language == "Whitespace"
    assert read(prompt="x")[0].language == "Python"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ([], "a record is a JSON object, not list"),
        ({}, "no text in any known field; it has none"),
        ({"promt": "x"}, "no text in any known field; it has 'promt', known are prompt, "),
        ({"prompt": "  ", "code": None}, "no text in any known field"),
    ],
    ids=["list", "nothing", "misspelt", "blank"],
)
def test_what_is_no_record_is_refused_with_what_it_has(record, said):
    with pytest.raises(ValueError, match=said):
        list(items_of(record, "mine", "line 1", {}))
