"""Exact similarity of candidate pairs, held as two integers.

Jaccard similarity is intersection over union of two files' shingle sets. The two counts are kept,
and compared with a threshold in integers, so that no rounding decides a removal.
"""

from __future__ import annotations

from decimal import Decimal

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
    sort_rows,
    take_rows,
)

BLOCK_VALUES = 256 * 1024
"""Shingles of both sides compared at a time; about 24 bytes each, 6 MB."""

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
    rows_a = np.asarray(pairs_a, dtype=np.int64)
    rows_b = np.asarray(pairs_b, dtype=np.int64)
    sizes = np.diff(offsets_a)[rows_a] + np.diff(offsets_b)[rows_b]
    intersection = np.zeros(len(sizes), dtype=np.int64)
    for first, end in blocks(sizes, block_values):
        a = values_a[take_rows(offsets_a, rows_a[first:end])]
        b = values_b[take_rows(offsets_b, rows_b[first:end])]
        lengths_a = np.diff(offsets_a)[rows_a[first:end]]
        intersection[first:end] = _shared(a, lengths_a, b, sizes[first:end] - lengths_a)
    return intersection, sizes - intersection


def _shared(
    a: UInt64Array, lengths_a: Int64Array, b: UInt64Array, lengths_b: Int64Array
) -> Int64Array:
    """Values that row i of `a` and row i of `b` have in common: equal neighbours once sorted."""
    offsets = offsets_of(lengths_a + lengths_b)
    alternating = np.tile([True, False], len(lengths_a))
    of_a = np.repeat(alternating, np.column_stack([lengths_a, lengths_b]).ravel())
    both = np.empty(len(of_a), dtype=np.uint64)
    both[of_a] = a
    both[~of_a] = b
    sort_rows(both, offsets)
    return count_per_row(equals_previous(both, offsets), offsets)


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


def rounded_similarity(intersection: Int64Array, union: Int64Array) -> npt.NDArray[np.float64]:
    """Similarity to 4 digits, half up, as reports and the ledger show it: float64.

    0 for a pair of empty sets. Never compare it with a threshold: use `reaches`.
    """
    at_least_one = np.maximum(union, 1)
    ten_thousandths = (2 * _ONE * intersection + at_least_one) // (2 * at_least_one)
    similarity: npt.NDArray[np.float64] = ten_thousandths / _ONE
    return similarity


def can_reach(sizes_a: Int64Array, sizes_b: Int64Array, threshold: Decimal) -> BoolArray:
    """Stub"""
    return reaches(np.minimum(sizes_a, sizes_b), np.maximum(sizes_a, sizes_b), threshold)
