"""Finds rules in a text: whole copies by hashing, close ones by the trigrams they share.

Every rule of the collection is asked in one pass of array operations. What a text can cost is
bounded: its words are cut at `MAX_WORDS`, trigrams that very many rules have are left aside, and at
most `TRIED` rules are aligned with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from codemill.transforms.licences.match import Block, Match
from codemill.transforms.licences.rule_table import (
    COMMON,
    RuleTable,
    powers,
    text_hashes,
    trigram_keys,
)
from codemill.transforms.licences.rules import CONTINUOUS, NOTICE, TEXT
from codemill.transforms.licences.words import Words

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Keys = NDArray[np.uint64]

MAX_WORDS = 60_000
MAX_HITS = 200_000
"""Places where a whole rule may stand; only a text made of rules has as many."""
TRIED = 16
"""Rules aligned with a text, those first that share most with it."""
VARIANTS = 6
"""Of them, those that stand for the same licence."""
MIN_SHARED = 0.6
"""Telling trigrams of a rule that must be in the text, anywhere, for it to be tried, as a share of
the coverage it needs: a word that differs breaks three of them."""
MIN_TRIGRAMS = 3
MAX_PAIRS = 100_000
"""Pairs of equal trigrams of a text and one rule; only a text that repeats itself has as many."""
MIN_COVERAGE = 0.25
"""Share of a long rule that must be there: less is a phrase that many texts have."""
MIN_COVERAGE_SHORT = 0.7
"""The same for a rule of less than `SHORT` words."""
MIN_COVERAGE_MENTION = 0.8
"""The same for a mention, and for a rule that stands for several licences: part of that says only
some of them."""
SHORT = 100
TINY = 10
MAX_GAP = 50
"""Words, in text or rule, that may stand between two blocks of one match; more in a long rule."""
MAX_BLOCKS = 40
"""Runs of one rule that are chained; the longest of them."""

MIN_CHAINED = 0.2
"""Share of a rule that blocks must have between them to be worth chaining."""


@dataclass(frozen=True)
class Query:
    """A text's known words, and what stood between them."""

    tokens: NDArray[np.uint16]
    """(n,) ids of the words that any rule has."""
    lines: NDArray[np.int32]
    """(n,) the line of each."""
    at: NDArray[np.int32]
    """(n,) its place among all words of the text."""
    words: Sequence[str]
    """All words of the text."""
    cut: bool
    """Whether words beyond `MAX_WORDS` were left aside."""

    def broken(self, start: int, end: int) -> bool:
        """Whether an unknown word stands between the known ones from `start` to `end`."""
        return int(self.at[end - 1] - self.at[start]) != end - 1 - start


