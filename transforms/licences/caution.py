"""Whether what a text says beside the licences found in it may take from what they grant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import re2
from numpy.typing import NDArray

from codemill.transforms.licences.match import Match
from codemill.transforms.licences.rule_index import Query, RuleIndex
from codemill.transforms.licences.rules import INTRO, NOTICE, TEXT

Bools = NDArray[np.bool_]

NEAR_WORDS = 30
"""A sentence or two: a condition stands beside what it qualifies."""
MAX_LINES_APART = 3
"""Lines after which what follows is another paragraph or comment, and no part of the terms."""
SHORT_RUN = 3
"""Words: fewer are read for single turning words, more for conditions too."""
MIN_LIKENESS_WORDS = 20
"""A likeness of fewer words is a mention: nothing can be put into it."""


_UNDER_NAME = re2.compile(r"\blicen[sc]ed under ((?:[^ |]+ ){1,5}?)licen[sc]e\b")
_NO_NAME = frozenset([
    "the", "this", "same", "a", "an", "terms", "of", "and", "or", "conditions", "above", "below",
    "following", "its", "their", "your", "own", "any", "such", "that", "these", "those", "one",
    "either", "both", "all", "more", "other", "some", "different", "respective", "version",
    "software", "open", "source", "free", "permissive", "original", "included", "accompanying",
    "similar", "compatible",
])  # fmt: skip
"""Words before "license" that name none: "licensed under the terms of this license"."""


@dataclass(frozen=True)
class CautionTable:
    """What `caution.yaml` holds: see the head of that file."""

    withholds: Sequence[str] = ()
    conditions: Sequence[str] = ()
    turning: Sequence[str] = ()
    grants: Sequence[str] = ()


class Caution:
    """The patterns of a `CautionTable`, compiled, over the rules of an index."""

    def __init__(self, table: CautionTable, index: RuleIndex) -> None:
        self._index = index
        self._withholds = _any_of(table.withholds)
        self._conditions = _any_of(table.conditions)
        self._turning = frozenset(table.turning)
        self._grants = frozenset(table.grants)
        self._spelled: Sequence[str] = ["", *index.table.words.to_pylist()]

    def withheld(self, words: Sequence[str]) -> bool:
        """Whether `words` withhold rights."""
        return self._withholds.search(" ".join(words)) is not None

    def altered(self, query: Query, matches: Sequence[Match]) -> bool:
        """Whether words put into the texts found, or beside them, may change what they grant."""
        explained = explained_words(query, matches)
        named = [m for m in matches if not self._index.table.flags[m.rule] & INTRO]
        if named and self._names_unknown(query, explained_words(query, named)):
            return True
        texts = [m for m in matches if self._is_terms(m)]
        if any(self._changed(query, match, explained) for match in texts if not match.exact):
            return True
        return any(self._qualified(query, match, explained) for match in texts)

    def _names_unknown(self, query: Query, explained: Bools) -> bool:
        """Whether something is put under a licence by a name that no rule has."""
        hidden = ("|" if known else w for w, known in zip(query.words, explained, strict=True))
        names = (match[1].split() for match in _UNDER_NAME.finditer(" ".join(hidden)))
        return any(not _NO_NAME.issuperset(name) for name in names)

    def _is_terms(self, match: Match) -> bool:
        flags = int(self._index.table.flags[match.rule])
        return bool(flags & (TEXT | NOTICE)) and match.length >= MIN_LIKENESS_WORDS

    def _changed(self, query: Query, match: Match, explained: Bools) -> bool:
        """Whether a likeness has turning words that its rule lacks, or lacks its granting ones."""
        inserted, lost = self._differences(query, match, explained)
        if self._turning & (inserted - lost):
            return True
        there = set(query.words[query.at[match.start] : query.at[match.end - 1] + 1])
        return bool(self._grants & (lost - there))

    def _differences(
        self, query: Query, match: Match, explained: Bools
    ) -> tuple[set[str], set[str]]:
        """(unexplained words of the text inside the match, words of the rule not there)."""
        start, end = int(query.at[match.start]), int(query.at[match.end - 1]) + 1
        open_ = np.flatnonzero(~explained[start:end]) + start
        inserted = {query.words[place] for place in open_.tolist()}
        missing = np.ones(match.rule_length, np.bool_)
        for _, inside, count in match.blocks:
            missing[inside : inside + count] = False
        ids = self._index.words_of(match.rule)[missing]
        return inserted, {self._spelled[number] for number in ids.tolist()}

    def _qualified(self, query: Query, match: Match, explained: Bools) -> bool:
        """Whether unexplained words inside or right after a match set a condition."""
        start, end = int(query.at[match.start]), int(query.at[match.end - 1]) + 1
        for first, last in _runs(~explained[start : end + NEAR_WORDS]):
            if last - first >= SHORT_RUN:
                if start + first >= end and _apart(query, match, start + first) > MAX_LINES_APART:
                    return False
                words = query.words[start + first : start + last]
                if self._conditions.search(" ".join(words)):
                    return True
        return False


def _apart(query: Query, match: Match, word: int) -> int:
    """Lines between the end of a match and the first known word from `word` on."""
    known = min(int(np.searchsorted(query.at, word)), len(query.lines) - 1)
    return int(query.lines[known] - query.lines[match.end - 1])


def explained_words(query: Query, matches: Sequence[Match]) -> Bools:
    """(all words,) whether a match holds the word."""
    known = np.zeros(len(query.tokens), np.bool_)
    for match in matches:
        for place, _, count in match.blocks:
            known[place : place + count] = True
    explained = np.zeros(len(query.words), np.bool_)
    explained[query.at[known]] = True
    return explained


def _runs(chosen: Bools) -> Iterator[tuple[int, int]]:
    """Maximal runs of chosen words: ranges, end exclusive."""
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0)).tolist()
    return zip(edges[::2], edges[1::2], strict=True)


def _any_of(patterns: Sequence[str]) -> re2._Regexp[str]:
    return re2.compile("|".join(f"(?:{p})" for p in patterns) or r"[^\s\S]")
