"""Whole repositories: one goes as a whole, when most of it is in another, or stays as a whole.

    content, signatures -> count                  work/duplicates/repositories   bytes of each
    verified -> share                             work/duplicates/shared         bytes in common
    both -> decide                                work/duplicates/decided        which go
    verified, decided -> find twins               work/duplicates/chosen         for which files

A repository here is one revision of one; an earlier build's is another than this one's. Bytes
are those of the files that take part in the search.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn
from codemill.pipeline.stages.duplicates.choose import CHOSEN_DIR, located, write_chosen
from codemill.pipeline.stages.duplicates.going import GOING
from codemill.pipeline.stages.duplicates.members import Member, signed, taking_part, told_apart
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.pipeline.stages.duplicates.sets import read_places
from codemill.pipeline.stages.duplicates.states import nodes_of
from codemill.pipeline.stages.duplicates.steps import run_each
from codemill.transforms.columns import with_columns, with_constants
from codemill.transforms.dedup.repositories import decide_repositories
from codemill.transforms.dedup.settle import KEPT, choose
from codemill.transforms.dedup.verify import rounded_similarity

COUNTED_DIR = "work/duplicates/repositories"
SHARED_DIR = "work/duplicates/shared"
DECIDED_DIR = "work/duplicates/decided"
DECIDED = "all"

NAME = ("repository", "revision")
OTHER = ("other_repository", "other_revision")
NAMES = [(name, pa.string()) for name in NAME]
PAIR = [(name, pa.string()) for name in (*NAME, *OTHER)]

COUNTED = pa.schema([*NAMES, ("rank", pa.uint64()), ("total_bytes", pa.int64())])
"""A repository's best rank, and the bytes of its files in one part."""
SHARED = pa.schema([*PAIR, ("shared_bytes", pa.int64())])
"""Bytes of a repository's files that are like some file of another."""
REMOVED = pa.schema([*SHARED, ("total_bytes", pa.int64())])
"""A repository that goes, and the one it goes for."""


def share_of(build: Build) -> Decimal:
    """The share from which a repository goes, with the 4 digits it is compared with."""
    return Decimal(str(build.config.duplicates.repository_share)).quantize(Decimal("0.0001"))


def decide_whole(build: Build, members: list[Member], verified: Grouping) -> Grouping:
    """The files of removed repositories that have a twin, grouped as `verified` is."""
    items = {m.name: m for m in members}
    loads = {m.name: Load(1, m.size_bytes) for m in members}
    count = CountRepositories(build.root)
    run_each(build, "count repositories", COUNTED_DIR, items, loads, count)
    groups = {n: Load(parts.num_rows(build.root, verified.path(n))) for n in verified.names()}
    names = {name: name for name in groups}
    share = ShareRepositories(build.root, members, verified)
    run_each(build, "share repositories", SHARED_DIR, names, groups, share)
    decide = DecideRepositories(build.root, list(items), list(groups), share_of(build))
    one = {DECIDED: Load(1)}
    run_each(build, "decide repositories", DECIDED_DIR, {DECIDED: DECIDED}, one, decide)
    twins = FindTwins(build.root, members, verified)
    run_each(build, "find twins", CHOSEN_DIR, names, groups, twins)
    return Grouping(CHOSEN_DIR, verified.partitions)


