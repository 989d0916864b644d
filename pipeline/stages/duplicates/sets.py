"""The shingle sets of the files that pairs name, kept so that single ones can be read.

Of each member an index, in Parquet, and the values of its sets one after the other, 8 bytes each.
They are made once a file, whatever number of pairs name it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts, storage
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn
from codemill.pipeline.stages.duplicates.members import Member, signed, told_apart
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.pipeline.stages.duplicates.steps import run_each
from codemill.transforms.columns import equal_runs, rows_by_value
from codemill.transforms.dedup.candidates import pack_nodes
from codemill.transforms.dedup.ragged import offsets_of
from codemill.transforms.dedup.shingles import Shingles, shingles

SETS_DIR = "work/duplicates/sets"
BLOCK_ROWS = 512
"""Files read and cut at a time: some megabytes, a whole part at most."""
JOIN_BYTES = 64 << 10
"""Sets no further apart than this are read in one go."""

INDEX = pa.schema(
    [
        ("row", pa.int32()),
        ("rank", pa.uint64()),
        ("file_id", pa.int64()),
        ("repository", pa.string()),
        ("revision", pa.string()),
        ("path", pa.string()),
        ("size_bytes", pa.int64()),
        ("num_shingles", pa.int64()),
    ]
)
"""By row. The sets follow each other in this order."""


def make_sets(build: Build, members: list[Member], pairs: Grouping) -> None:
    """The sets of every file that a pair names."""
    items = {m.name: m for m in members}
    loads = {m.name: Load(1, m.size_bytes) for m in members}
    work = MakeSets(build.root, pairs, build.config.duplicates.shingle_tokens)
    run_each(build, "shingle sets", SETS_DIR, items, loads, work)


class MakeSets(CheckedDoFn):
    """Writes the sets of one member's files."""

    def __init__(self, root: str, pairs: Grouping, shingle_tokens: int) -> None:
        super().__init__()
        self._root = root
        self._pairs = pairs
        self._shingle_tokens = shingle_tokens

    def process(self, member: Member) -> Iterator[None]:
        """The values, then their index."""
        rows = np.unique(self._pairs.rows_of(self._root, member.number)["row"].to_numpy())
        order = _order_of(member, rows)
        index = PartFile(self._root, f"{SETS_DIR}/{member.name}.parquet", INDEX)
        temporary = storage.join(self._root, "work", "tmp", f"{uuid.uuid4().hex}.values")
        with storage.open_write(temporary) as values:
            for start in range(0, len(rows), BLOCK_ROWS):
                located, sets = self._block(member, order.slice(start, BLOCK_ROWS))
                index.write_table(located)
                values.write(sets.values.astype("<u8", copy=False).tobytes())
        storage.rename(temporary, values_path(self._root, member))
        index.commit()
        return iter(())

    def _block(self, member: Member, order: pa.Table) -> tuple[pa.Table, Shingles]:
        rows = order["row"].to_numpy()
        columns = ["repository", "revision", "path", "size_bytes", "text"]
        table = parts.read_some_rows(member.root, member.rows_path, rows, columns=columns)
        table = told_apart(table, member)
        text = table["text"].combine_chunks()
        sets = shingles(text, shingle_tokens=self._shingle_tokens)
        located = table.drop_columns("text")
        for name in order.column_names:
            located = located.append_column(name, order[name])
        return located.append_column("num_shingles", pa.array(np.diff(sets.offsets))), sets


def _order_of(member: Member, rows: np.ndarray) -> pa.Table:
    """`row`, `rank` and `file_id` of the rows, ascending."""
    wanted = pa.array(rows, pa.int32())
    found = (
        batch.filter(pc.is_in(batch.column("row"), value_set=wanted))
        for batch in signed(member, [])
    )
    nothing = INDEX.empty_table().select(["row", "rank", "file_id"])
    return pa.concat_tables([nothing, *map(_as_table, found)]).sort_by("row")


def _as_table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch]).select(["row", "rank", "file_id"])


