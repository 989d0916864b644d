"""Retention guards: what a language or a repository loses to near-duplicates, and when to stop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts
from codemill.pipeline.build import Build, Counts
from codemill.pipeline.errors import UserError
from codemill.pipeline.stages.duplicates.members import Member

LOSSES_DIR = "work/duplicates/losses"
LOSSES = pa.schema(
    [
        ("kind", pa.string()),
        ("name", pa.string()),
        ("files", pa.int64()),
        ("removed", pa.int64()),
    ]
)
"""Files of a language or a repository in one part, and how many of them go."""

KINDS = ("language", "repository")
FEWEST_FILES = 20
"""A share of fewer files than this is chance and no finding."""
MOST_NAMED = 10
"""Losers named of each kind; the others are counted."""


class Loss(NamedTuple):
    """What one language or repository loses."""

    name: str
    files: int
    removed: int


def losses_of(member: Member, removed: pa.Array) -> pa.Table:
    """The losses of one part, given the rows that go."""
    rows = parts.read_table(member.root, member.rows_path, columns=list(KINDS))
    numbers = pa.array(range(rows.num_rows), pa.int32())
    goes = pc.is_in(numbers, value_set=removed).cast(pa.int64())
    rows = rows.append_column("removed", goes)
    return pa.concat_tables(_counted(rows, kind) for kind in KINDS)


def _counted(rows: pa.Table, kind: str) -> pa.Table:
    counted = rows.group_by(kind).aggregate([([], "count_all"), ("removed", "sum")]).sort_by(kind)
    names = pa.repeat(pa.scalar(kind), counted.num_rows)
    columns = [names, counted[kind], counted["count_all"], counted["removed_sum"]]
    return pa.table(columns, schema=LOSSES)


def checked_losses(build: Build, members: list[Member]) -> Counts:
    """Who loses more than `warn_loss` of its files, by kind: how many, and those that lose most.

    Raises `UserError` where one loses more than `stop_loss`. A repository that goes as a whole,
    as one is asked to, is no loss.
    """
    config = build.config.duplicates
    own = [m for m in members if not m.earlier]
    kinds = {"language": _languages(build.root, own)}
    if not config.whole_repositories:
        kinds["repository"] = _repositories(build.root, own)
    told: Counts = {}
    for kind, losses in kinds.items():
        least = min(config.warn_loss, config.stop_loss)
        over = sorted(_over(losses, least), key=_heaviest)
        fatal = [loss for loss in over if loss.removed > config.stop_loss * loss.files]
        if fatal:
            raise UserError(_stopped(kind, fatal[0], config.stop_loss))
        told[kind] = {"over": len(over), "most": [list(loss) for loss in over[:MOST_NAMED]]}
    return told


def _heaviest(loss: Loss) -> tuple[float, int, str]:
    return (-loss.removed / loss.files, -loss.removed, loss.name)


def _over(losses: Iterator[Loss], share: float) -> Iterator[Loss]:
    for loss in losses:
        if loss.files >= FEWEST_FILES and loss.removed > share * loss.files:
            yield loss


def _stopped(kind: str, loss: Loss, share: float) -> str:
    return (
        f"near-duplicates would take {loss.removed:,} of the {loss.files:,} files of the {kind} "
        f"{loss.name}, more than duplicates.stop_loss = {share} allows: see "
        "ledger/duplicates, then raise it or duplicates.threshold"
    )


def _languages(root: str, members: list[Member]) -> Iterator[Loss]:
    yield from _summed(root, members, "language")


def _repositories(root: str, members: list[Member]) -> Iterator[Loss]:
    """A repository is listed once, so the parts of one listing hold all of it."""
    for _, listed in groupby(members, key=lambda m: m.name.rsplit("-", 1)[0]):
        yield from _summed(root, list(listed), "repository")


def _summed(root: str, members: list[Member], kind: str) -> Iterator[Loss]:
    sums: dict[str, tuple[int, int]] = {}
    for member in members:
        for row in _rows(root, member, kind):
            files, removed = sums.get(row["name"], (0, 0))
            sums[row["name"]] = files + row["files"], removed + row["removed"]
    return (Loss(name, *counts) for name, counts in sorted(sums.items()))


def _rows(root: str, member: Member, kind: str) -> list[dict[str, Any]]:
    table = parts.read_table(root, f"{LOSSES_DIR}/{member.name}.parquet")
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["kind"], kind)).to_pylist()
    return rows
