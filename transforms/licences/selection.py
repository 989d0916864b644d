"""Which of the rules found in a text say what it is: doubtful ones go, then those inside others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from codemill.transforms.licences.expressions import SILENT
from codemill.transforms.licences.match import Match, union
from codemill.transforms.licences.rule_index import Query, RuleIndex
from codemill.transforms.licences.rules import (
    CLUE,
    CONTINUOUS,
    FALSE,
    INTRO,
    REFERENCE,
    TAG,
    TEXT,
)

SMALL_RULE = 15
"""Words: a mention, not a notice."""
LIST_MENTIONS = 15
"""As many mentions close to each other, of as many licences, are a list of licence names."""
LIST_GAP = 10
"""Words between two members of such a list."""
LIST_MENTION_WORDS = 20

MIN_LIKENESS = 4
"""Words that a likeness has at the least."""
MUCH_LONGER = 1.25
"""A likeness takes the place of a whole copy where it explains this many times its words."""

WHOLE = 0.9
"""Share of a text from which on it is the text, with small changes."""
ASIDE_WORDS = 4

ANSWER_WORDS = 3
"""Words between an introduction and the licence it introduces."""

LARGE, EXTRA_LARGE, MEDIUM, SMALL = 0.7, 0.9, 0.4, 0.1
"""Shares of a match that overlap with another."""


class Selection:
    """Chooses among the matches of one text after another."""

    def __init__(self, index: RuleIndex, ids: Callable[[int], frozenset[str]]) -> None:
        """`ids` gives the licence ids of a rule."""
        self._index = index
        self._table = index.table
        self._ids = ids
        self._phrases: dict[int, list[tuple[int, int]]] = {}
        table = self._table
        spans = (table.phrase_rule, table.phrase_start, table.phrase_end)
        for rule, start, end in zip(*(column.tolist() for column in spans), strict=True):
            self._phrases.setdefault(rule, []).append((start, end))

    def choose(self, query: Query, matches: Iterable[Match]) -> list[Match]:
        """The matches that remain, in the order of the text."""
        kept = [match for match in matches if self._credible(query, match)]
        kept = _best_likenesses(kept)
        kept, inside = _without_contained(kept)
        kept = self._without_asides(kept)
        kept, lapped = self._without_overlapping(kept)
        covered = union(kept)
        back = [m for m in (*inside, *lapped) if not m.bits & covered]
        kept, _ = _without_contained([*kept, *back])
        kept = [m for m in kept if not self._table.flags[m.rule] & FALSE]
        kept = self._without_answered(query, kept)
        return _without_lists(kept, self._is_mention, self._ids)

    def _credible(self, query: Query, match: Match) -> bool:
        return (
            self._has_phrases(query, match)
            and (match.exact or self._close_enough(query, match))
            and not self._scattered(query, match)
        )

    def _has_phrases(self, query: Query, match: Match) -> bool:
        """Whether the rule's required phrases are there, each in one run."""
        if self._table.flags[match.rule] & CONTINUOUS:
            return match.exact and not query.broken(match.start, match.end)
        for start, end in self._phrases.get(match.rule, ()):
            block = match.has_run(start, end)
            if block is None:
                return False
            first = block[0] + start - block[1]
            if query.broken(first, first + end - start):
                return False
        return True

    def _close_enough(self, query: Query, match: Match) -> bool:
        length = match.rule_length
        if match.coverage < self._index.least[match.rule] or match.length < MIN_LIKENESS:
            return False
        strong = self._num_strong(query, match)
        if strong < 3 or (length >= 200 and match.length < length // 10):
            return False
        return not _is_thin(match, strong)

    def _num_strong(self, query: Query, match: Match) -> int:
        return sum(
            int(self._table.strong[query.tokens[place : place + count]].sum())
            for place, _, count in match.blocks
        )

    def _scattered(self, query: Query, match: Match) -> bool:
        """Whether a short rule's words are spread over more lines than it has words."""
        if match.rule_length >= SMALL_RULE:
            return False
        lines = int(query.lines[match.end - 1] - query.lines[match.start]) + 1
        tag = bool(self._table.flags[match.rule] & TAG)
        return lines > match.length + 2 * tag

    def _without_asides(self, matches: list[Match]) -> list[Match]:
        """Without the short mentions that stand inside a nearly whole licence text."""
        texts = [
            m
            for m in matches
            if m.coverage >= WHOLE and self._table.flags[m.rule] & TEXT and m.length > SMALL_RULE
        ]
        return [
            m
            for m in matches
            if not self._is_aside(m)
            or not any(text.start < m.start and m.end < text.end for text in texts)
        ]

    def _is_aside(self, match: Match) -> bool:
        """Whether a match is a few words, or some more that only point to terms elsewhere."""
        most = SMALL_RULE if self._ids(match.rule) <= SILENT else ASIDE_WORDS
        return match.exact and match.length <= most

    def _without_answered(self, query: Query, matches: list[Match]) -> list[Match]:
        """Without the introductions ("licensed under") right after which a licence is named."""
        kept = []
        for index, match in enumerate(matches):
            after = matches[index + 1 : index + 2]
            intro = self._table.flags[match.rule] & INTRO
            if intro and after and not self._table.flags[after[0].rule] & INTRO:
                apart = int(query.at[after[0].start] - query.at[match.end - 1]) - 1
                if apart <= ANSWER_WORDS:
                    continue
            kept.append(match)
        return kept

    def _is_mention(self, match: Match) -> bool:
        flags = int(self._table.flags[match.rule])
        mention = bool(flags & (REFERENCE | TAG | INTRO | CLUE))
        return mention and match.exact and match.length <= LIST_MENTION_WORDS

    def _without_overlapping(self, matches: list[Match]) -> tuple[list[Match], list[Match]]:
        """Of two that overlap much, the longer."""
        rest = sorted(matches, key=_in_text)
        dropped: list[Match] = []
        i = 0
        while i < len(rest) - 1:
            j = i + 1
            while j < len(rest) and rest[j].start < rest[i].end:
                verdict = self._weaker(rest, i, j)
                if verdict == j:
                    dropped.append(rest.pop(j))
                elif verdict == i:
                    dropped.append(rest.pop(i))
                    i -= 1
                    break
                else:
                    j += 1
            i += 1
        return rest, dropped

    def _weaker(self, rest: Sequence[Match], i: int, j: int) -> int | None:
        """Which of two neighbours goes, if any."""
        one, other = rest[i], rest[j]
        overlap = (one.bits & other.bits).bit_count()
        if not overlap or self._both_false(one, other):
            return None
        of_other, of_one = overlap / other.length, overlap / one.length
        if max(of_other, of_one) >= LARGE:
            return j if _weight(one, other) >= _weight(other, one) else i
        if max(of_other, of_one) >= MEDIUM or (
            max(of_other, of_one) >= SMALL and _surrounds(one, other)
        ):
            if self._ids(other.rule) <= self._ids(one.rule) and one.length >= other.length:
                return j
            if self._ids(one.rule) <= self._ids(other.rule) and one.length <= other.length:
                return i
        if i and self._between(rest[i - 1], one, other):
            return i
        return None

    def _both_false(self, one: Match, other: Match) -> bool:
        return bool(self._table.flags[one.rule] & self._table.flags[other.rule] & FALSE)

    @staticmethod
    def _between(before: Match, match: Match, after: Match) -> bool:
        """Whether two neighbours that do not overlap explain most of `match` together."""
        if before.bits & after.bits:
            return False
        both = (match.bits & (before.bits | after.bits)).bit_count()
        return both >= EXTRA_LARGE * match.length


def _in_text(match: Match) -> tuple[int, int, float, int]:
    return match.start, -match.length, -match.coverage, match.rule


def _weight(match: Match, rival: Match) -> float:
    """Its words, less where much of its rule is missing, more where it alone is whole."""
    whole = MUCH_LONGER if match.exact and not rival.exact else 1.0
    return match.length * match.coverage * whole


def _surrounds(one: Match, other: Match) -> bool:
    return one.start <= other.start and other.end <= one.end


def _is_thin(match: Match, strong: int) -> bool:
    """Whether few words lie far apart: a chance likeness."""
    density = min(match.density, match.rule_density)
    length = match.length
    if length < 10:
        return density < 0.1
    if length < 15:
        return density < 0.2
    if length < 20 and strong < 5:
        return density < 0.3
    return density < 0.4


def _best_likenesses(matches: Sequence[Match]) -> list[Match]:
    """Of likenesses of about the same words, the one that weighs most; whole copies all stay."""
    kept = [match for match in matches if match.exact]
    best: list[Match] = []
    likenesses = (match for match in matches if not match.exact)
    for match in sorted(likenesses, key=lambda m: (-m.length * m.coverage, m.start, m.rule)):
        rivals = (other for other in best if other.start < match.end and match.start < other.end)
        if all((match.bits & r.bits).bit_count() < LARGE * match.length for r in rivals):
            best.append(match)
    return [*kept, *best]


def _without_contained(matches: Iterable[Match]) -> tuple[list[Match], list[Match]]:
    """Matches none of whose fellows holds all its words; of equals the one that is more whole."""
    rest = sorted(matches, key=_in_text)
    dropped: list[Match] = []
    i = 0
    while i < len(rest) - 1:
        j = i + 1
        while j < len(rest):
            one, other = rest[i], rest[j]
            if other.end > one.end:
                break
            if one.bits == other.bits:
                gone = j if one.coverage >= other.coverage else i
            elif not other.bits & ~one.bits:
                gone = j
            elif not one.bits & ~other.bits:
                gone = i
            else:
                j += 1
                continue
            dropped.append(rest.pop(gone))
            if gone == i:
                i -= 1
                break
        i += 1
    return rest, dropped


def _without_lists(
    matches: list[Match], is_mention: Callable[[Match], bool], ids: Callable[[int], frozenset[str]]
) -> list[Match]:
    """Matches without runs of mentions that are a list of licence names, as tools keep them."""
    kept: list[Match] = []
    run: list[Match] = []
    for match in [*matches, None]:
        near = bool(run) and match is not None and match.start - run[-1].end <= LIST_GAP
        if match is not None and is_mention(match) and (near or not run):
            run.append(match)
            continue
        if len(run) < LIST_MENTIONS or len({ids(m.rule) for m in run}) < LIST_MENTIONS // 3:
            kept += run
        run = []
        if match is not None:
            if is_mention(match):
                run.append(match)
            else:
                kept.append(match)
    return kept
