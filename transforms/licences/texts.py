"""Reference texts of licences, and the index that finds the closest of them.

A text is compared as the set of its word trigrams: that keeps word order where it matters (a
missing "not" breaks three of them) and forgives rewrapping. All references share one inverted
index, a sorted array of trigram keys with the references that hold each, so that one pass over a
text scores all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from codemill.transforms.licences.normalise import comparable_words

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Bools = NDArray[np.bool_]

_NEVER = 1 << 40
_APPENDIX = re.compile(r"end of (?:the )?terms and conditions", re.IGNORECASE)
_GRANTS = frozenset([
    "copy", "distribute", "fee", "merge", "modification", "modify", "publish", "redistribute",
    "redistribution", "sell", "sublicense", "use", "uses",
])  # fmt: skip
"""Words that give a right: a copy of a licence that lacks one of them gives less."""


@dataclass(frozen=True)
class ReferenceText:
    """One text to compare with: a whole licence, its standard header, or an exception."""

    spdx_id: str
    text: str
    kind: str = "licence"
    """`licence`, `header` or `exception`."""
    name: str = ""
    """The licence's full name, where the list gives one."""


def reference_texts(
    copies: Iterable[tuple[str, str]], spdx: Mapping[str, Any]
) -> tuple[ReferenceText, ...]:
    """The SPDX licence list `spdx`, with its headers and exceptions, and `copies` as they occur.

    `copies` are (SPDX id, text); `spdx` maps `licenses` and `exceptions` to entries by id.
    """
    common = [ReferenceText(_only(spdx_id), text) for spdx_id, text in copies]
    return (
        *common,
        *_without_appendix(common),
        *_spdx_texts(spdx["licenses"], "licence", "licenseText"),
        *_spdx_texts(spdx["licenses"], "header", "standardLicenseHeader"),
        *_spdx_texts(spdx["exceptions"], "exception", "licenseText"),
    )


def _spdx_texts(entries: Mapping[str, Any], kind: str, field: str) -> list[ReferenceText]:
    """The list's texts, without retired ids and without what says `-only` in other words."""
    texts = []
    for spdx_id, entry in sorted(entries.items()):
        metadata = entry["metadata"]
        retired = metadata.get("isDeprecatedLicenseId") and kind != "exception"
        gnu = spdx_id.startswith(("GPL-", "LGPL-", "AGPL-", "GFDL-"))
        repeats = gnu and (
            kind == "header" or not spdx_id.endswith("-only") or "invariants" in spdx_id
        )
        if metadata.get(field) and not retired and not repeats:
            texts.append(ReferenceText(spdx_id, metadata[field], kind, entry["name"]))
    return texts


def _without_appendix(references: Sequence[ReferenceText]) -> list[ReferenceText]:
    """Texts up to their "end of terms and conditions": many copies leave off what follows."""
    cut = [(r, _APPENDIX.split(r.text, maxsplit=1)) for r in references]
    return [replace(r, text=parts[0]) for r, parts in cut if len(parts) > 1]


def _only(spdx_id: str) -> str:
    """GNU licences alone come as `-only`: the text by itself grants no later version."""
    return spdx_id + "-only" if spdx_id.startswith(("GPL-", "LGPL-", "AGPL-")) else spdx_id


@dataclass(frozen=True)
class Match:
    """A reference found in a text."""

    reference: ReferenceText
    covered: Bools
    """Per word of the text, whether the reference holds it."""
    lost_grant: bool
    """True where a word that gives a right is in the reference and not in the text."""
    scattered: bool
    """True where no stretch of the text holds the whole reference: pieces of it are quoted."""
    stretches: tuple[tuple[int, int], ...]
    """Where the reference was found: word ranges, end exclusive; two copies are two ranges."""


