"""Files whose texts, or sets of shingles, are equal: one of each stays.

Such files are alike to every other file in the same degree, so one of them stands for all in
the search that follows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline.build import Build
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
from codemill.transforms.dedup.exact import losers

FOUND_DIR = "work/duplicates/copies-found"
COPIES_DIR = "work/duplicates/copies"

ENTRIES = pa.schema(
    [
        ("key", pa.binary(16)),
        ("text_hash", pa.binary(16)),
        ("part", pa.int32()),
        ("row", pa.int32()),
        ("rank", pa.uint64()),
        ("file_id", pa.int64()),
    ]
)
ENTRY_BYTES = 56


def find_copies(build: Build, members: list[Member]) -> Grouping | None:
    """The copies to drop, by part, each with the file that stands for it."""
    size_bytes = num_signed(members) * ENTRY_BYTES
    division = Exchange.of(size_bytes, build.settings)
    num_own = sum(not m.earlier for m in members)

    def graph(wanted: list[int]) -> Graph:
        scatter = ScatterKeys(division.partitions, wanted)
        write = WriteCopies(build.root, division, num_own)
        return exchange_graph(build, members, [m.size_bytes for m in members], scatter, write)

    run_rounds(build, "find copies", FOUND_DIR, division, size_bytes, graph)
    found = Grouping(FOUND_DIR, division.partitions)
    return gather(build, "gather copies", found, COPIES_DIR)


class ScatterKeys(Scatter):
    """Sends what tells equal files to the partition of its hash."""

    label = "scatter keys"
    schema = ENTRIES

    def keyed_rows(self, item: Member) -> Iterator[tuple[pa.Table, np.ndarray]]:
        """Files that have enough tokens by their set of shingles, the others by their text."""
        for batch in signed(item, ["text_hash", "set_hash"]):
            batch = taking_part(batch, "text_hash")
            text_hash, set_hash = batch.column("text_hash"), batch.column("set_hash")
            columns = {
                "key": pc.coalesce(set_hash, text_hash),
                "text_hash": text_hash,
                "part": pa.repeat(pa.scalar(item.number, pa.int32()), batch.num_rows),
                **{name: batch.column(name) for name in ("row", "rank", "file_id")},
            }
            table = pa.table(columns, schema=ENTRIES)
            yield table, first_bits(columns["key"])


def first_bits(hashes: pa.Array) -> np.ndarray:
    """A number of 63 bits of each 16-byte hash, int64."""
    content = np.frombuffer(hashes.buffers()[1], dtype="<u8")[2 * hashes.offset :]
    return (content[: 2 * len(hashes) : 2] >> np.uint64(1)).astype(np.int64)


class WriteCopies(PairWriter):
    """Writes the copies to drop of one partition; what earlier builds hold stays."""

    label = "choose copies"
    schema = ENTRIES

    def __init__(self, root: str, division: Exchange, num_own: int) -> None:
        super().__init__(root, FOUND_DIR, division)
        self._num_own = num_own

    def pairs_among(self, rows: pa.Table) -> pa.Table:
        """Each file that goes with the one that stands for it."""
        keys = rows.select(["key", "rank", "file_id"])
        keys = keys.set_column(0, "key", rows["key"].cast(pa.binary()))
        dropped, kept = (rows.take(chosen) for chosen in losers(keys))
        columns = {
            "part": dropped["part"],
            "row": dropped["row"],
            "with_part": kept["part"],
            "with_row": kept["row"],
            "same_text": pc.equal(dropped["text_hash"], kept["text_hash"]),
        }
        pairs = pa.table(columns, schema=PAIRS)
        return pairs.filter(pc.less(pairs["part"], self._num_own))
