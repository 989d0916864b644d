"""Writes which rows of each part go, their ledger, and what languages and repositories lose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile, PartFiles
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn
from codemill.pipeline.stages.duplicates.going import GOING
from codemill.pipeline.stages.duplicates.guards import LOSSES, LOSSES_DIR, losses_of
from codemill.pipeline.stages.duplicates.members import Member
from codemill.pipeline.stages.duplicates.steps import run_each
from codemill.transforms.columns import with_constants
from codemill.transforms.schema import LEDGER, LOCATION, arrow_schema

REMOVALS_DIR = "work/duplicates/removals"
LEDGER_DIR = "ledger/duplicates"

REMOVALS = pa.schema([("row", pa.int32())])
"""A part's rows that go, ascending; read by every later stage beside the part's content."""


class Going(Protocol):
    """Tells what goes of a part."""

    def of(self, member: Member) -> pa.Table:
        """The rows that go, in the schema `GOING`, in any order."""


def write_removals(build: Build, members: list[Member], going: Going | None) -> None:
    """The removals of every part of this build; none where `going` is None."""
    items = {m.name: m for m in members if not m.earlier}
    loads = {name: Load(1) for name in items}
    work = WriteRemovals(build.root, going)
    run_each(build, "write removals", REMOVALS_DIR, items, loads, work)


class WriteRemovals(CheckedDoFn):
    """Writes removals, ledger and losses of one part."""

    def __init__(self, root: str, going: Going | None) -> None:
        super().__init__()
        self._root = root
        self._going = going

    def process(self, member: Member) -> Iterator[None]:
        """The removals last."""
        going = GOING.empty_table() if self._going is None else self._going.of(member)
        going = going.sort_by("row")
        ledger = f"{LEDGER_DIR}/{member.name}.parquet"
        with PartFiles(
            ledger=PartFile(self._root, ledger, arrow_schema(LEDGER)),
            losses=PartFile(self._root, f"{LOSSES_DIR}/{member.name}.parquet", LOSSES),
            removals=PartFile(self._root, removals_path(member.name), REMOVALS),
        ) as out:
            out["ledger"].write_table(_ledger(member, going))
            out["losses"].write_table(losses_of(member, going["row"].combine_chunks()))
            out["removals"].write_table(going)
            out.commit()
        return iter(())


def _ledger(member: Member, going: pa.Table) -> pa.Table:
    columns = [column.name for column in LOCATION]
    rows = going["row"].to_numpy()
    places = parts.read_some_rows(member.root, member.rows_path, rows, columns=columns)
    for name in GOING.names[1:]:
        places = places.append_column(name, going[name])
    return with_constants(places, stage=("duplicates", pa.string()))


def removals_path(part: str) -> str:
    """The rows of a part's content that near-duplicates take away."""
    return f"{REMOVALS_DIR}/{part}.parquet"


def removed_rows(root: str, part: str) -> pa.Array:
    """The rows of a part's content that are near-duplicates."""
    removed = parts.read_table(root, removals_path(part), columns=["row"])["row"]
    return pa.concat_arrays([pa.array([], pa.int32()), *removed.chunks])
