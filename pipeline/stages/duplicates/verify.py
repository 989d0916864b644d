"""The exact similarity of every proposed pair."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.config import DuplicatesConfig
from codemill.pipeline.parts import PartFile, PartFiles
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn
from codemill.pipeline.stages.duplicates.members import Member
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.pipeline.stages.duplicates.sets import SetReader
from codemill.pipeline.stages.duplicates.states import STATES, round_folder, undecided
from codemill.pipeline.stages.duplicates.steps import run_each
from codemill.transforms.columns import rows_by_value
from codemill.transforms.dedup.candidates import pack_nodes, unpack_nodes
from codemill.transforms.dedup.ragged import blocks
from codemill.transforms.dedup.verify import can_reach, jaccard, reaches

VERIFIED_DIR = "work/duplicates/verified"

VERIFIED = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int32()),
        ("rank", pa.uint64()),
        ("file_id", pa.int64()),
        ("kept_part", pa.int32()),
        ("kept_row", pa.int32()),
        ("kept_rank", pa.uint64()),
        ("kept_file_id", pa.int64()),
        ("intersection", pa.int64()),
        ("union", pa.int64()),
    ]
)
"""A file and a better one that is similar enough, by the worse; 64 bytes in memory."""

COMPARED = "codemill.compared"
"""Footer key: pairs that were compared."""
BLOCK_SHINGLES = 1 << 19
"""Shingles of both sides read at a time, 8 bytes each."""


def threshold(config: DuplicatesConfig) -> Decimal:
    """The threshold with the 4 digits it is compared with."""
    return Decimal(str(config.threshold)).quantize(Decimal("0.0001"))


def verify_pairs(build: Build, members: list[Member], pairs: Grouping) -> Grouping:
    """The pairs that reach the threshold, grouped as `pairs` are."""
    loads = {n: Load(parts.num_rows(build.root, pairs.path(n))) for n in pairs.names()}
    work = VerifyGroup(build.root, members, pairs, threshold(build.config.duplicates))
    run_each(build, "verify", VERIFIED_DIR, {name: name for name in loads}, loads, work)
    return Grouping(VERIFIED_DIR, pairs.partitions)


class VerifyGroup(CheckedDoFn):
    """Compares the pairs of one group, a better member after the other."""

    def __init__(
        self, root: str, members: list[Member], pairs: Grouping, threshold: Decimal
    ) -> None:
        super().__init__()
        self._root = root
        self._members = members
        self._pairs = pairs
        self._threshold = threshold

    def process(self, name: str) -> Iterator[None]:
        """Write the pairs that reach the threshold, and that their files are undecided."""
        pairs = parts.read_table(self._root, self._pairs.path(name))
        pairs = pairs.filter(pc.greater_equal(pairs["with_part"], 0)).combine_chunks()
        verified = pa.concat_tables([VERIFIED.empty_table(), *self._verified(pairs)])
        verified = verified.sort_by([(n, "ascending") for n in _ORDER]).combine_chunks()
        states = f"{round_folder(0)}/{name}.parquet"
        with PartFiles(
            states=PartFile(self._root, states, STATES),
            verified=PartFile(self._root, f"{VERIFIED_DIR}/{name}.parquet", VERIFIED),
        ) as out:
            out["states"].write_table(undecided(verified))
            out["verified"].write_table(verified)
            out.commit({COMPARED: str(pairs.num_rows)})
        return iter(())

    def _verified(self, pairs: pa.Table) -> Iterator[pa.Table]:
        if not pairs.num_rows:
            return
        numbers = pc.unique(pairs["part"]).to_pylist()
        ours = SetReader(self._root, [self._members[n] for n in sorted(numbers)])
        with_part = pairs["with_part"].to_numpy()
        for number, mine in rows_by_value(with_part):
            theirs = SetReader(self._root, [self._members[number]])
            yield from self._compared(pairs.take(pa.array(mine)), ours, theirs)

    def _compared(self, pairs: pa.Table, ours: SetReader, theirs: SetReader) -> Iterator[pa.Table]:
        """Pairs with files of one member."""
        own = ours.places.find(_nodes(pairs, "part", "row"))
        other = theirs.places.find(_nodes(pairs, "with_part", "with_row"))
        sizes = ours.places.num_shingles[own], theirs.places.num_shingles[other]
        able = np.flatnonzero(can_reach(*sizes, self._threshold))
        own, other = own[able], other[able]
        for first, end in blocks((sizes[0] + sizes[1])[able], BLOCK_SHINGLES):
            block = own[first:end], other[first:end]
            similar, intersection, union = self._similar(ours, theirs, *block)
            yield _table(ours, theirs, block[0][similar], block[1][similar], intersection, union)

    def _similar(
        self, ours: SetReader, theirs: SetReader, own: np.ndarray, other: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own_places, own = np.unique(own, return_inverse=True)
        other_places, other = np.unique(other, return_inverse=True)
        a, b = ours.read(own_places), theirs.read(other_places)
        intersection, union = jaccard(a.values, a.offsets, b.values, b.offsets, own, other)
        similar = np.flatnonzero(reaches(intersection, union, self._threshold))
        return similar, intersection[similar], union[similar]


_ORDER = ("part", "row", "kept_rank", "kept_file_id")


def _nodes(pairs: pa.Table, part: str, row: str) -> np.ndarray:
    return pack_nodes(pairs[part].to_numpy(), pairs[row].to_numpy())


def _table(
    ours: SetReader,
    theirs: SetReader,
    own: np.ndarray,
    other: np.ndarray,
    intersection: np.ndarray,
    union: np.ndarray,
) -> pa.Table:
    columns = [*_sides(ours, own), *_sides(theirs, other), intersection, union]
    return pa.table([pa.array(column) for column in columns], schema=VERIFIED)


def _sides(reader: SetReader, places: np.ndarray) -> tuple[np.ndarray, ...]:
    part, row = unpack_nodes(reader.places.node[places])
    return part, row, reader.places.rank[places], reader.places.file_id[places]
