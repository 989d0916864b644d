"""Finds rules in a text: whole copies by hashing, close ones by the trigrams they share.

Every rule of the collection is asked in one pass of array operations. What a text can cost is
bounded: its words are cut at `MAX_WORDS`, trigrams that very many rules have are left aside, and at
most `TRIED` rules are aligned with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from codemill.transforms.licences.match import Block, Match
from codemill.transforms.licences.rule_table import RuleTable, trigram_keys
from codemill.transforms.licences.words import Words

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Hashes = NDArray[np.uint64]

MAX_WORDS = 60_000
MAX_HITS = 200_000
"""Places where a whole rule may stand; only a text made of rules has as many."""
COMMON = 1_000
"""A trigram in more places of the rules than this tells nothing of which one a text is."""
TRIED = 48
"""Rules aligned with a text, those first that share most with it."""
MIN_SHARED = 0.25
"""Share of a rule's telling trigrams that must be in the text, anywhere, for it to be tried."""
MAX_GAP = 50
"""Words, in text or rule, that may stand between two blocks of one match; more in a long rule."""
MAX_BLOCKS = 96
"""Runs of one rule that are chained; the longest of them."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(0xD6E8FEB86659FD93)


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
        self._numbers = {w: n for n, w in enumerate(table.words.to_pylist(), start=1)}
        longest = int(max(self.lengths.max(initial=0), MAX_WORDS)) + 1
        self._powers: Hashes = np.cumprod(np.full(longest, _BASE))
        self._word_hash: Hashes = _mixed(np.arange(len(self._numbers) + 1, dtype=np.uint64))
        self._rule_hash = self._hashes_of_rules()
        frequency = np.diff(table.key_starts)
        self._telling: Bools = frequency <= COMMON
        self._num_telling = self._telling_per_rule()

    def _hashes_of_rules(self) -> Hashes:
        """Each rule's polynomial hash, as if it stood at place 0."""
        table = self.table
        place = np.arange(len(table.tokens)) - np.repeat(table.starts[:-1], self.lengths)
        terms = self._word_hash[table.tokens] * self._powers[place]
        if not len(terms):
            return np.zeros(0, np.uint64)
        return np.add.reduceat(terms, table.starts[:-1])

    def _telling_per_rule(self) -> Ints:
        table = self.table
        counts = np.diff(table.key_starts)
        telling = np.repeat(self._telling, counts)
        owners = table.rule_of[table.places[telling]]
        return np.bincount(owners, minlength=len(self.lengths)).astype(np.int64)

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
        terms = self._word_hash[query.tokens] * self._powers[: len(query.tokens)]
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms)])
        there = sums[starts + self.lengths[rules]] - sums[starts]
        # The powers begin with the base itself, so a shift by n places is a factor of base ** n.
        shift = np.concatenate([np.ones(1, np.uint64), self._powers])[starts]
        same = there == self._rule_hash[rules] * shift
        rules, starts = rules[same], starts[same]
        # A hash can be forged: what it says is looked up.
        real = [self._stands(query, r, s) for r, s in zip(rules.tolist(), starts.tolist(), strict=True)]
        return rules[real], starts[real]

    def _stands(self, query: Query, rule: int, start: int) -> bool:
        words = self.words_of(rule)
        return bool(np.array_equal(query.tokens[start : start + len(words)], words))

    def words_of(self, rule: int) -> NDArray[np.uint16]:
        """The ids of a rule's words."""
        return self.table.tokens[self.table.starts[rule] : self.table.starts[rule + 1]]

    def _unbroken(self, query: Query, rules: Ints, starts: Ints, ends: Ints) -> Bools:
        """False where a rule that must be continuous has unknown words inside."""
        from codemill.transforms.licences.rules import CONTINUOUS

        between = query.at[ends - 1] - query.at[starts] - (ends - 1 - starts)
        continuous = (self.table.flags[rules] & CONTINUOUS) != 0
        kept: Bools = ~(continuous & (between > 0))
        return kept

    def close(self, query: Query, free: Bools) -> list[Match]:
        """Rules that stand in part among the words where `free` is true: at most `TRIED`."""
        keys = trigram_keys(query.tokens)
        if not len(keys):
            return []
        open_ = free[:-2] & free[1:-1] & free[2:]
        table = self.table
        row = np.minimum(np.searchsorted(table.keys, keys), len(table.keys) - 1)
        known = open_ & (table.keys[row] == keys)
        known &= self._telling[row]
        at = np.flatnonzero(known)
        rows = row[at]
        tried = self._candidates(np.unique(rows))
        if not len(tried):
            return []
        lengths = (table.key_starts[rows + 1] - table.key_starts[rows]).astype(np.int64)
        index = _ranges(table.key_starts[rows].astype(np.int64), lengths)
        places = table.places[index]
        place_in_text = np.repeat(at, lengths)
        wanted = np.zeros(len(self.lengths), np.bool_)
        wanted[tried] = True
        owner = table.rule_of[places]
        mine = wanted[owner]
        owner, places, place_in_text = owner[mine], places[mine], place_in_text[mine]
        in_rule = places - table.starts[owner]
        return list(self._aligned(query, free, owner.astype(np.int64), in_rule, place_in_text))

    def _candidates(self, rows: Ints) -> Ints:
        """Rules that share enough telling trigrams with the text, the best first."""
        table = self.table
        lengths = (table.key_starts[rows + 1] - table.key_starts[rows]).astype(np.int64)
        owners = table.rule_of[table.places[_ranges(table.key_starts[rows].astype(np.int64), lengths)]]
        shared = np.bincount(owners, minlength=len(self.lengths))
        share = shared / np.maximum(self._num_telling, 1)
        possible = np.flatnonzero((share >= MIN_SHARED) & (shared >= 3))
        score = shared[possible] * share[possible]
        return possible[np.argsort(-score, kind="stable")[:TRIED]]

    def _aligned(
        self, query: Query, free: Bools, owner: Ints, in_rule: Ints, in_text: Ints
    ) -> Iterator[Match]:
        """Matches chained from runs of shared trigrams, rule by rule."""
        diagonal = in_rule - in_text
        order = np.lexsort((in_text, diagonal, owner))
        owner, diagonal, in_text, in_rule = (a[order] for a in (owner, diagonal, in_text, in_rule))
        breaks = (np.diff(owner) != 0) | (np.diff(diagonal) != 0) | (np.diff(in_text) != 1)
        first = np.concatenate([[0], np.flatnonzero(breaks) + 1])
        last = np.append(first[1:], len(owner)) - 1
        runs = np.stack([owner[first], in_text[first], in_rule[first], last - first + 3], axis=1)
        edges = np.flatnonzero(np.diff(runs[:, 0], prepend=-1, append=-1))
        for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            rule = int(runs[start, 0])
            blocks = self._extended(query, free, rule, runs[start:end, 1:])
            yield from self._chains(query, rule, blocks)

    def _extended(self, query: Query, free: Bools, rule: int, runs: Ints) -> list[Block]:
        """The longest runs, each as far as text and rule agree around it; without overlap."""
        words, tokens = self.words_of(rule), query.tokens
        longest = np.argsort(-runs[:, 2], kind="stable")[:MAX_BLOCKS]
        seen: dict[int, int] = {}
        blocks = []
        for place, inside, count in sorted(runs[longest].tolist()):
            diagonal = inside - place
            if seen.get(diagonal, -1) >= place + count:
                continue
            back = _agreement(tokens[:place][::-1], words[:inside][::-1], free[:place][::-1])
            after = place + count
            ahead = _agreement(tokens[after:], words[inside + count :], free[after:])
            seen[diagonal] = after + ahead
            blocks.append((place - back, inside - back, count + back + ahead))
        return sorted(blocks)

    def _chains(self, query: Query, rule: int, blocks: list[Block]) -> Iterator[Match]:
        """The heaviest chain of blocks; then those among the blocks before it, and after it."""
        length = int(self.lengths[rule])
        waiting = [blocks]
        while waiting:
            blocks = waiting.pop()
            if not blocks:
                continue
            chain = _heaviest(blocks, max(MAX_GAP, length // 8))
            match = Match(rule, length, tuple(self._filled(query, rule, chain)))
            if not match.exact:
                yield match
            waiting.append([b for b in blocks if b[0] >= match.end])
            waiting.append([b for b in blocks if b[0] + b[2] <= match.start])

    def _filled(self, query: Query, rule: int, chain: Sequence[Block]) -> list[Block]:
        """The chain with the words that text and rule have in common between its blocks."""
        words = self.words_of(rule)
        blocks: list[Block] = []
        for before, after in pairwise(chain):
            blocks.append(before)
            blocks += _common(query.tokens, words, before, after)
        return _joined_blocks([*blocks, chain[-1]])


def _common(
    tokens: NDArray[np.uint16], words: NDArray[np.uint16], before: Block, after: Block
) -> Iterator[Block]:
    """Runs of equal words between two blocks, in order."""
    place, inside = before[0] + before[2], before[1] + before[2]
    left, right = tokens[place : after[0]].tolist(), words[inside : after[1]].tolist()
    if left and right:
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        for run in matcher.get_matching_blocks()[:-1]:
            yield place + run.a, inside + run.b, run.size


def _joined_blocks(blocks: Sequence[Block]) -> list[Block]:
    """Blocks that touch in text and rule made one."""
    joined: list[Block] = []
    for place, inside, count in blocks:
        if joined and joined[-1][0] + joined[-1][2] == place and joined[-1][1] + joined[-1][2] == inside:
            joined[-1] = (joined[-1][0], joined[-1][1], joined[-1][2] + count)
        else:
            joined.append((place, inside, count))
    return joined


def _agreement(tokens: NDArray[np.uint16], words: NDArray[np.uint16], free: Bools) -> int:
    """How many words at the beginning of both are the same, among free ones; at most 64."""
    size = min(len(tokens), len(words), 64)
    same = (tokens[:size] == words[:size]) & free[:size]
    return size if same.all() else int(np.argmin(same))


def _heaviest(blocks: Sequence[Block], max_gap: int) -> list[Block]:
    """The chain of blocks that grow in text and rule, near each other, with most words."""
    best: list[int] = []
    previous: list[int] = []
    for index, (place, inside, count) in enumerate(blocks):
        weight, link = count, -1
        for earlier in range(index - 1, -1, -1):
            p, i, c = blocks[earlier]
            overlap = max(0, p + c - place, i + c - inside)
            gap = max(place - p - c, inside - i - c)
            if p < place and i < inside and overlap < min(c, count) and gap <= max_gap:
                reached = best[earlier] + count - overlap
                if reached > weight:
                    weight, link = reached, earlier
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
        over = max(0, cut[-1][0] + cut[-1][2] - place, cut[-1][1] + cut[-1][2] - inside) if cut else 0
        if count > over:
            cut.append((place + over, inside + over, count - over))
    return cut


def _mixed(numbers: Hashes) -> Hashes:
    """Numbers spread over 64 bits."""
    mixed = (numbers + np.uint64(1)) * _MIX
    mixed ^= mixed >> np.uint64(31)
    return mixed * _BASE


def _joined(table: Hashes, keys: Hashes) -> tuple[Ints, Ints]:
    """(index into `table`, index into `keys`) of all pairs that are equal; `table` is sorted."""
    low = np.searchsorted(table, keys, side="left")
    high = np.searchsorted(table, keys, side="right")
    counts = high - low
    return _ranges(low, counts), np.repeat(np.arange(len(keys)), counts)


def _ranges(starts: Ints, lengths: Ints) -> Ints:
    """`start, start + 1, ...` for each start, as many as its length says, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - lengths, lengths) + np.repeat(starts, lengths)
