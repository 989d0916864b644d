"""Pairs of files, written by whoever finds them and gathered by part for whoever needs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages import exchange
from codemill.pipeline.stages.exchange import Exchange

PAIRS = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int32()),
        ("with_part", pa.int32()),
        ("with_row", pa.int32()),
        ("same_text", pa.bool_()),
    ]
)
"""A file and a better one; without `with_part` (-1), a file that a pair elsewhere names.

`same_text` tells, of files with equal sets of shingles, whether their texts are equal too.
"""

PAIR_BYTES = 17
"""A pair in an exchange."""
ROWS_PER_GROUP = 1 << 16


@dataclass(frozen=True)
class Grouping:
    """Rows gathered by part: those of part p are in the file of partition p % `partitions`."""

    folder: str
    partitions: int

    def names(self) -> list[str]:
        """The names of its files, in order."""
        return Exchange(self.partitions, 1).names()

    def group_of(self, part: int) -> str:
        """The name of the file that holds the rows of a part."""
        return Exchange(self.partitions, 1).name(part % self.partitions)

    def path(self, name: str) -> str:
        """The path of a file."""
        return f"{self.folder}/{name}.parquet"

    def rows_of(self, root: str, part: int) -> pa.Table:
        """The rows of one part."""
        return parts.read_where(root, self.path(self.group_of(part)), "part", part)


def run_rounds(
    build: Build,
    label: str,
    folder: str,
    division: Exchange,
    size_bytes: int,
    graph: Callable[[list[int]], Graph],
) -> None:
    """Run the exchange `graph` makes of partitions, a round at a time, for what is missing."""
    for number in range(division.rounds):
        named = {division.name(p): p for p in division.round(number)}
        loads = {name: Load(1, size_bytes // division.partitions) for name in named}
        build.run_parts(label, folder, loads, _of_missing(graph, named))


def _of_missing(
    graph: Callable[[list[int]], Graph], named: Mapping[str, int]
) -> Callable[[list[str]], Graph]:
    return lambda missing: graph([named[name] for name in missing])


def exchange_graph(
    build: Build, items: Sequence[Any], weights: Sequence[int], scatter: Any, write: Any
) -> Graph:
    """Rows that `scatter` makes of items, grouped by partition, and written by `write`."""
    return lambda pipeline: (
        pipeline
        | "deal" >> Deal(list(enumerate(items)), weights, build.settings)
        | scatter.label >> beam.ParDo(scatter).with_output_types(exchange.KEYED)
        | "exchange" >> beam.GroupByKey()
        | write.label >> beam.ParDo(write)
    )


class Scatter(CheckedDoFn):
    """Sends the rows of an item to the partitions of a round.

    The first item also sends each partition an empty batch, so that all of them are written.
    """

    label: str
    schema: pa.Schema

    def __init__(self, partitions: int, wanted: list[int]) -> None:
        super().__init__()
        self._partitions = partitions
        self._wanted = wanted

    def process(self, numbered: tuple[int, Any]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(partition, batch of `schema`)."""
        number, item = numbered
        if number == 0:
            empty = exchange.one_batch(self.schema.empty_table())
            yield from ((partition, empty) for partition in self._wanted)
        for rows, numbers in self.keyed_rows(item):
            yield from exchange.scattered(rows, numbers, self._partitions, self._wanted)

    def keyed_rows(self, item: Any) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Rows of `schema`, and for each the number that decides its partition."""
        raise NotImplementedError


class PairWriter(CheckedDoFn):
    """Writes the pairs found among the rows that an exchange brought to one partition."""

    label: str
    schema: pa.Schema

    def __init__(self, root: str, folder: str, division: Exchange) -> None:
        super().__init__()
        self._root = root
        self._folder = folder
        self._division = division

    def process(self, keyed: tuple[int, Any]) -> Iterator[None]:
        """One file."""
        partition, batches = keyed
        rows = pa.Table.from_batches(list(batches), schema=self.schema).combine_chunks()
        path = f"{self._folder}/{self._division.name(partition)}.parquet"
        file = PartFile(self._root, path, PAIRS, rows_per_group=ROWS_PER_GROUP)
        file.write_table(self.pairs_among(rows))
        file.commit()
        return iter(())

    def pairs_among(self, rows: pa.Table) -> pa.Table:
        """The pairs, in the schema `PAIRS`."""
        raise NotImplementedError


def gather(build: Build, label: str, sources: Grouping, folder: str) -> Grouping | None:
    """The pairs in `sources` by part, each once, in order; None where there is none."""
    paths = [sources.path(name) for name in sources.names()]
    rows = [parts.num_rows(build.root, path) for path in paths]
    if not sum(rows):
        return None
    size_bytes = sum(rows) * PAIR_BYTES
    division = Exchange.of(size_bytes, build.settings)

    def graph(wanted: list[int]) -> Graph:
        scatter = ScatterPairs(division.partitions, wanted, build.root)
        write = WritePairs(build.root, folder, division)
        return exchange_graph(build, paths, rows, scatter, write)

    run_rounds(build, label, folder, division, size_bytes, graph)
    return Grouping(folder, division.partitions)


class ScatterPairs(Scatter):
    """Sends the pairs of a file to the partitions of their parts."""

    label = "scatter pairs"
    schema = PAIRS

    def __init__(self, partitions: int, wanted: list[int], root: str) -> None:
        super().__init__(partitions, wanted)
        self._root = root

    def keyed_rows(self, item: str) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Some rows of a file at a time."""
        for batch in parts.iterate_parts(self._root, [item]):
            yield pa.Table.from_batches([batch]), batch.column("part").to_numpy()


class WritePairs(PairWriter):
    """Writes the pairs of a partition in order, each once."""

    label = "sort"
    schema = PAIRS

    def pairs_among(self, rows: pa.Table) -> pa.Table:
        """The same, sorted."""
        return distinct_pairs(rows)


def distinct_pairs(pairs: pa.Table) -> pa.Table:
    """Each pair once, by part, row and what they are paired with."""
    keys = [pairs[name].to_numpy() for name in PAIRS.names[:4]]
    order = np.lexsort(keys[::-1])
    changed = np.zeros(max(len(order) - 1, 0), dtype=np.bool_)
    for key in keys:
        ordered = key[order]
        changed |= ordered[1:] != ordered[:-1]
    first = np.concatenate([np.ones(min(len(order), 1), dtype=np.bool_), changed])
    return pairs.take(pa.array(order[first]))