class CountRepositories(CheckedDoFn):
    """Counts the repositories of one part."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root = root

    def process(self, member: Member) -> Iterator[None]:
        """One file of `COUNTED`."""
        columns = [*NAME, "size_bytes"]
        places = parts.read_table(member.root, member.rows_path, columns=columns)
        taking = [taking_part(batch, "set_hash") for batch in signed(member, ["set_hash"])]
        row, rank = (
            np.concatenate([np.empty(0, kind), *(b.column(name).to_numpy() for b in taking)])
            for name, kind in (("row", np.int32), ("rank", np.uint64))
        )
        rows = told_apart(places, member).take(pa.array(row)).append_column("rank", pa.array(rank))
        counted = rows.group_by(list(NAME)).aggregate([("rank", "min"), ("size_bytes", "sum")])
        file = PartFile(self._root, f"{COUNTED_DIR}/{member.name}.parquet", COUNTED)
        file.write_table(counted.rename_columns(COUNTED.names))
        file.commit()
        return iter(())


class VerifiedReader(CheckedDoFn):
    """Works on the verified pairs of one group."""

    def __init__(self, root: str, members: list[Member], verified: Grouping) -> None:
        super().__init__()
        self._root = root
        self._members = members
        self._verified = verified

    def _between_repositories(self, name: str) -> pa.Table:
        """The pairs of files of different repositories, with those."""
        pairs = parts.read_table(self._root, self._verified.path(name)).combine_chunks()
        return with_repositories(self._root, self._members, pairs)


class ShareRepositories(VerifiedReader):
    """Adds up what the repositories of one group share with others."""

    def process(self, name: str) -> Iterator[None]:
        """One file of `SHARED`: a file counts once for each repository that has one like it."""
        named = self._between_repositories(name)
        by = ["part", "row", *NAME, *OTHER]
        once = named.group_by(by).aggregate([("size_bytes", "max")])
        shared = once.group_by([*NAME, *OTHER]).aggregate([("size_bytes_max", "sum")])
        file = PartFile(self._root, f"{SHARED_DIR}/{name}.parquet", SHARED)
        file.write_table(shared.rename_columns(SHARED.names))
        file.commit()
        return iter(())


def with_repositories(root: str, members: list[Member], pairs: pa.Table) -> pa.Table:
    """`pairs` of files of different repositories, with those and the size of the first file."""
    sides: dict[str, pa.ChunkedArray] = {}
    for prefix, part, row in (("", "part", "row"), ("other_", "kept_part", "kept_row")):
        columns = [*NAME, "size_bytes"]
        files = pairs[part].to_numpy(), pairs[row].to_numpy()
        table = read_places(root, members, *files, columns)
        sides |= {f"{prefix}{name}": table[name] for name in columns}
    sides.pop("other_size_bytes")
    named = with_columns(pairs, {name: column.combine_chunks() for name, column in sides.items()})
    same = [pc.equal(named[mine], named[theirs]) for mine, theirs in zip(NAME, OTHER, strict=True)]
    return named.filter(pc.invert(pc.and_(*same)))


class DecideRepositories(CheckedDoFn):
    """Decides which repositories go, of all at once: some 200 bytes for each pair that shares."""

    def __init__(self, root: str, members: list[str], groups: list[str], share: Decimal) -> None:
        super().__init__()
        self._root = root
        self._counted = [f"{COUNTED_DIR}/{name}.parquet" for name in members]
        self._shared = [f"{SHARED_DIR}/{name}.parquet" for name in groups]
        self._share = share

    def process(self, name: str) -> Iterator[None]:
        """One file of `REMOVED`."""
        counted = self._read(
            self._counted, COUNTED, NAME, [("rank", "min"), ("total_bytes", "sum")]
        )
        order = [(column, "ascending") for column in ("rank", *NAME)]
        counted = counted.sort_by(order).combine_chunks()
        shared = self._read(self._shared, SHARED, (*NAME, *OTHER), [("shared_bytes", "sum")])
        own, other = (_numbers(shared, columns, counted) for columns in (NAME, OTHER))
        totals = counted["total_bytes"].to_numpy()
        given = own, other, shared["shared_bytes"].to_numpy(), totals
        found = decide_repositories(*given, share=self._share)
        columns = [counted[column].take(pa.array(found.removed)) for column in NAME]
        columns += [counted[column].take(pa.array(found.kept)) for column in NAME]
        columns += [pa.array(found.shared_bytes), pa.array(totals[found.removed])]
        file = PartFile(self._root, f"{DECIDED_DIR}/{name}.parquet", REMOVED)
        file.write_table(pa.table(columns, schema=REMOVED))
        file.commit()
        return iter(())

    def _read(
        self, paths: list[str], schema: pa.Schema, by: tuple[str, ...], sums: list[tuple[str, str]]
    ) -> pa.Table:
        table = pa.Table.from_batches(parts.iterate_parts(self._root, paths), schema=schema)
        return table.group_by(list(by)).aggregate(sums).rename_columns(schema.names)


def _numbers(rows: pa.Table, columns: tuple[str, str], counted: pa.Table) -> np.ndarray:
    """Where the repositories that two columns name are in `counted`."""
    numbered = counted.select(list(NAME))
    numbered = numbered.append_column("number", pa.array(np.arange(counted.num_rows)))
    wanted = rows.select(list(columns)).rename_columns(list(NAME))
    wanted = wanted.append_column("place", pa.array(np.arange(rows.num_rows)))
    joined = wanted.join(numbered, keys=list(NAME), join_type="left outer").sort_by("place")
    return np.asarray(joined["number"].to_numpy(), dtype=np.int64)


def read_removed(root: str) -> pa.Table:
    """The repositories that go, in the schema `REMOVED`."""
    return parts.read_table(root, f"{DECIDED_DIR}/{DECIDED}.parquet").combine_chunks()


class FindTwins(VerifiedReader):
    """Names, for the files of one group that go, the most similar file of what they go for."""

    def process(self, name: str) -> Iterator[None]:
        """One file of `choose.CHOSEN`."""
        named = self._between_repositories(name)
        removed = read_removed(self._root).select([*NAME, *OTHER])
        order = [(column, "ascending") for column in ("part", "row", "kept_rank", "kept_file_id")]
        mine = named.join(removed, keys=[*NAME, *OTHER], join_type="inner").sort_by(order)
        staying = np.full(mine.num_rows, KEPT, dtype=np.uint8)
        counts = mine["intersection"].to_numpy(), mine["union"].to_numpy()
        chosen = mine.take(pa.array(choose(nodes_of(mine, "part", "row"), staying, *counts)))
        write_chosen(self._root, name, located(self._root, self._members, chosen))
        return iter(())


@dataclass(frozen=True)
class RepositoriesGoing:
    """Every file of the repositories that go."""

    root: str
    chosen: Grouping
    share: float

    def of(self, member: Member) -> pa.Table:
        """The rows of a part that go, in the schema `going.GOING`."""
        rows = parts.read_table(self.root, member.rows_path, columns=list(NAME))
        rows = rows.append_column("row", pa.array(np.arange(rows.num_rows), pa.int32()))
        rows = rows.join(read_removed(self.root), keys=list(NAME), join_type="inner")
        twins = self.chosen.rows_of(self.root, member.number).drop_columns(["part"])
        rows = rows.join(twins, keys="row", join_type="left outer").combine_chunks()
        share, total = (rows[name].to_numpy() for name in ("shared_bytes", "total_bytes"))
        said = with_columns(
            rows,
            {
                "kept_repository": rows["other_repository"],
                "value": pa.array(rounded_similarity(share, total)),
                "similarity": _similarity(rows),
                "detail": _detail(rows),
            },
        )
        said = with_constants(
            said, rule=("duplicate_repository", pa.string()), threshold=(self.share, pa.float64())
        )
        return said.select(GOING.names).cast(GOING)


def _similarity(rows: pa.Table) -> pa.Array:
    counts = (pc.fill_null(rows[name], 0).to_numpy() for name in ("intersection", "union"))
    similarity = pa.array(rounded_similarity(*counts))
    return pc.if_else(pc.is_valid(rows["union"]), similarity, pa.scalar(None, pa.float64()))


def _detail(rows: pa.Table) -> pa.Array:
    """What the whole repository shares, in words."""
    said = [
        f"{shared:,} of {total:,} bytes of the repository are like files of the one kept"
        for shared, total in zip(
            rows["shared_bytes"].to_pylist(), rows["total_bytes"].to_pylist(), strict=True
        )
    ]
    return pa.array(said, pa.string())
