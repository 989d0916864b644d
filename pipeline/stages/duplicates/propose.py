"""Pairs worth comparing: files that share a band of their signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.config import DuplicatesConfig
from codemill.pipeline.runner import Graph
from codemill.pipeline.stages.duplicates.members import Member, num_signed, signed, taking_part
from codemill.pipeline.stages.duplicates.pairs import (
    PAIRS,
    Grouping,
    PairWriter,
    Scatter,
    exchange_graph,
    gather,
    run_rounds,
)
from codemill.pipeline.stages.exchange import Exchange
from codemill.transforms.dedup.bands import Banding, band_hashes, choose_bands
from codemill.transforms.dedup.candidates import Edges, propose
from codemill.transforms.identity import keyed_number

PROPOSED_DIR = "work/duplicates/proposed"
PAIRS_DIR = "work/duplicates/pairs"

ENTRIES = pa.schema(
    [
        ("hash", pa.uint64()),
        ("part", pa.int32()),
        ("row", pa.int32()),
        ("rank", pa.uint64()),
        ("file_id", pa.int64()),
    ]
)
ENTRY_BYTES = 32
"""What one band of one file takes in the exchange."""


def banding(config: DuplicatesConfig) -> Banding:
    """Bands and rows that find a pair at the threshold with the configured probability."""
    return choose_bands(config.permutations, threshold=config.threshold, detection=config.detection)


@dataclass(frozen=True)
class Search:
    """What pairs are looked for, and how the search is divided."""

    bands: Banding
    division: Exchange
    copies: Grouping | None = None
    """Files that others stand for, and that are left out."""
    both_ways: bool = False
    """Give each pair to the part of either file, else to that of the worse."""


def propose_pairs(
    build: Build, members: list[Member], copies: Grouping | None, *, both_ways: bool = False
) -> Grouping | None:
    """The pairs to compare, by part, in as many rounds as memory asks for.

    Without `copies`, and `both_ways`, as `Search` says.
    """
    config = build.config.duplicates
    bands = banding(config)
    size_bytes = num_signed(members) * bands.bands * ENTRY_BYTES
    division = Exchange.of(size_bytes, build.settings)
    build.reporter.say(
        f"  near-duplicates: {bands.bands} bands of {bands.rows} rows find a pair of similarity "
        f"{config.threshold} with probability {bands.detection(config.threshold):.3f}; "
        f"{division.rounds} round{'s' if division.rounds > 1 else ''}"
    )
    search = Search(bands, division, copies, both_ways)

    def graph(wanted: list[int]) -> Graph:
        return propose_graph(build, members, search, wanted)

    run_rounds(build, "propose", PROPOSED_DIR, division, size_bytes, graph)
    proposed = Grouping(PROPOSED_DIR, division.partitions)
    return gather(build, "gather pairs", proposed, PAIRS_DIR)


def propose_graph(build: Build, members: list[Member], search: Search, wanted: list[int]) -> Graph:
    """The search in the `wanted` partitions."""
    scatter = ScatterBands(search, wanted, build.root)
    write = WriteProposed(search, build.root, sum(not m.earlier for m in members))
    return exchange_graph(build, members, [m.size_bytes for m in members], scatter, write)


class ScatterBands(Scatter):
    """Sends every band of every file to the partition of its hash."""

    label = "band"
    schema = ENTRIES

    def __init__(self, search: Search, wanted: list[int], root: str) -> None:
        super().__init__(search.division.partitions, wanted)
        self._root = root
        self._bands = search.bands
        self._copies = search.copies
        self._both_ways = search.both_ways

    def keyed_rows(self, item: Member) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Files with shingles that no other stands for."""
        dropped = self._dropped(item)
        repositories = self._repositories(item)
        for batch in signed(item, ["set_hash", "signature"]):
            batch = taking_part(batch, "set_hash")
            batch = batch.filter(pc.invert(pc.is_in(batch.column("row"), dropped)))
            if batch.num_rows:
                ids = batch.column("file_id").to_numpy()
                if repositories is not None:
                    ids = repositories[batch.column("row").to_numpy()]
                yield self._entries(item, batch, ids)

    def _repositories(self, member: Member) -> np.ndarray | None:
        """In place of file ids, where repositories are compared: a number of each row's.

        So the best of every large bucket are of the same repositories.
        """
        if not self._both_ways:
            return None
        names = parts.read_table(member.root, member.rows_path, ["repository", "revision"])
        whole = pc.binary_join_element_wise(names["repository"], names["revision"], "\n")
        encoded = whole.combine_chunks().dictionary_encode()
        numbers = [keyed_number(0, "repository", n) >> 1 for n in encoded.dictionary.to_pylist()]
        by_row: np.ndarray = np.array(numbers, dtype=np.int64)[encoded.indices.to_numpy()]
        return by_row

    def _dropped(self, member: Member) -> pa.Array:
        if self._copies is None or member.earlier:
            return pa.array([], pa.int32())
        return self._copies.rows_of(self._root, member.number)["row"].combine_chunks()

    def _entries(
        self, member: Member, batch: pa.RecordBatch, ids: np.ndarray
    ) -> tuple[pa.Table, np.ndarray]:
        flat = batch.column("signature").flatten().to_numpy()
        hashes = band_hashes(flat.reshape(batch.num_rows, -1), self._bands)
        row, rank, file_id = (
            np.repeat(column, hashes.shape[1])
            for column in (batch.column("row").to_numpy(), batch.column("rank").to_numpy(), ids)
        )
        part = np.full(len(row), member.number, dtype=np.int32)
        columns = [hashes.reshape(-1), part, row, rank, file_id]
        table = pa.table([pa.array(column) for column in columns], schema=ENTRIES)
        # The top bits choose the partition; the whole hash is compared within it.
        return table, (hashes.reshape(-1) >> np.uint64(33)).astype(np.int64)


class WriteProposed(PairWriter):
    """Writes the pairs of one partition; pairs of two files of earlier builds are left out."""

    label = "propose"
    schema = ENTRIES

    def __init__(self, search: Search, root: str, num_own: int) -> None:
        super().__init__(root, PROPOSED_DIR, search.division)
        self._both_ways = search.both_ways
        self._num_own = num_own

    def pairs_among(self, rows: pa.Table) -> pa.Table:
        """The files that share a hash."""
        edges = propose(*(rows[name].to_numpy() for name in ENTRIES.names))
        return pairs_of(edges, self._num_own, both_ways=self._both_ways)


def pairs_of(edges: Edges, num_own: int, *, both_ways: bool) -> pa.Table:
    """Each edge as a pair of its worse file, and its better file as one that a pair names.

    Or, `both_ways`, as a pair of either.
    """
    ours = edges.part_b < num_own
    better, worse = (edges.part_a[ours], edges.row_a[ours]), (edges.part_b[ours], edges.row_b[ours])
    first = better if both_ways else np.unique(np.stack(better), axis=1)
    second = worse if both_ways else np.full((2, len(first[0])), -1, dtype=np.int32)
    columns = (*zip(worse, first, strict=True), *zip(better, second, strict=True))
    arrays = [pa.array(np.concatenate(pair).astype(np.int32)) for pair in columns]
    return pa.table([*arrays, pa.repeat(pa.scalar(False), len(arrays[0]))], schema=PAIRS)
