"""Columnar shuffles, in rounds: one batch per (part, partition), never one pair per file.

Beam's local runner keeps what it groups in the driver's memory, so an exchange whose volume
exceeds the memory setting runs in rounds, each over its share of the partitions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.pipeline.runner import RunSettings
from codemill.transforms.columns import equal_runs

KEYED = tuple[int, pa.RecordBatch]
"""What an exchange groups: declared, so that batches travel by the Arrow coder."""

PARTITION_BYTES = 4 << 20
"""Aimed at per partition: small enough to sort in a worker's memory, large enough to be few."""
MAX_PARTITIONS = 4096
MIN_PARTITIONS = 8
"""Enough to occupy the cores of one machine."""


@dataclass(frozen=True)
class Exchange:
    """How an exchange of a known volume is divided."""

    partitions: int
    rounds: int

    @classmethod
    def of(cls, size_bytes: int, settings: RunSettings) -> Exchange:
        """Partitions of about `PARTITION_BYTES`; rounds of what `settings` have room for."""
        room = settings.exchange_bytes
        rounds = 1 if room is None else max(1, -(-size_bytes // room))
        wanted = max(MIN_PARTITIONS, rounds, -(-size_bytes // PARTITION_BYTES))
        partitions = min(MAX_PARTITIONS, wanted)
        return cls(partitions, min(partitions, rounds))

    def round(self, number: int) -> list[int]:
        """The partitions of round `number`."""
        return list(range(number, self.partitions, self.rounds))

    def name(self, partition: int) -> str:
        """Name of what a partition leaves; it differs where the partitions do."""
        return f"{partition:05d}-of-{self.partitions:05d}"

    def names(self) -> list[str]:
        """The names of all partitions, in order."""
        return [self.name(partition) for partition in range(self.partitions)]

    def round_name(self, number: int) -> str:
        """Name of what round `number` leaves; it differs where the division does."""
        return f"{number:05d}-of-{self.rounds:05d}-by-{self.partitions:05d}"


def scattered(
    rows: pa.Table, numbers: np.ndarray, partitions: int, wanted: Sequence[int]
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """One batch per `wanted` partition that has rows; `numbers` (non-negative) decide which."""
    partition = (numbers % partitions).astype(np.int64)
    chosen = np.zeros(partitions, dtype=np.bool_)
    chosen[np.asarray(wanted, dtype=np.int64)] = True
    mine = np.flatnonzero(chosen[partition])
    order = mine[np.argsort(partition[mine], kind="stable")]
    ordered = rows.take(pa.array(order)).combine_chunks()
    for start, end in equal_runs(partition[order]):
        yield int(partition[order[start]]), one_batch(ordered.slice(start, end - start))


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """`table` as a single batch, also where it is empty."""
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_pylist([], schema=table.schema)
