"""Exact similarity of candidate pairs, held as two integers.

Jaccard similarity is intersection over union of two files' shingle sets. The two counts are kept,
and compared with a threshold in integers, so that no rounding decides a removal.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import (
    BoolArray,
    Int64Array,
    blocks,
    count_per_row,
    equals_previous,
    offsets_of,
)

BLOCK_VALUES = 32 * 1024
"""Shingles of both sides compared at a time: 256 KiB, which stay in L2."""

_DIGITS = 4
_ONE = 10**_DIGITS


def jaccard(
    values_a: UInt64Array,
    offsets_a: Int64Array,
    values_b: UInt64Array,
    offsets_b: Int64Array,
    pairs_a: npt.NDArray[np.integer],
    pairs_b: npt.NDArray[np.integer],
    *,
    block_values: int = BLOCK_VALUES,
) -> tuple[Int64Array, Int64Array]:
    """Sizes of the intersection and the union of each pair's shingle sets, int64 both.

    Pair i compares row `pairs_a[i]` of the ragged sets a with row `pairs_b[i]` of b (which may be
    the same arrays); sets are as `shingles` returns them, distinct within a row. Memory beside the
    result is bounded by `block_values`, or by the largest single pair.
    """
    a = _Rows(values_a, offsets_a, np.asarray(pairs_a, dtype=np.int64))
    b = _Rows(values_b, offsets_b, np.asarray(pairs_b, dtype=np.int64))
    sizes = a.sizes() + b.sizes()
    intersection = np.zeros(len(sizes), dtype=np.int64)
    for first, end in blocks(sizes, block_values):
        offsets = offsets_of(sizes[first:end])
        both = _merged(a.slices(first, end), b.slices(first, end), offsets)
        # Sets are distinct, so a value that comes twice is in both.
        intersection[first:end] = count_per_row(equals_previous(both, offsets), offsets)
    return intersection, sizes - intersection


class _Rows(NamedTuple):
    """Rows chosen of ragged ones."""

    values: UInt64Array
    offsets: Int64Array
    rows: Int64Array

    def sizes(self) -> Int64Array:
        return self.offsets[self.rows + 1] - self.offsets[self.rows]

    def slices(self, first: int, end: int) -> Iterator[UInt64Array]:
        rows = self.rows[first:end]
        bounds = zip(self.offsets[rows].tolist(), self.offsets[rows + 1].tolist(), strict=True)
        return (self.values[start:stop] for start, stop in bounds)


def _merged(a: Iterator[UInt64Array], b: Iterator[UInt64Array], offsets: Int64Array) -> UInt64Array:
    """Each row of a and of b in one sorted row.

    The stable sort finds two ascending runs and merges them, which is linear and faster than the
    SIMD sort of both; slices are copied without an array of their positions.
    """
    both = np.empty(int(offsets[-1]), dtype=np.uint64)
    for row_a, row_b, (start, end) in zip(a, b, pairwise(offsets.tolist()), strict=True):
        row = np.concatenate((row_a, row_b), out=both[start:end])
        row.sort(kind="stable")
    return both


def reaches(intersection: Int64Array, union: Int64Array, threshold: Decimal) -> BoolArray:
    """Which similarities are at least `threshold`, compared in integers.

    `threshold` lies above 0 and is at most 1 with at most 4 digits after the point, else
    `ValueError`. A pair of empty sets reaches nothing.
    """
    scaled = threshold * _ONE
    if not 0 < scaled <= _ONE or scaled != int(scaled):
        raise ValueError(f"threshold must be in (0, 1] with at most 4 digits, got {threshold}")
    enough: BoolArray = intersection * _ONE >= int(scaled) * union
    return enough & (union > 0)


def can_reach(sizes_a: Int64Array, sizes_b: Int64Array, threshold: Decimal) -> BoolArray:
    """Which pairs of sets of these sizes could be as similar as `threshold`, known by size alone.

    The intersection is at most the smaller set and the union at least the larger, so a pair that
    cannot reach it need not be read. Compared in integers, with `reaches`' conditions and errors.
    """
    return reaches(np.minimum(sizes_a, sizes_b), np.maximum(sizes_a, sizes_b), threshold)


def rounded_similarity(intersection: Int64Array, union: Int64Array) -> npt.NDArray[np.float64]:
    """Similarity to 4 digits, half up, as reports and the ledger show it: float64.

    0 for a pair of empty sets. Never compare it with a threshold: use `reaches`.
    """
    at_least_one = np.maximum(union, 1)
    ten_thousandths = (2 * _ONE * intersection + at_least_one) // (2 * at_least_one)
    similarity: npt.NDArray[np.float64] = ten_thousandths / _ONE
    return similarity
