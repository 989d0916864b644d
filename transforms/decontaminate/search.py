"""Finds n-grams of benchmarks in streams of tokens, and how much of an item stands in one place.

The time is linear in the text: a hash is looked up in a table of bits first, belongs to few items
(`MAX_POSTINGS`), and an item is looked for in windows that overlap twice, whatever repeats in them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.decontaminate.tokens import Stream, grams, rows_of
from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import (
    BoolArray,
    Int64Array,
    offsets_of,
    places_among,
    runs,
    sorted_distinct,
)

Float64Array = npt.NDArray[np.float64]

MAX_POSTINGS = 16
"""An n-gram of more fields than this is an idiom of the benchmarks ("write a function to find
the"): it counts for none of them."""

TELLING = 3
"""What an n-gram is as evidence that has the solution's own name for its function."""

WINDOW_SHARE, WINDOW_TOKENS = 1.5, 16
"""A window holds so many times an item's tokens, and so many more: room for what was put between
them, comments mostly."""

_SIEVE_BITS = 20
_SIEVE_SHIFT = np.uint64(64 - _SIEVE_BITS)


class Found(NamedTuple):
    """Parts of fields in windows, one entry a (row, field, window), ordered by row and field."""

    row: Int64Array
    field: Int64Array
    share: Float64Array
    """Weight of the n-grams found, of that of all the field's."""
    evidence: Float64Array
    """That weight, n-grams with a telling name `TELLING` times."""
    is_named: BoolArray
    """Whether one with a telling name is among them."""
    first: Int64Array
    """Place in the stream of the first n-gram found, of any weight."""
    last: Int64Array
    """Of the last one."""
    whole: BoolArray
    """Whether all the field's n-grams were found, those without weight too."""


class Sieve:
    """Finds those of many hashes that are among some."""

    def __init__(self, hashes: UInt64Array) -> None:
        """`hashes` are distinct and ascending."""
        self._hashes = hashes
        self._bits = np.zeros(1 << _SIEVE_BITS, np.bool_)
        self._bits[hashes >> _SIEVE_SHIFT] = True

    def __call__(self, hashes: UInt64Array) -> tuple[Int64Array, Int64Array]:
        """(place in `hashes`, place in the sieve's) of each that is among the sieve's."""
        # As signed integers and without a check of bounds, indexing takes half the time.
        slots = (hashes >> _SIEVE_SHIFT).view(np.int64)
        maybe = np.flatnonzero(self._bits.take(slots, mode="clip"))
        known = places_among(self._hashes, hashes[maybe])
        found = known >= 0
        return maybe[found], known[found]


class StreamIndex:
    """The n-grams of one stream of many fields."""

    def __init__(self, rows: pa.Table, num_fields: int) -> None:
        """`rows`: `hash`, `field` (int, below `num_fields`), `weight`, `telling`, `tokens`."""
        order = pc.sort_indices(rows, [("hash", "ascending"), ("field", "ascending")])
        rows = rows.take(order)
        hashes = rows["hash"].to_numpy()
        starts, lengths = runs(hashes)
        weight = rows["weight"].to_numpy()[starts].copy()
        weight[lengths > MAX_POSTINGS] = 0
        self._hashes: UInt64Array = hashes[starts]
        self._weight: Float64Array = weight
        telling = rows["telling"].to_numpy(zero_copy_only=False)[starts]
        self._evidence: Float64Array = weight * np.where(telling, TELLING, 1)
        self._field = rows["field"].to_numpy().astype(np.int64)
        self._starts = starts
        self._lengths = np.minimum(lengths, MAX_POSTINGS)
        each = np.repeat(weight, lengths)
        self._total = np.bincount(self._field, each, num_fields)
        self._grams = np.bincount(self._field, minlength=num_fields)
        tokens = np.zeros(num_fields, np.int64)
        tokens[self._field] = rows["tokens"].to_numpy()
        self._window = np.maximum(1, tokens * WINDOW_SHARE + WINDOW_TOKENS).astype(np.int64)
        self._weighted = np.flatnonzero(weight > 0)
        self._sieve = Sieve(self._hashes[self._weighted])
        self._sieve_of_all = Sieve(self._hashes)

    def shares(self, stream: Stream) -> tuple[Int64Array, Float64Array, Float64Array]:
        """(row, share, evidence) of each field found anywhere in a row, by weighted n-grams."""
        place, gram = self._sieve(grams(stream))
        gram = self._weighted[gram]
        row, inside = rows_of(stream, place)
        key = sorted_distinct((row * len(self._hashes) + gram)[inside].astype(np.uint64))
        row, gram = np.divmod(key.astype(np.int64), max(1, len(self._hashes)))
        hit, posting = self._postings(gram)
        field = self._field[posting]
        pair, which = np.unique(row[hit] * len(self._total) + field, return_inverse=True)
        weight = np.bincount(which, self._weight[gram[hit]], len(pair)).astype(np.float64)
        evidence = np.bincount(which, self._evidence[gram[hit]], len(pair)).astype(np.float64)
        row, field = np.divmod(pair, len(self._total))
        return row, weight / self._total[field], evidence

    def find(self, stream: Stream) -> Found:
        """What is found of each field in the windows of each row."""
        place, gram = self._sieve_of_all(grams(stream))
        row, inside = rows_of(stream, place)
        return self._windows(place[inside], row[inside], gram[inside])

    def _postings(self, gram: Int64Array) -> tuple[Int64Array, Int64Array]:
        """(index into `gram`, posting) of every field that has each n-gram."""
        lengths = self._lengths[gram]
        begin = offsets_of(lengths)
        hit = np.repeat(np.arange(len(gram)), lengths)
        return hit, self._starts[gram][hit] + np.arange(begin[-1]) - begin[:-1][hit]

    def _windows(self, place: Int64Array, row: Int64Array, gram: Int64Array) -> Found:
        hit, posting = self._postings(gram)
        field = self._field[posting]
        number = place[hit] // self._window[field]
        # Each n-gram lies in the window that begins before it and in the one before that.
        hit, field = np.tile(hit, 2), np.tile(field, 2)
        number = np.concatenate([number, number - 1])
        order = np.lexsort((gram[hit], number, field, row[hit]))
        hit, field, number = hit[order], field[order], number[order]
        row, gram, place = row[hit], gram[hit], place[hit]
        new_window = _differs(row) | _differs(field) | _differs(number)
        new_gram = new_window | _differs(gram)
        begin = np.flatnonzero(new_window)
        if not len(begin):
            none = np.empty(0, np.int64)
            return Found(
                none,
                none,
                np.empty(0),
                np.empty(0),
                np.empty(0, np.bool_),
                none,
                none,
                np.empty(0, np.bool_),
            )
        weight = self._weight[gram] * new_gram
        found = np.add.reduceat(weight, begin)
        distinct = np.add.reduceat(new_gram.astype(np.int64), begin)
        total = self._total[field[begin]]
        return Found(
            row=row[begin],
            field=field[begin],
            share=np.divide(found, total, out=np.zeros(len(begin)), where=total > 0),
            evidence=np.add.reduceat(self._evidence[gram] * new_gram, begin),
            is_named=np.maximum.reduceat(self._evidence[gram], begin) > 1,
            first=np.minimum.reduceat(place, begin),
            last=np.maximum.reduceat(place, begin),
            whole=distinct == self._grams[field[begin]],
        )


def _differs(values: Int64Array) -> BoolArray:
    """Which values differ from the one before them; the first does."""
    differs = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs
