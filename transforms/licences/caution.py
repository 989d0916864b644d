"""Whether what a text says beside the licences found in it may take from what they grant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import re2
from numpy.typing import NDArray

from codemill.transforms.licences.match import Match
from codemill.transforms.licences.rule_index import Query, RuleIndex
from codemill.transforms.licences.rules import CLUE, INTRO, NOTICE, TEXT

Bools = NDArray[np.bool_]

NEAR_WORDS = 30
"""A sentence or two: a condition stands beside what it qualifies."""
MAX_LINES_APART = 10
"""Lines after which what follows is another paragraph or comment, and no part of the terms."""
BESIDE = 8
"""Known words on either side of a mention that are read for words that turn it."""
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
        flags = self._index.table.flags
        named = [m for m in matches if not flags[m.rule] & INTRO]
        if named and self._names_unknown(query, explained_words(query, named)):
            return True
        terms = [m for m in matches if self._is_terms(m)]
        if any(self._changed(query, match, explained) for match in terms):
            return True
        if any(self._qualified(query, match, explained) for match in terms):
            return True
        mentions = (m for m in named if not self._is_terms(m) and not flags[m.rule] & CLUE)
        return any(self._negated(query, match, explained) for match in mentions)

    def _names_unknown(self, query: Query, explained: Bools) -> bool:
        """Whether something is put under a licence by a name that no rule has."""
        hidden = ("|" if known else w for w, known in zip(query.words, explained, strict=True))
        names = (match[1].split() for match in _UNDER_NAME.finditer(" ".join(hidden)))
        return any(not _NO_NAME.issuperset(name) for name in names)

    def _is_terms(self, match: Match) -> bool:
        flags = int(self._index.table.flags[match.rule])
        return bool(flags & (TEXT | NOTICE)) and match.length >= MIN_LIKENESS_WORDS

    def _changed(self, query: Query, match: Match, explained: Bools) -> bool:
        """Whether somewhere turning words were put in, or granting words are gone.

        A word that stands in for the same word of the rule changes nothing.
        """
        for inserted, missing in self._gaps(query, match, explained):
            if self._turning & inserted - missing or self._grants & missing - inserted:
                return True
            if any(map(_is_mixed, inserted)):
                return True
        return False

    def _gaps(
        self, query: Query, match: Match, explained: Bools
    ) -> Iterator[tuple[set[str], set[str]]]:
        """(unexplained words of the text, words of the rule that are not there) gap by gap."""
        rule = self._index.words_of(match.rule)
        ends = [(place + count, inside + count) for place, inside, count in match.blocks]
        starts = [(place, inside) for place, inside, _ in match.blocks]
        for place, _, count in match.blocks:
            yield self._unexplained(query, explained, place, place + count - 1), set()
        for (last, before), (first, after) in zip(ends, starts[1:], strict=False):
            missing = {self._spelled[number] for number in rule[before:after].tolist()}
            yield self._unexplained(query, explained, last - 1, first), missing

    def _unexplained(self, query: Query, explained: Bools, first: int, last: int) -> set[str]:
        """Words between two known ones that no match explains."""
        start, end = int(query.at[first]), int(query.at[last]) + 1
        return {query.words[n] for n in range(start, end) if not explained[n]}

    def _qualified(self, query: Query, match: Match, explained: Bools) -> bool:
        """Whether unexplained words before, inside or after a match set a condition."""
        start, end = int(query.at[match.start]), int(query.at[match.end - 1]) + 1
        first_word = max(0, start - NEAR_WORDS)
        for first, last in _runs(~explained[first_word : end + NEAR_WORDS]):
            if last - first < SHORT_RUN:
                continue
            begin, stop = first_word + first, first_word + last
            if begin >= end and _apart(query, match.end - 1, begin) > MAX_LINES_APART:
                return False
            if stop <= start and _apart(query, match.start, stop - 1) > MAX_LINES_APART:
                continue
            said = " ".join(query.words[begin:stop])
            if self._conditions.search(said) or self._withholds.search(said):
                return True
        return False

    def _negated(self, query: Query, match: Match, explained: Bools) -> bool:
        """Whether words beside a mention, in its line, turn it."""
        for place in (
            *range(max(0, match.start - BESIDE), match.start),
            *range(match.end, min(len(query.tokens), match.end + BESIDE)),
        ):
            side = match.start if place < match.start else match.end - 1
            word = query.words[query.at[place]]
            same_line = query.lines[place] == query.lines[side]
            if same_line and not explained[query.at[place]] and word in self._turning:
                return True
        return False


def _is_mixed(word: str) -> bool:
    """Whether a word has letters of another script among Latin ones."""
    return not word.isascii() and any(c.isascii() and c.isalpha() for c in word)


def _apart(query: Query, place: int, word: int) -> int:
    """Lines between the known word at `place` and the first known one from `word` on."""
    known = min(int(np.searchsorted(query.at, word)), len(query.lines) - 1)
    return abs(int(query.lines[known] - query.lines[place]))


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
