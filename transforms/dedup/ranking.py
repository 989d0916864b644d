"""Which of several like files is kept: an ordered policy packed into one 64-bit rank.

A policy is an ordered choice of criteria; the first is the most significant. Each criterion reads
columns of the files and gives a number of fixed width, 0 for the best; the numbers are packed from
bit 62 down, so that comparing ranks compares the criteria in their order:

    split           1 bit   train 0, validation 1: what is left in both would leak
    licence         3 bits  class of the licence, 0 (permissive) to 4 (none): `licences.classes`
    stars          19 bits  524,287 less the stars; none known 524,287
    forks          18 bits  262,143 less the forks; none known 262,143
    vendored        1 bit   the path says it is a copy of somebody else's code 1
    fork            1 bit   its repository is known to be a fork 1
    project_prefix  4 bits  15 less the folders shared with most of its project (at most 15)
    newest         14 bits  16,383 less the day of its commit, 2005-01-01 and before 1, 2049-11-08
                            and after 16,383; none known 0
    generated       1 bit   the path says a program wrote it 1
    test            1 bit   the path says it is a test 1
    depth           7 bits  folders above the file, at most 127
    path_length    12 bits  bytes of the path, at most 4,095
    learning_value 14 bits  16,383 less ten thousand times the value; none known 16,383

The default policy is the first eight in this order: 61 bits, which leaves room for `generated` and
`test`. A policy has 63 bits; the top bit of a rank is always 0. It is reserved, to order all files
of a build against files that are none of its own. Two files of equal rank are ordered by file id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.columns import with_columns
from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.licences.classes import LicenceClasses

RANK_BITS = 63
"""Bits that a policy may use of 64."""

DAY_SECS = 86_400
FIRST_DAY_SECS = 1_104_537_600
"""2005-01-01T00:00:00Z, the year of the first git commit; 14 bits of days reach 2049 from there."""


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


def _less_is_better(column: str) -> Callable[[pa.RecordBatch, int], UInt64Array]:
    return lambda batch, most: np.minimum(_numbers(batch.column(column)), np.uint64(most))


def _more_is_better(column: str) -> Callable[[pa.RecordBatch, int], UInt64Array]:
    def score(batch: pa.RecordBatch, most: int) -> UInt64Array:
        known = pc.fill_null(batch.column(column), 0)
        return np.uint64(most) - _numbers(pc.max_element_wise(pc.min_element_wise(known, most), 0))

    return score


def _newest(batch: pa.RecordBatch, most: int) -> UInt64Array:
    committed_at = batch.column("committed_at")
    last = FIRST_DAY_SECS + DAY_SECS * (most - 1)
    secs = np.clip(pc.fill_null(committed_at, 0).to_numpy(), FIRST_DAY_SECS, last)
    days = (secs - FIRST_DAY_SECS) // DAY_SECS + 1
    known = committed_at.is_valid().to_numpy(zero_copy_only=False)
    return np.uint64(most) - np.where(known, days, 0).astype(np.uint64)


def _depth(batch: pa.RecordBatch, most: int) -> UInt64Array:
    return np.minimum(_numbers(pc.count_substring(batch.column("path"), "/")), np.uint64(most))


def _path_length(batch: pa.RecordBatch, most: int) -> UInt64Array:
    return np.minimum(_numbers(pc.binary_length(batch.column("path"))), np.uint64(most))


def _learning_value(batch: pa.RecordBatch, most: int) -> UInt64Array:
    if batch.schema.get_field_index("learning_value") < 0:  # catalog: no file has been read
        return np.full(batch.num_rows, most, dtype=np.uint64)
    value = pc.fill_null(batch.column("learning_value"), 0.0).to_numpy(zero_copy_only=False)
    levels: UInt64Array = np.rint(value * 10_000).astype(np.uint64)
    return np.uint64(most) - levels


CRITERIA: dict[str, Criterion] = {
    "split": Criterion(1, _is_not("split", "train")),
    "licence": Criterion(3, _less_is_better("licence_class")),
    "stars": Criterion(19, _more_is_better("stars")),
    "forks": Criterion(18, _more_is_better("forks")),
    "vendored": Criterion(1, _flag("vendored")),
    "fork": Criterion(1, _flag("fork")),
    "project_prefix": Criterion(4, _more_is_better("project_prefix")),
    "newest": Criterion(14, _newest),
    "generated": Criterion(1, _flag("generated")),
    "test": Criterion(1, _flag("test")),
    "depth": Criterion(7, _depth),
    "path_length": Criterion(12, _path_length),
    "learning_value": Criterion(14, _learning_value),
}

KEEP_POLICY: tuple[str, ...] = tuple(CRITERIA)[:8]
"""The default order."""


@dataclass(frozen=True)
class KeepRank:
    """The keep order of files under one policy."""

    policy: tuple[str, ...]
    """Names of `CRITERIA`, the most significant first; none at all leaves it to the file id."""
    licence_classes: LicenceClasses

    def __post_init__(self) -> None:
        """Refuse a policy that cannot be packed."""
        check_policy(self.policy)

    def __call__(self, batch: pa.RecordBatch) -> UInt64Array:
        """The rank of every row: uint64 under 2**63, the smaller is kept.

        `batch` has the columns of `schema.FILES_HEAD` or `schema.CATALOG` that the policy's
        criteria read. Bits that the policy leaves are 0 at the bottom.
        """
        if "licence" in self.policy:
            classes = self.licence_classes(batch.column("licence"))
            batch = with_columns(batch, {"licence_class": classes})
        rank = np.zeros(batch.num_rows, dtype=np.uint64)
        left = RANK_BITS
        for name in self.policy:
            bits, score = CRITERIA[name]
            left -= bits
            rank |= score(batch, (1 << bits) - 1) << np.uint64(left)
        return rank


def check_policy(policy: Sequence[str]) -> None:
    """Raise `ValueError` for a criterion that is unknown or named twice, or too many bits."""
    unknown = [name for name in policy if name not in CRITERIA]
    if unknown:
        raise ValueError(f"no such keep criterion: {', '.join(unknown)}")
    twice = [name for number, name in enumerate(policy) if name in policy[:number]]
    if twice:
        raise ValueError(f"a keep policy names each criterion once, not {', '.join(twice)} twice")
    total = sum(CRITERIA[name].bits for name in policy)
    if total > RANK_BITS:
        taken = ", ".join(f"{name} {CRITERIA[name].bits}" for name in policy)
        raise ValueError(f"a keep policy has {RANK_BITS} bits, this one needs {total}: {taken}")
