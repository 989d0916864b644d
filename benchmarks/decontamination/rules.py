"""The simple rules in use, for comparison: each says whether a text holds some item."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from codemill.transforms.decontaminate.items import Item
from codemill.transforms.dedup.ragged import places_among, sorted_distinct
from codemill.transforms.dedup.shingles import shingles

Rule = Callable[[Sequence[str]], list[bool]]

_NO_WORD = re.compile(r"\W+")


def ngrams(items: Sequence[Item], size: int, *, words: bool) -> Rule:
    """Any n-gram of a prompt or solution condemns; of words alone, or operators kept."""

    def hashes(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        given = [_NO_WORD.sub(" ", text) for text in texts] if words else list(texts)
        made = shingles(pa.array(given, pa.large_string()), shingle_tokens=size)
        return made.values, made.offsets

    known = sorted_distinct(hashes([t for i in items for t in (i.prompt, i.solution)])[0].copy())

    def rule(texts: Sequence[str]) -> list[bool]:
        values, offsets = hashes(texts)
        hits = np.concatenate([[0], np.cumsum(places_among(known, values) >= 0)])
        return (hits[offsets[1:]] > hits[offsets[:-1]]).tolist()

    return rule


def substrings(items: Sequence[Item]) -> Rule:
    """A prompt or solution as a whole, space at line ends aside."""
    wanted = [_tidy(text) for i in items for text in (i.prompt, i.solution) if text.strip()]

    def rule(texts: Sequence[str]) -> list[bool]:
        return [any(one in text for one in wanted) for text in map(_tidy, texts)]

    return rule


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
