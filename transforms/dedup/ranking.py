"""Which of several like files is kept: an ordered policy packed into one 64-bit rank.

A policy is an ordered choice of criteria; the first is the most significant. Each criterion reads
columns of the files and gives a number of fixed width, 0 for the best; the numbers are packed from
the top bit down, so that comparing ranks compares the criteria in their order:

    split          1 bit   train 0, validation 1: what is left in both would leak
    unlicensed     1 bit   a licence was found 0, none 1
    vendored       1 bit   the path says it is a copy of somebody else's code 1
    generated      1 bit   the path says a program wrote it 1
    test           1 bit   the path says it is a test 1
    stars         20 bits  2**20 - 1 less the stars; none known 2**20 - 1
    forks         20 bits  2**20 - 1 less the forks; none known 2**20 - 1
    depth          7 bits  folders above the file, at most 127
    path_length   12 bits  bytes of the path, at most 4,095

These nine, in this order, are the default policy and fill 64 bits. Two files of equal rank are
ordered by file id. A fork has fewer stars than what it was forked from, so the original's files
are kept; a repository of unknown standing loses to any that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.dedup.hashing import UInt64Array


class Criterion(NamedTuple):
    """A column of the rank."""

    bits: int
    score: Callable[[pa.RecordBatch, int], UInt64Array]
    """From the batch and the greatest number that fits: uint64 per row, 0 for the best."""


def _numbers(values: pa.Array) -> UInt64Array:
    return np.asarray(values.cast(pa.uint64()).to_numpy(zero_copy_only=False), dtype=np.uint64)


def _is_not(column: str, best: str) -> Callable[[pa.RecordBatch, int], UInt64Array]:
    return lambda batch, _: _numbers(pc.fill_null(pc.not_equal(batch.column(column), best), True))


def _flag(column: str) -> Callable[[pa.RecordBatch, int], UInt64Array]:
    return lambda batch, _: _numbers(pc.fill_null(batch.column(column), False))


def _more_is_better(column: str) -> Callable[[pa.RecordBatch, int], UInt64Array]:
    def score(batch: pa.RecordBatch, most: int) -> UInt64Array:
        known = pc.fill_null(batch.column(column), 0)
        return np.uint64(most) - _numbers(pc.max_element_wise(pc.min_element_wise(known, most), 0))

    return score


def _unlicensed(batch: pa.RecordBatch, _: int) -> UInt64Array:
    return _numbers(batch.column("licence").is_null())


def _depth(batch: pa.RecordBatch, most: int) -> UInt64Array:
    return np.minimum(_numbers(pc.count_substring(batch.column("path"), "/")), np.uint64(most))


def _path_length(batch: pa.RecordBatch, most: int) -> UInt64Array:
    return np.minimum(_numbers(pc.binary_length(batch.column("path"))), np.uint64(most))


CRITERIA: dict[str, Criterion] = {
    "split": Criterion(1, _is_not("split", "train")),
    "unlicensed": Criterion(1, _unlicensed),
    "vendored": Criterion(1, _flag("vendored")),
    "generated": Criterion(1, _flag("generated")),
    "test": Criterion(1, _flag("test")),
    "stars": Criterion(20, _more_is_better("stars")),
    "forks": Criterion(20, _more_is_better("forks")),
    "depth": Criterion(7, _depth),
    "path_length": Criterion(12, _path_length),
}

KEEP_POLICY: tuple[str, ...] = tuple(CRITERIA)
"""The default order. The widths of all criteria sum to 64 bits, so any choice of them fits."""


def keep_rank(batch: pa.RecordBatch, policy: Sequence[str] = KEEP_POLICY) -> UInt64Array:
    """The keep order of every row: uint64, the smaller is kept.

    `batch` has the columns of `schema.FILES_HEAD` or `schema.CATALOG` that the policy's criteria
    read. Bits that the policy leaves are 0 at the bottom. Raises `ValueError` for a criterion that
    is unknown or named twice.
    """
    _check(policy)
    rank = np.zeros(batch.num_rows, dtype=np.uint64)
    left = 64
    for name in policy:
        bits, score = CRITERIA[name]
        left -= bits
        rank |= score(batch, (1 << bits) - 1) << np.uint64(left)
    return rank


def _check(policy: Sequence[str]) -> None:
    unknown = [name for name in policy if name not in CRITERIA]
    if unknown:
        raise ValueError(f"no such keep criterion: {', '.join(unknown)}")
    if len(set(policy)) < len(policy):
        raise ValueError(f"keep policy names a criterion twice: {', '.join(policy)}")
