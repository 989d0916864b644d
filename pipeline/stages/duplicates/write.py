"""Writes which rows of each part go, and their ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile, PartFiles
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages.duplicates.choose import CHOSEN
from codemill.pipeline.stages.duplicates.members import Member
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.transforms.columns import equal_runs, with_constants
from codemill.transforms.dedup.verify import rounded_similarity
from codemill.transforms.schema import LEDGER, LOCATION, arrow_schema

REMOVALS_DIR = "work/duplicates/removals"
LEDGER_DIR = "ledger/duplicates"

REMOVALS = pa.schema([("row", pa.int32())])
"""A part's rows that go, ascending; read by every later stage beside the part's content."""

GOING = pa.schema(
    [
        ("row", pa.int32()),
        *(CHOSEN.field(name) for name in CHOSEN.names[2:]),
        ("same_text", pa.bool_()),
    ]
)
"""A row of a part that goes."""


@dataclass(frozen=True)
class Found:
    """What the steps before found; None where there is nothing."""

    copies: Grouping | None = None
    chosen: Grouping | None = None


def write_removals(build: Build, members: list[Member], found: Found) -> None:
    """The removals of every part of this build."""
    by_name = {m.name: m for m in members if not m.earlier}

    def graph(missing: list[str]) -> Graph:
        wanted = [by_name[name] for name in missing]
        run = WriteRemovals(build.root, members, found, build.config.duplicates.threshold)
        return lambda pipeline: (
            pipeline
            | "deal parts" >> Deal(wanted, [m.size_bytes for m in wanted], build.settings)
            | "write" >> beam.ParDo(run)
        )

    loads = {name: Load(1) for name in by_name}
    build.run_parts("write removals", REMOVALS_DIR, loads, graph)


class WriteRemovals(CheckedDoFn):
    """Writes the removals and the ledger of one part."""

    def __init__(self, root: str, members: list[Member], found: Found, threshold: float) -> None:
        super().__init__()
        self._root = root
        self._members = members
        self._found = found
        self._threshold = threshold

    def process(self, member: Member) -> Iterator[None]:
        """Both files, the removals last."""
        going = pa.concat_tables([GOING.empty_table(), *self._going(member)]).sort_by("row")
        with PartFiles(
            ledger=PartFile(
                self._root, f"{LEDGER_DIR}/{member.name}.parquet", arrow_schema(LEDGER)
            ),
            removals=PartFile(self._root, removals_path(member.name), REMOVALS),
        ) as out:
            out["ledger"].write_table(self._ledger(member, going))
            out["removals"].write_table(going)
            out.commit()
        return iter(())

    def _going(self, member: Member) -> Iterator[pa.Table]:
        if self._found.chosen is not None:
            yield _near(self._found.chosen.rows_of(self._root, member.number))
        if self._found.copies is not None:
            copies = self._found.copies.rows_of(self._root, member.number)
            part = copies["with_part"].to_numpy()
            for start, end in equal_runs(part[np.argsort(part, kind="stable")]):
                mine = np.argsort(part, kind="stable")[start:end]
                yield self._copies_of(int(part[mine[0]]), copies.take(pa.array(mine)))

    def _copies_of(self, number: int, copies: pa.Table) -> pa.Table:
        """Copies of files of one part: where such a file goes, for what it goes for."""
        rows = copies["with_row"].to_numpy()
        gone = self._gone(number)
        place = np.searchsorted(gone["row"].to_numpy(), rows)
        inside = np.minimum(place, max(gone.num_rows - 1, 0))
        follows = np.zeros(len(rows), dtype=np.bool_)
        if gone.num_rows:
            follows = gone["row"].to_numpy()[inside] == rows
        stays = np.flatnonzero(~follows)
        followed = gone.take(pa.array(inside[follows]))
        followed = followed.set_column(0, "row", copies["row"].filter(pa.array(follows)))
        return pa.concat_tables([followed, self._kept(number, copies.take(pa.array(stays)))])

    def _gone(self, number: int) -> pa.Table:
        if self._found.chosen is None:
            return GOING.empty_table()
        return _near(self._found.chosen.rows_of(self._root, number))

    def _kept(self, number: int, copies: pa.Table) -> pa.Table:
        member = self._members[number]
        columns = ["file_id", "repository", "path"]
        rows, place = np.unique(copies["with_row"].to_numpy(), return_inverse=True)
        kept = parts.read_some_rows(member.root, member.rows_path, rows, columns=columns)
        kept = kept.take(pa.array(place)).rename_columns([f"kept_{name}" for name in columns])
        kept = with_constants(kept, intersection=(1, pa.int64()), union=(1, pa.int64()))
        for name in ("row", "same_text"):
            kept = kept.append_column(name, copies[name])
        return kept.select(GOING.names)

    def _ledger(self, member: Member, going: pa.Table) -> pa.Table:
        columns = [column.name for column in LOCATION]
        rows = parts.read_some_rows(
            member.root, member.rows_path, going["row"].to_numpy(), columns=columns
        )
        for name in ("kept_file_id", "kept_repository", "kept_path"):
            rows = rows.append_column(name, going[name])
        similarity = rounded_similarity(going["intersection"].to_numpy(), going["union"].to_numpy())
        for name in ("similarity", "value"):
            rows = rows.append_column(name, pa.array(similarity))
        same = pc.equal(going["same_text"], True)
        rows = rows.append_column("rule", pc.if_else(same, "same_text", "near_duplicate"))
        return with_constants(
            rows,
            stage=("duplicates", pa.string()),
            threshold=(self._threshold, pa.float64()),
            detail=(None, pa.string()),
        )


def _near(chosen: pa.Table) -> pa.Table:
    """Removals of near-duplicates as rows that go."""
    return with_constants(chosen, same_text=(False, pa.bool_())).select(GOING.names)


def removals_path(part: str) -> str:
    """The rows of a part's content that near-duplicates take away."""
    return f"{REMOVALS_DIR}/{part}.parquet"


def removed_rows(root: str, part: str) -> pa.Array:
    """The rows of a part's content that are near-duplicates."""
    removed = parts.read_table(root, removals_path(part), columns=["row"])["row"]
    return pa.concat_arrays([pa.array([], pa.int32()), *removed.chunks])
