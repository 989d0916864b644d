"""Whether a string looks like words or like chance: bigrams counted on code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import re2

# Of `re`, whose findall costs a tenth of re2's: classes of characters, on at most 512 of them.
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_HEX = re2.compile(r"^(?:[0-9a-f]{16,}|[0-9A-F]{16,})$")


@dataclass(frozen=True)
class CharacterModel:
    """Log-odds of bigrams, words of code against random base62; plain values, so that it pickles.

    `benchmarks/redaction/character_model.py` counts both.
    """

    classes: str
    """26 letters, `0` for a digit, `.` for anything else."""

    log_odds: Mapping[str, Sequence[int]]
    """By first character, then in the order of `classes`: 100 ln(P in words / P in random)."""

    words: frozenset[str] = field(repr=False)
    """Words that are common in code, in lower case, of three letters and more."""

    @cached_property
    def _table(self) -> Mapping[tuple[str, str], int]:
        return {
            (a, b): value
            for a, row in self.log_odds.items()
            for b, value in zip(self.classes, row, strict=True)
        }

    def odds(self, text: str) -> int:
        """100 ln of how much likelier `text` is as words than as chance: below 0 is chance.

        0 is where both are as likely, the threshold that errs least if either is met as often.
        """
        table, last, total = self._table, ".", 0
        for character in text.lower()[:256]:
            here = character if "a" <= character <= "z" else "0" if character.isdigit() else "."
            total += table[last, here]
            last = here
        return total

    def is_random(self, text: str) -> bool:
        """Whether chance explains `text` better than words do, and it is no repetition."""
        if _HEX.search(text):
            return len(set(text)) > 5
        distinct = len(set(text.lower()))
        # n draws of 16 (hex) hold 16 (1 - (15/16)^n) distinct characters on average: 10.3 for
        # n = 16, and fewer than 6 less than once in 5,000 times.
        return distinct >= min(6, (len(text) + 1) // 2) and self.odds(text) < 0

    def is_words(self, text: str) -> bool:
        """Whether words of code are all there is in `text`, beside digits and punctuation."""
        parts = [p.lower() for p in _PARTS.findall(text)]
        size = sum(map(len, parts))
        parts = [p for p in parts if not p.isdigit()]
        long = sum(len(p) for p in parts if len(p) > 2)
        return long * 2 > size and all(p in self.words or len(p) < 3 for p in parts)
