"""Rules: texts, notices and mentions of licences that are looked for, and what each stands for.

A rule's file is text after a header of `key: value` lines between two lines of dashes. The
licences' own files have the same form, and their text is a rule too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TEXT, NOTICE, REFERENCE, TAG, INTRO, CLUE, FALSE, CONTINUOUS = (1 << bit for bit in range(8))
"""Flags: what a rule is. `FALSE`: looks like a licence and is none. `CONTINUOUS`: nothing may stand
between its words."""

_KINDS = {
    "is_license_text": TEXT,
    "is_license_notice": NOTICE,
    "is_license_reference": REFERENCE,
    "is_license_tag": TAG,
    "is_license_intro": INTRO,
    "is_license_clue": CLUE,
    "is_false_positive": FALSE,
    "is_continuous": CONTINUOUS,
    "is_required_phrase": CONTINUOUS,
}
GNU = ("GPL-", "LGPL-", "AGPL-", "GFDL-")
LISTED_COVERAGE = 90
"""Percent of a listed text that must be there. The list has many that differ in a phrase; how they
are varied in practice is what the other rules know."""
_SAME_TEXT = ("-invariants", "-RFN", "-no-copyleft-exception")
"""Endings of ids whose text is that of the id without: what differs is said elsewhere."""
_SYMBOL = re.compile(r"[\w.+-]+")
_OPERATORS = frozenset(["AND", "OR", "WITH"])
_FENCE = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Rule:
    """One text to look for."""

    expression: str
    """SPDX expression it stands for; empty where it stands for no licence."""
    text: str
    """What is looked for; `{{ }}` surround phrases without which a likeness does not count."""
    flags: int
    min_coverage: int = 0
    """Percent of its words that must be there; 0 leaves it to the rule's length."""
    relevance: int = 100
    """How surely it means the licence, in percent."""


@dataclass(frozen=True)
class LicenceFact:
    """One licence of the collection."""

    spdx_id: str
    category: str
    is_exception: bool


@dataclass(frozen=True)
class RuleSet:
    """Rules, and the licences they speak of by SPDX id."""

    rules: tuple[Rule, ...]
    licences: Mapping[str, LicenceFact]


def parse_rules(licences: Iterable[tuple[str, str]], rules: Iterable[tuple[str, str]]) -> RuleSet:
    """The rule set of (file name, content) pairs; retired entries are left out.

    Raises `ValueError` naming the file that is not as it should be.
    """
    facts: dict[str, LicenceFact] = {}
    keys: dict[str, str] = {}
    made: list[Rule] = []
    for name, content in licences:
        header, text = _split(name, content)
        key = header.get("key", "")
        spdx_id = header.get("spdx_license_key") or f"LicenseRef-scancode-{key}"
        keys[key] = spdx_id
        if "is_deprecated" in header:
            continue
        fact = LicenceFact(spdx_id, header.get("category", ""), "is_exception" in header)
        facts[spdx_id] = fact
        if text.strip():
            made.append(Rule(spdx_id, text, TEXT, int(header.get("minimum_coverage", 0))))
    for name, content in rules:
        header, text = _split(name, content)
        if "is_deprecated" not in header and text.strip():
            made.append(_rule(header, text, keys))
    return RuleSet(tuple(made), facts)


def _rule(header: Mapping[str, str], text: str, keys: Mapping[str, str]) -> Rule:
    flags = 0
    for key, flag in _KINDS.items():
        flags |= flag if header.get(key) == "yes" else 0
    return Rule(
        _expression(header.get("license_expression", ""), keys),
        text,
        flags,
        int(header.get("minimum_coverage", 0)),
        int(header.get("relevance", 100)),
    )


def _expression(stated: str, keys: Mapping[str, str]) -> str:
    """`stated`, an expression over the collection's keys, over SPDX ids."""

    def named(match: re.Match[str]) -> str:
        word = match.group()
        return word.upper() if word.upper() in _OPERATORS else keys[word]

    return _SYMBOL.sub(named, stated)


def _split(name: str, content: str) -> tuple[dict[str, str], str]:
    """Header and text of one file."""
    parts = _FENCE.split(content, maxsplit=2)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError(f"{name}: a header between two lines of --- is wanted")
    return dict(_pairs(parts[1])), parts[2]


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    """Top-level keys; a value that goes on in indented lines is joined by spaces."""
    key = ""
    values: list[str] = []
    for line in header.split("\n"):
        if line[:1].isalpha():
            if key:
                yield key, " ".join(values).strip()
            key, _, value = line.partition(":")
            values = [value.strip().strip("'\"")]
        else:
            values.append(line.strip())
    if key:
        yield key, " ".join(values).strip()


def spdx_rules(licences: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The texts of the SPDX licence list as rules, by id.

    Retired ids are left out, and of ids with the same text all but one: of a GNU licence `-only`.
    """
    by_id = {entry["licenseId"]: entry for entry in licences}
    return tuple(
        Rule(spdx_id, entry["text"], TEXT, LISTED_COVERAGE)
        for spdx_id, entry in sorted(by_id.items())
        if not entry["isDeprecatedLicenseId"] and not _is_told(spdx_id)
    )


def _is_told(spdx_id: str) -> bool:
    """Whether another id's text is the same."""
    gnu = spdx_id.startswith(GNU) and not spdx_id.endswith("-only")
    return gnu or spdx_id.removesuffix("-only").endswith(_SAME_TEXT)
