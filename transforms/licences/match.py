"""A rule found in a text: where, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

Block = tuple[int, int, int]
"""(place in the text, place in the rule, number of words): a run of words both have."""


def bits_of(start: int, end: int) -> int:
    """A set of the places from `start` to `end`, exclusive, as the bits of a number."""
    return ((1 << (end - start)) - 1) << start


@dataclass(frozen=True)
class Match:
    """One rule found at one place of a text, counted in the text's known words."""

    rule: int
    rule_length: int
    """Words of the rule."""
    blocks: tuple[Block, ...]
    """In order; both places grow."""

    @property
    def start(self) -> int:
        """First matched word."""
        return self.blocks[0][0]

    @property
    def end(self) -> int:
        """One past the last matched word."""
        place, _, count = self.blocks[-1]
        return place + count

    @cached_property
    def length(self) -> int:
        """Matched words."""
        return sum(count for _, _, count in self.blocks)

    @cached_property
    def bits(self) -> int:
        """The matched places as bits, so that containment is one operation."""
        total = 0
        for place, _, count in self.blocks:
            total |= bits_of(place, place + count)
        return total

    @property
    def exact(self) -> bool:
        """Whether the whole rule is there in one run."""
        return len(self.blocks) == 1 and self.length == self.rule_length

    @property
    def coverage(self) -> float:
        """Share of the rule's words that are there."""
        return self.length / self.rule_length

    @property
    def density(self) -> float:
        """Share of the words between first and last place that are matched."""
        return self.length / (self.end - self.start)

    @property
    def rule_density(self) -> float:
        """The same among the rule's words."""
        first = self.blocks[0][1]
        _, last, count = self.blocks[-1]
        return self.length / (last + count - first)

    def has_run(self, start: int, end: int) -> Block | None:
        """The block that holds the rule's words from `start` to `end` without a break."""
        for block in self.blocks:
            _, first, count = block
            if first <= start and end <= first + count:
                return block
        return None


def union(matches: Iterable[Match]) -> int:
    """The places that any of `matches` holds, as bits."""
    total = 0
    for match in matches:
        total |= match.bits
    return total
