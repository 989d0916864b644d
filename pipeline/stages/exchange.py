"""Columnar shuffles, in rounds: one batch per (part, partition), never one pair per file.

Beam's local runner keeps what it groups in the driver's memory, so an exchange whose volume
exceeds the memory setting runs in rounds, each over its share of the partitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.pipeline.runner import Graph
from codemill.transforms.columns import equal_runs

KEYED = tuple[int, pa.RecordBatch]
"""What an exchange groups: declared, so that batches travel by the Arrow coder."""

PARTITION_BYTES = 16 << 20
"""Aimed at per partition: small enough to sort in a worker's memory, large enough to be few."""
MAX_PARTITIONS = 4096


@dataclass(frozen=True)
class Exchange:
    """How an exchange of a known volume is divided."""

    partitions: int
    rounds: int

    @classmethod
    def of(cls, size_bytes: int, memory_bytes: int) -> Exchange:
        """Partitions of about `PARTITION_BYTES`; rounds that each fit half of `memory_bytes`."""
        rounds = max(1, -(-2 * size_bytes // memory_bytes))
        partitions = min(MAX_PARTITIONS, max(8, rounds, -(-size_bytes // PARTITION_BYTES)))
        return cls(partitions, min(partitions, rounds))

    def round_name(self, number: int) -> str:
        """Name of what round `number` leaves; it differs where the division does."""
        return f"{number:05d}-of-{self.rounds:05d}-by-{self.partitions:05d}"


def whole(graph: Graph) -> Callable[[list[str]], Graph]:
    """`graph`, whatever is missing: a round is one part, made whole or not at all."""
    return lambda _missing: graph


def scattered(
    rows: pa.Table, numbers: np.ndarray, exchange: Exchange, round_number: int
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """One batch per partition of this round; `numbers` (non-negative) decide the partition."""
    partition = (numbers % exchange.partitions).astype(np.int64)
    mine = np.flatnonzero(partition % exchange.rounds == round_number)
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
