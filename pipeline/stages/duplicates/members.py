"""The parts whose files are compared: the build's own, and those of earlier builds.

An earlier build's files stay whatever comes: their rank is above that of every file of this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import earlier, parts, storage
from codemill.pipeline.build import Build
from codemill.pipeline.stages import catalog, files
from codemill.transforms.columns import with_columns
from codemill.transforms.dedup.ragged import places_among

OWN_RANK = np.uint64(1 << 63)
"""The bit that ranks leave free: set for the files of this build."""

BATCH_ROWS = 2048


@dataclass(frozen=True)
class Member:
    """One part. Files are named by its number and their row in `rows_path`."""

    number: int
    name: str
    """Unique among the members."""
    root: str
    """The build it belongs to."""
    rows_path: str
    """Text and location of its files."""
    signatures_path: str
    size_bytes: int
    earlier: bool = False


def own_members(build: Build) -> list[Member]:
    """The parts of this build, in their order."""
    specs = catalog.load_parts(build)
    return [
        Member(
            number,
            spec.name,
            build.root,
            files.content_path(spec.name),
            files.signatures_path(spec.name),
            spec.size_bytes,
        )
        for number, spec in enumerate(specs)
    ]


def all_members(build: Build) -> list[Member]:
    """The parts of this build, then those of earlier ones."""
    members = own_members(build)
    for index, root in enumerate(build.config.duplicates.against):
        for shard in earlier.shards(root):
            paths = shard.text_path, shard.signatures_path
            name = f"earlier-{index:03d}-{len(members):06d}"
            members.append(Member(len(members), name, root, *paths, shard.size_bytes, earlier=True))
    return members


def signed(member: Member, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """`row`, `rank`, `file_id` and `columns` of the signatures of a member, some rows at a time.

    Of an earlier build only the files that it kept.
    """
    rows_of = _rows_by_id(member) if member.earlier else None
    wanted = ["row", "rank", "file_id", *columns]
    with storage.open_parquet(storage.join(member.root, member.signatures_path)) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=wanted):
            yield _own(batch) if rows_of is None else _kept(batch, *rows_of)


def _own(batch: pa.RecordBatch) -> pa.RecordBatch:
    rank = batch.column("rank").to_numpy() | OWN_RANK
    return with_columns(batch, {"rank": pa.array(rank)})


def _rows_by_id(member: Member) -> tuple[np.ndarray, np.ndarray]:
    """The ids of the files that an earlier build kept, ascending, and their rows."""
    table = parts.read_table(member.root, member.rows_path, columns=["file_id"])
    ids = table["file_id"].to_numpy()
    order = np.argsort(ids, kind="stable")
    return ids[order], order.astype(np.int32)


def _kept(batch: pa.RecordBatch, ids: np.ndarray, rows: np.ndarray) -> pa.RecordBatch:
    place = places_among(ids, batch.column("file_id").to_numpy())
    left = batch.filter(pa.array(place >= 0))
    return with_columns(left, {"row": pa.array(rows[place[place >= 0]])})


def told_apart(places: pa.Table, member: Member) -> pa.Table:
    """`places` with `revision`s that an earlier build does not share with this one's."""
    if not member.earlier:
        return places
    build = member.name.rsplit("-", 1)[0]
    revision = pc.binary_join_element_wise(places["revision"], build, " ")
    return with_columns(places, {"revision": revision})


def num_signed(members: list[Member]) -> int:
    """Signatures over all members."""
    return sum(parts.num_rows(m.root, m.signatures_path) for m in members)


def taking_part(batch: pa.RecordBatch, column: str) -> pa.RecordBatch:
    """The rows where `column` is not null."""
    return batch.filter(pc.is_valid(batch.column(column)))
