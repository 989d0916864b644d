"""Reads a record of a benchmark, whatever it calls its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from codemill.transforms.decontaminate.items import Item

NAMES = ("task_id", "id", "question_id", "problem_id", "qid", "name", "title")
PROMPTS = (
    "prompt",
    "text",
    "question",
    "question_content",
    "problem",
    "problem_description",
    "description",
    "instruction",
    "complete_prompt",
    "instruct_prompt",
    "nl",
)
SOLUTIONS = (
    "canonical_solution",
    "solution",
    "solutions",
    "code",
    "reference_solution",
    "reference_code",
    "reference",
    "answer",
    "completion",
    "output",
)
STARTERS = ("starter_code", "declaration")
TESTS = (
    "test",
    "tests",
    "test_code",
    "test_list",
    "challenge_test_list",
    "test_cases",
    "unit_tests",
    "code_context",
)
LANGUAGES = ("language", "lang", "programming_language")

KNOWN = (*PROMPTS, *SOLUTIONS, *STARTERS, *TESTS)

MAX_SOLUTIONS = 16
"""Of one item; APPS has hundreds for some."""


def items_of(
    record: Any, benchmark: str, name: str, languages: Mapping[str, str]
) -> Iterator[Item]:
    """The item of a parsed JSON record, once more for each further solution.

    `name` is that of an item without one, `languages` has github-linguist's names by lower-case
    alias. Raises `ValueError` for what is no record with a prompt, a solution or tests.
    """
    if not isinstance(record, dict):
        raise ValueError(f"a record is a JSON object, not {type(record).__name__}")
    name = next((str(record[k]) for k in NAMES if isinstance(record.get(k), str | int)), name)
    prompts = _texts(record, PROMPTS)
    starters = _texts(record, STARTERS)
    solutions = [_whole(s, [*prompts, *starters]) for s in _texts(record, SOLUTIONS)]
    tests = "\n".join(_texts(record, TESTS))
    if not prompts and not solutions and not tests:
        raise ValueError(
            f"no text in any known field; it has {', '.join(map(repr, record)) or 'none'}, known "
            f"are {', '.join(KNOWN)}"
        )
    told = next((record[k] for k in LANGUAGES if isinstance(record.get(k), str)), "Python")
    language = languages.get(told.lower(), told)
    prompt = "\n".join([*prompts, *starters])
    first, *others = solutions[:MAX_SOLUTIONS] or [""]
    yield Item(benchmark, name, prompt, first, tests, language)
    for number, solution in enumerate(others, start=2):
        yield Item(benchmark, f"{name} (solution {number})", solution=solution, language=language)


def _texts(record: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """The texts in the fields of these names; a list of texts counts as each of them."""
    return [text for name in names for text in _strings(record.get(name)) if text.strip()]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return _decoded(value)
    if isinstance(value, list):
        return [text for text in value if isinstance(text, str)]
    return []


def _decoded(value: str) -> list[str]:
    """A text, or the texts of a JSON list that is written in one."""
    if value.startswith("["):
        try:
            inner = json.loads(value)
        except (ValueError, RecursionError):
            return [value]
        if isinstance(inner, list) and inner and all(isinstance(i, str) for i in inner):
            return inner
    return [value]


def _whole(solution: str, before: Sequence[str]) -> str:
    """A solution that goes on where the prompt ends (HumanEval's begin indented), with that."""
    goes_on = solution.lstrip("\r\n")[:1] in (" ", "\t")
    return before[-1] + solution if goes_on and before else solution
