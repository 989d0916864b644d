"""Ragged arrays: rows of different lengths held as one array of values and `int64` offsets.

Row i is `values[offsets[i]:offsets[i + 1]]`, as in Arrow's list layout; `offsets[0]` is 0 and
`offsets[-1]` is `len(values)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def offsets_of(lengths: npt.ArrayLike) -> Int64Array:
    """The offsets of rows of these lengths: one more than there are rows, from 0."""
    lengths = np.asarray(lengths, dtype=np.int64)
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def text_rows(text: pa.LargeStringArray) -> tuple[Int64Array, npt.NDArray[np.uint8]]:
    """The bounds of every text in the bytes that follow, without a copy; a null is empty.

    Bounds are as offsets, but of a slice they need not begin at 0. Raises `TypeError` for anything
    but large strings.
    """
    if text.type != pa.large_string():
        raise TypeError(f"text must be large_string, got {text.type}")
    if text.null_count:
        # A null's slot may span bytes; filling makes it empty.
        text = text.fill_null("")
    _, offsets, content = text.buffers()
    if content is None or len(text) == 0:
        return np.zeros(len(text) + 1, dtype=np.int64), np.empty(0, dtype=np.uint8)
    bounds = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    return bounds, np.frombuffer(content, dtype=np.uint8)


def sort_rows(values: npt.NDArray[np.uint64], offsets: Int64Array) -> None:
    """Sort every row of `values` in place.

    One call of NumPy's SIMD sort a row beats one sort of (row, value) keys over the whole batch:
    the rows fit in cache and the keys stay one word wide.
    """
    for start, end in pairwise(offsets.tolist()):
        values[start:end].sort()


def equals_previous(values: npt.NDArray[np.uint64], offsets: Int64Array) -> BoolArray:
    """Which values equal the one before them in the same row (False for a row's first)."""
    equal = np.zeros(len(values), dtype=np.bool_)
    np.equal(values[1:], values[:-1], out=equal[1:])
    first = offsets[:-1]
    equal[first[first < len(values)]] = False
    return equal


def count_per_row(flags: BoolArray, offsets: Int64Array) -> Int64Array:
    """How many `flags` are set in each row, int64."""
    positions = np.flatnonzero(flags)
    return np.diff(np.searchsorted(positions, offsets)).astype(np.int64, copy=False)


def blocks(sizes: Int64Array, block_size: int) -> Iterator[tuple[int, int]]:
    """Cut consecutive items into ranges (first, end) whose sizes sum to at most `block_size`.

    An item larger than `block_size` makes a range of its own.
    """
    ends = np.cumsum(sizes)
    first = 0
    while first < len(sizes):
        before = int(ends[first] - sizes[first])
        end = int(np.searchsorted(ends, before + block_size, side="right"))
        end = max(end, first + 1)
        yield first, end
        first = end


def runs(grouped: npt.NDArray[np.integer]) -> tuple[Int64Array, Int64Array]:
    """Starts and lengths of the runs of equal neighbours, int64 both."""
    if not len(grouped):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], grouped[1:] != grouped[:-1]]))
    return starts, np.diff(starts, append=len(grouped))


def sorted_distinct(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The different values, ascending. `values` is sorted in place on the way.

    Stands for `np.unique`, which goes through a hash table since NumPy 2.3: 1.8 million random
    integers took it 5 s, and this 0.03 s.
    """
    values.sort()
    return values[runs(values)[0]]


def places_among(ordered: npt.NDArray[np.integer], wanted: npt.NDArray[np.integer]) -> Int64Array:
    """Where each of `wanted` is in `ordered`, distinct and ascending; -1 where it is not."""
    place = np.searchsorted(ordered, wanted)
    inside = place < len(ordered)
    found = np.zeros(len(wanted), dtype=np.bool_)
    found[inside] = ordered[place[inside]] == wanted[inside]
    return np.where(found, place, -1).astype(np.int64)