class RuleIndex:
    """The rules of a table, ready to be found. Keeps the table's arrays as they are."""

    def __init__(self, table: RuleTable) -> None:
        self.table = table
        self.lengths: Ints = np.diff(table.starts).astype(np.int64)
        self.least = _least_coverage(table, self.lengths)
        self._numbers = {w: n for n, w in enumerate(table.words.to_pylist(), start=1)}
        self._telling: Bools = np.diff(table.key_starts) <= COMMON
        self._licence = table.expression.dictionary_encode().indices.to_numpy()
        self._powers = powers(MAX_WORDS + 1)

    def query(self, text: Words) -> Query:
        """The words of `text` as this index numbers them."""
        words = text.words[:MAX_WORDS]
        lookup = self._numbers.get
        ids = np.fromiter((lookup(w, 0) for w in words), np.uint16, len(words))
        at = np.flatnonzero(ids).astype(np.int32)
        lines = np.array(text.lines[: len(words)], np.int32)
        return Query(ids[at], lines[at], at, words, len(text.words) > MAX_WORDS)

    def exact(self, query: Query) -> list[Match]:
        """Every rule that stands whole in the text, unknown words aside; none inside another.

        A rule whose words must follow each other is found only where they do.
        """
        rules, starts = self._hits(query)
        ends = starts + self.lengths[rules]
        keep = self._unbroken(query, rules, starts, ends)
        rules, starts, ends = rules[keep], starts[keep], ends[keep]
        order = np.lexsort((rules, -ends, starts))
        rules, starts, ends = rules[order], starts[order], ends[order]
        reach = np.maximum.accumulate(np.concatenate([[0], ends[:-1]])) if len(ends) else ends
        outer = ends > reach
        found = zip(rules[outer].tolist(), starts[outer].tolist(), strict=True)
        matches = []
        for rule, start in found:
            length = int(self.lengths[rule])
            matches.append(Match(rule, length, ((start, 0, length),)))
        return matches

    def _hits(self, query: Query) -> tuple[Ints, Ints]:
        """(rules, places) at which whole rules stand."""
        table = self.table
        tokens = query.tokens
        long_rules, long_starts = self._anchored(query)
        wide = tokens.astype(np.uint64)
        pairs = (wide[:-1] << np.uint64(16)) | wide[1:]
        found = [(long_rules, long_starts)]
        for keys in (wide, pairs):
            index, place = _joined(table.short_keys, keys)
            found.append((table.short_rules[index].astype(np.int64), place))
        return (
            np.concatenate([rules for rules, _ in found]),
            np.concatenate([starts for _, starts in found]),
        )

    def _anchored(self, query: Query) -> tuple[Ints, Ints]:
        """Rules whose rarest trigram and then whole hash are in the text."""
        table = self.table
        keys = trigram_keys(query.tokens)
        index, place = _joined(table.anchor_keys, keys)
        rules = table.anchor_rules[index].astype(np.int64)
        starts = place - table.anchor_offsets[index]
        fits = (starts >= 0) & (starts + self.lengths[rules] <= len(query.tokens))
        rules, starts = rules[fits][:MAX_HITS], starts[fits][:MAX_HITS]
        if not len(rules):
            return rules, starts
        sums = text_hashes(query.tokens)
        there = sums[starts + self.lengths[rules]] - sums[starts]
        same = there == table.hashes[rules] * self._powers[starts]
        rules, starts = rules[same], starts[same]
        # A hash can be forged: what it says is looked up.
        real = [
            self._stands(query, r, s) for r, s in zip(rules.tolist(), starts.tolist(), strict=True)
        ]
        return rules[real], starts[real]

    def _stands(self, query: Query, rule: int, start: int) -> bool:
        words = self.words_of(rule)
        return bool(np.array_equal(query.tokens[start : start + len(words)], words))

    def words_of(self, rule: int) -> NDArray[np.uint16]:
        """The ids of a rule's words."""
        return self.table.tokens[self.table.starts[rule] : self.table.starts[rule + 1]]

    def _unbroken(self, query: Query, rules: Ints, starts: Ints, ends: Ints) -> Bools:
        """False where a rule that must be continuous has unknown words inside."""
        between = query.at[ends - 1] - query.at[starts] - (ends - 1 - starts)
        continuous = (self.table.flags[rules] & CONTINUOUS) != 0
        kept: Bools = ~(continuous & (between > 0))
        return kept

    def close(self, query: Query, new: Bools) -> list[Match]:
        """Rules that stand in part in the text: at most `TRIED` are tried, by what they share.

        `new` (n,) marks the words that are to be explained: a rule that shares none is not tried.
        """
        keys = trigram_keys(query.tokens)
        if not len(keys):
            return []
        order = np.argsort(keys, kind="stable")
        text = _SortedText(query.tokens.tolist(), keys[order], order)
        tried = self._candidates(keys, new[:-2] | new[1:-1] | new[2:])
        return [match for rule in tried for match in self._aligned(text, rule)]

    def _candidates(self, keys: Keys, touches: Bools) -> list[int]:
        """Rules that share enough telling trigrams with the text to be aligned with it."""
        table = self.table
        row = np.minimum(np.searchsorted(table.keys, keys), len(table.keys) - 1)
        at = np.flatnonzero((table.keys[row] == keys) & self._telling[row])
        first, last = table.key_starts[row[at]], table.key_starts[row[at] + 1]
        owner = table.rule_of[table.places[_ranges(first, last - first)]]
        size = len(self.lengths)
        shared = np.minimum(np.bincount(owner, minlength=size), table.num_telling)
        fresh = np.bincount(owner[np.repeat(touches[at], last - first)], minlength=size)
        share = shared / np.maximum(table.num_telling, 1)
        enough = (share >= MIN_SHARED * self.least) & (shared >= MIN_TRIGRAMS) & (fresh > 0)
        possible = np.flatnonzero(enough)
        # Words that are likely there and not explained: common trigrams are not counted, so the
        # share of the others stands for all of the rule.
        likely = share[possible] * self.lengths[possible] * fresh[possible] / shared[possible]
        score = share[possible] * likely
        best = possible[np.argsort(-score, kind="stable")]
        return self._diverse(best[: 16 * TRIED])

    def _diverse(self, rules: Ints) -> list[int]:
        """The first of `rules`, few of them of any one licence: the rest are its variants."""
        taken: Counter[int] = Counter()
        kept: list[int] = []
        for rule, licence in zip(rules.tolist(), self._licence[rules].tolist(), strict=True):
            taken[licence] += 1
            if taken[licence] <= VARIANTS:
                kept.append(rule)
                if len(kept) == TRIED:
                    break
        return kept

    def _aligned(self, text: _SortedText, rule: int) -> Iterator[Match]:
        """Matches of one rule, chained from the runs of trigrams that it shares with the text."""
        words = self.words_of(rule)
        in_rule, in_text = text.shared(trigram_keys(words))
        if len(in_rule):
            spelled = words.tolist()
            blocks = _extended(text.tokens, spelled, _diagonal_runs(in_text, in_rule))
            yield from self._chains(text.tokens, spelled, rule, blocks)

    def _chains(
        self, tokens: Sequence[int], words: Sequence[int], rule: int, blocks: list[Block]
    ) -> Iterator[Match]:
        """The heaviest chain of blocks; then those among the blocks before it, and after it."""
        length = int(self.lengths[rule])
        waiting = [blocks]
        while waiting:
            blocks = waiting.pop()
            if sum(count for _, _, count in blocks) < MIN_CHAINED * length:
                continue
            chain = _heaviest(blocks, max(MAX_GAP, length // 8))
            match = Match(rule, length, tuple(_filled(tokens, words, chain)))
            if not match.exact:
                yield match
            waiting.append([b for b in blocks if b[0] >= match.end])
            waiting.append([b for b in blocks if b[0] + b[2] <= match.start])


@dataclass(frozen=True)
class _SortedText:
    """A text's words and its trigrams in the order of their keys."""

    tokens: list[int]
    keys: Keys
    places: Ints

    def shared(self, keys: Keys) -> tuple[Ints, Ints]:
        """(place in `keys`, place in the text) of pairs of equal trigrams, at most `MAX_PAIRS`."""
        low = np.searchsorted(self.keys, keys, side="left")
        counts = np.searchsorted(self.keys, keys, side="right") - low
        pairs = _ranges(low, counts)[:MAX_PAIRS]
        return np.repeat(np.arange(len(keys)), counts)[:MAX_PAIRS], self.places[pairs]


def _diagonal_runs(in_text: Ints, in_rule: Ints) -> Ints:
    """(runs, 3): place in the text, in the rule, and number of words of each unbroken run."""
    diagonal = in_rule - in_text
    order = np.lexsort((in_text, diagonal))
    diagonal, in_text, in_rule = diagonal[order], in_text[order], in_rule[order]
    breaks = (np.diff(diagonal) != 0) | (np.diff(in_text) != 1)
    first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    last = np.append(first[1:], len(in_text)) - 1
    return np.stack([in_text[first], in_rule[first], last - first + 3], axis=1)


def _least_coverage(table: RuleTable, lengths: Ints) -> NDArray[np.float64]:
    """(R,) share of each rule's words that a likeness of it must have."""
    stated = table.min_coverage / 100
    by_length = np.where(lengths < SHORT, MIN_COVERAGE_SHORT, MIN_COVERAGE)
    several = pc.match_substring_regex(table.expression, " (?:AND|OR|WITH) ")
    mention = (table.flags & (TEXT | NOTICE)) == 0
    most = mention | several.to_numpy(zero_copy_only=False) | (lengths < TINY)
    by_kind = np.where(most, MIN_COVERAGE_MENTION, by_length)
    floor = np.where(most | (lengths < SHORT), by_kind, 0.0)
    return np.maximum(np.where(stated > 0, stated, by_kind), floor)


def _extended(tokens: Sequence[int], words: Sequence[int], runs: Ints) -> list[Block]:
    """The longest runs, each as far as text and rule agree around it; without overlap."""
    longest = np.argsort(-runs[:, 2], kind="stable")[:MAX_BLOCKS]
    seen: dict[int, int] = {}
    blocks = []
    for place, inside, count in sorted(runs[longest].tolist()):
        if seen.get(inside - place, -1) >= place + count:
            continue
        back = 0
        while back < min(place, inside) and tokens[place - back - 1] == words[inside - back - 1]:
            back += 1
        end, most = count, min(len(tokens) - place, len(words) - inside)
        while end < most and tokens[place + end] == words[inside + end]:
            end += 1
        seen[inside - place] = place + end
        blocks.append((place - back, inside - back, end + back))
    return sorted(blocks)


def _filled(tokens: Sequence[int], words: Sequence[int], chain: Sequence[Block]) -> list[Block]:
    """The chain with the words that text and rule have in common between its blocks."""
    blocks: list[Block] = []
    for before, after in pairwise(chain):
        blocks.append(before)
        blocks += _common(tokens, words, before, after)
    return _joined_blocks([*blocks, chain[-1]])


def _common(
    tokens: Sequence[int], words: Sequence[int], before: Block, after: Block
) -> Iterator[Block]:
    """Runs of equal words between two blocks, in order."""
    place, inside = before[0] + before[2], before[1] + before[2]
    left, right = tokens[place : after[0]], words[inside : after[1]]
    if left and right and not set(left).isdisjoint(right):
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        for run in matcher.get_matching_blocks()[:-1]:
            yield place + run.a, inside + run.b, run.size


def _joined_blocks(blocks: Sequence[Block]) -> list[Block]:
    """Blocks that touch in text and rule made one."""
    joined: list[Block] = []
    for place, inside, count in blocks:
        if (
            joined
            and joined[-1][0] + joined[-1][2] == place
            and joined[-1][1] + joined[-1][2] == inside
        ):
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + count)
        else:
            joined.append((place, inside, count))
    return joined


def _heaviest(blocks: Sequence[Block], max_gap: int) -> list[Block]:
    """The chain of blocks that grow in text and rule, near each other, with most words."""
    best: list[int] = []
    previous: list[int] = []
    for index, (place, inside, count) in enumerate(blocks):
        weight, link = count, -1
        for earlier in range(index - 1, -1, -1):
            if best[earlier] + count <= weight:
                continue
            p, i, c = blocks[earlier]
            ahead, below = place - p - c, inside - i - c
            overlap = -min(ahead, below, 0)
            near = ahead <= max_gap and below <= max_gap and overlap < min(c, count)
            if near and p < place and i < inside and best[earlier] + count - overlap > weight:
                weight, link = best[earlier] + count - overlap, earlier
        best.append(weight)
        previous.append(link)
    at = max(range(len(blocks)), key=best.__getitem__)
    chain = []
    while at >= 0:
        chain.append(blocks[at])
        at = previous[at]
    return _without_overlap(chain[::-1])


def _without_overlap(chain: Sequence[Block]) -> list[Block]:
    """Blocks cut at their beginning where the one before reaches into them."""
    cut: list[Block] = []
    for place, inside, count in chain:
        over = (
            max(0, cut[-1][0] + cut[-1][2] - place, cut[-1][1] + cut[-1][2] - inside) if cut else 0
        )
        if count > over:
            cut.append((place + over, inside + over, count - over))
    return cut


def _joined(table: Keys, keys: Keys) -> tuple[Ints, Ints]:
    """(index into `table`, index into `keys`) of all pairs that are equal; `table` is sorted."""
    low = np.searchsorted(table, keys, side="left")
    high = np.searchsorted(table, keys, side="right")
    counts = high - low
    return _ranges(low, counts), np.repeat(np.arange(len(keys)), counts)


def _ranges(starts: NDArray[Any], lengths: NDArray[Any]) -> Ints:
    """`start, start + 1, ...` for each start, as many as its length says, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    offsets: Ints = np.arange(total) - np.repeat(ends - lengths, lengths)
    return offsets + np.repeat(starts, lengths).astype(np.int64)