class ReferenceIndex:
    """All references' trigrams in one sorted array."""

    MIN_SHARE = 0.80
    """Share of a reference's trigrams that must occur. One changed word breaks three of them: 0.80
    lets one word in fifteen differ, and what differs is judged by itself afterwards."""
    MIN_SHARE_SHORT = 0.90
    SHORT_TRIGRAMS = 60
    MIN_SHARE_HEADER = 0.95
    """Standard headers of unlike licences differ by little more than the name."""
    MIN_NEW_SHARE = 0.60
    """Share that must lie in words no earlier match has explained."""
    MIN_TRIGRAMS = 8
    TRIED = 6
    """Candidates looked at closely, best score first: the first that lies in one piece is taken."""
    MAX_GAP_WORDS = 16
    """A wider gap ends a stretch: two licences in one file stand farther apart than an owner's name
    or an added sentence is long."""
    MIN_END_PIECE = 0.04
    MIN_PIECE = 0.25
    """Share of a reference below which a stretch is a chance likeness with other legal text."""

    def __init__(self, references: Sequence[ReferenceText]) -> None:
        self._vocabulary: dict[str, int] = {}
        self._references: list[ReferenceText] = []
        self._grants: list[frozenset[str]] = []
        keys = [key for key in map(self._add, references) if key is not None]
        owner = np.repeat(np.arange(len(keys)), [len(k) for k in keys])
        flat = np.concatenate(keys) if keys else np.zeros(0, np.uint64)
        order = np.lexsort((owner, flat))
        self._keys, starts = np.unique(flat[order], return_index=True)
        self._postings: Ints = owner[order].astype(np.int64)
        self._starts: Ints = np.append(starts, len(flat)).astype(np.int64)
        self._sizes: Ints = np.array([len(k) for k in keys], np.int64)
        short = self._sizes < self.SHORT_TRIGRAMS
        self._rows = [np.searchsorted(self._keys, k) for k in keys]
        header = np.array([r.kind == "header" for r in self._references], np.bool_)
        by_size = np.where(short, self.MIN_SHARE_SHORT, self.MIN_SHARE)
        self._min_share = np.where(header, self.MIN_SHARE_HEADER, by_size)

    def _add(self, reference: ReferenceText) -> Keys | None:
        words = comparable_words(reference.text)
        for word in words:
            self._vocabulary.setdefault(word, len(self._vocabulary) + 1)
        keys = np.unique(self._trigrams(words))
        if len(keys) < self.MIN_TRIGRAMS:
            return None
        self._references.append(reference)
        self._grants.append(_GRANTS.intersection(words))
        return keys

    def _trigrams(self, words: Sequence[str]) -> Keys:
        """One key per trigram: three 20-bit word numbers; 0 stands for a word no reference has."""
        lookup = self._vocabulary.get
        ids = np.fromiter((lookup(w, 0) for w in words), np.uint64, len(words))
        if len(ids) < 3:
            return np.zeros(0, np.uint64)
        shift = np.uint64(20)
        return (((ids[:-2] << shift) | ids[1:-1]) << shift) | ids[2:]

    def find(self, words: Sequence[str], limit: int = 24) -> list[Match]:
        """References that `words` hold, the one that explains most first; at most `limit`."""
        keys = self._trigrams(words)
        if not len(keys) or not len(self._keys):
            return []
        rows = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        known = self._keys[rows] == keys
        everywhere = self._count(np.unique(rows[known]))
        possible = everywhere >= self._min_share * self._sizes
        free = np.ones(len(words), np.bool_)
        matches: list[Match] = []
        while possible.any() and len(matches) < limit:
            unexplained = known & free[:-2] & free[1:-1] & free[2:]
            fresh = self._count(np.unique(rows[unexplained]))
            possible &= fresh >= self.MIN_NEW_SHARE * self._sizes
            score = np.where(possible, fresh - (self._sizes - everywhere), -_NEVER)
            order = np.argsort(-score, kind="stable")[: min(self.TRIED, int(possible.sum()))]
            tried = [self._match(int(r), rows, known, words) for r in order]
            if not tried:
                break
            best = next((i for i, match in enumerate(tried) if not match.scattered), 0)
            matches.append(tried[best])
            free &= ~tried[best].covered
            possible[order[best]] = False
        return matches

    def _count(self, rows: Ints) -> Ints:
        """Per reference, how many of the index rows `rows` it holds."""
        starts, lengths = self._starts[rows], self._starts[rows + 1] - self._starts[rows]
        ends = np.cumsum(lengths)
        if not len(ends):
            return np.zeros(len(self._sizes), np.int64)
        offsets = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        held = self._postings[np.repeat(starts, lengths) + offsets]
        return np.bincount(held, minlength=len(self._sizes)).astype(np.int64)

    def _match(self, reference: int, rows: Ints, known: Bools, words: Sequence[str]) -> Match:
        """Where the reference lies: stretches of its trigrams with no wide gap between them."""
        mine = np.zeros(len(self._keys) + 1, np.bool_)
        mine[self._rows[reference]] = True
        hits = np.flatnonzero(known & mine[rows])
        stretches = [
            self._trimmed(part, rows, reference) for part in _split(hits, self.MAX_GAP_WORDS)
        ]
        shares = [self._share(part, rows, reference) for part in stretches]
        best = max(shares, default=0.0)
        whole = bool(best >= self._min_share[reference])
        least = self._min_share[reference] if whole else self.MIN_PIECE
        kept = [part for part, share in zip(stretches, shares, strict=True) if share >= least]
        covered = np.zeros(len(words), np.bool_)
        for hit in kept:
            for step in range(3):
                covered[hit + step] = True
        return Match(
            self._references[reference],
            covered,
            not self._grants[reference] <= frozenset(words),
            not whole,
            tuple((int(part[0]), int(part[-1]) + 3) for part in kept),
        )

    def _share(self, hits: Ints, rows: Ints, reference: int) -> float:
        """Share of the reference's trigrams among those at `hits`."""
        return len(np.unique(rows[hits])) / int(self._sizes[reference])

    def _trimmed(self, hits: Ints, rows: Ints, reference: int) -> Ints:
        """A stretch without the small pieces at its ends: chance likenesses nearby."""
        pieces = _split(hits, self.MAX_GAP_WORDS // 4)
        while len(pieces) > 1 and self._share(pieces[0], rows, reference) < self.MIN_END_PIECE:
            pieces.pop(0)
        while len(pieces) > 1 and self._share(pieces[-1], rows, reference) < self.MIN_END_PIECE:
            pieces.pop()
        return np.concatenate(pieces)


def _split(hits: Ints, gap: int) -> list[Ints]:
    """Sorted positions cut wherever two neighbours are more than `gap` apart."""
    parts = np.split(hits, np.flatnonzero(np.diff(hits) > gap) + 1)
    return [part for part in parts if len(part)]