def read_index(root: str, member: Member, columns: list[str]) -> pa.Table:
    """Columns of a member's index."""
    path = f"{SETS_DIR}/{member.name}.parquet"
    return parts.read_table(root, path, columns=columns).combine_chunks()


def read_places(
    root: str, members: Sequence[Member], part: np.ndarray, row: np.ndarray, columns: list[str]
) -> pa.Table:
    """String and number columns of the indices for files, in the order given."""
    order = np.argsort(part, kind="stable")
    found = [INDEX.empty_table().select(columns)]
    for number, mine in rows_by_value(part):
        index = read_index(root, members[number], ["row", *columns])
        place = np.searchsorted(index["row"].to_numpy(), row[mine])
        found.append(index.take(pa.array(place)).select(columns))
    return pa.concat_tables(found).take(pa.array(np.argsort(order))).combine_chunks()


def values_path(root: str, member: Member) -> str:
    """Where a member's sets are."""
    return storage.join(root, SETS_DIR, f"{member.name}.values")


class Places(NamedTuple):
    """What the indices of several members say of the files in them, by `node`."""

    node: np.ndarray
    """Part and row, packed; ascending."""
    rank: np.ndarray
    file_id: np.ndarray
    num_shingles: np.ndarray
    start: np.ndarray
    """Where a set begins among its member's values."""

    def find(self, nodes: np.ndarray) -> np.ndarray:
        """The places of nodes, all of which are there."""
        return np.searchsorted(self.node, nodes)


class SetReader:
    """Reads the sets of the files of some members."""

    def __init__(self, root: str, members: Sequence[Member]) -> None:
        """`members` ascend by number."""
        self._root = root
        self._members = list(members)
        self.places = self._read_places()

    def _read_places(self) -> Places:
        columns: list[list[np.ndarray]] = [[] for _ in Places._fields]
        names = ["row", "rank", "file_id", "num_shingles"]
        for member in self._members:
            table = read_index(self._root, member, names)
            row, rank, file_id, num_shingles = (table[name].to_numpy() for name in names)
            node = pack_nodes(np.full(len(row), member.number, dtype=np.int32), row)
            start = offsets_of(num_shingles)[:-1]
            for column, values in zip(
                columns, (node, rank, file_id, num_shingles, start), strict=True
            ):
                column.append(values)
        return Places(*(np.concatenate(column) for column in columns))

    def read(self, places: np.ndarray) -> Shingles:
        """The sets at `places`, which ascend."""
        part = (self.places.node[places] >> np.uint64(32)).astype(np.int64)
        by_number = {m.number: m for m in self._members}
        found = [
            self._read_of(by_number[int(part[start])], places[start:end])
            for start, end in equal_runs(part)
        ]
        values = np.concatenate([np.empty(0, dtype=np.uint64), *found])
        return Shingles(values, offsets_of(self.places.num_shingles[places]))

    def _read_of(self, member: Member, places: np.ndarray) -> np.ndarray:
        start = self.places.start[places]
        end = start + self.places.num_shingles[places]
        found = []
        with storage.open_read(values_path(self._root, member)) as file:
            for first, last in _joined(start, end):
                file.seek(int(start[first]) * 8)
                size = int(end[last - 1] - start[first])
                block = np.frombuffer(file.read(size * 8), dtype="<u8")
                lengths = end[first:last] - start[first:last]
                found.append(block[_take(start[first:last] - start[first], lengths)])
        return np.concatenate(found)


def _joined(start: np.ndarray, end: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs (first, last) of ranges that are close enough to be read together."""
    far = np.flatnonzero((start[1:] - end[:-1]) * 8 > JOIN_BYTES) + 1
    cuts = [0, *far.tolist(), len(start)]
    yield from pairwise(cuts)


def _take(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The positions of ranges, one after the other."""
    shift = starts - offsets_of(lengths)[:-1]
    return np.arange(int(lengths.sum()), dtype=np.int64) + np.repeat(shift, lengths)
