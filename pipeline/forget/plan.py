"""What is to be forgotten, found once and kept until it is done.

The plan lies in the corpus's folder as `forgetting.parquet`: ids alone, no names. Its being there
says that a forgetting is not complete; a later one goes on from it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import opt_out as lists
from codemill.pipeline import parts, storage
from codemill.pipeline.errors import UserError
from codemill.pipeline.forget.record import PENDING
from codemill.pipeline.forget.rewrite import (
    FOLDERS,
    LEDGER_COLUMNS,
    Theirs,
    count_in,
    files_of,
    row_groups,
)
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Reporter
from codemill.transforms.forget import FileIds
from codemill.transforms.opt_out import Entry, OptOut

_PLAN = "codemill.plan"
_IDS = pa.schema([("file_id", pa.int64())])


@dataclass(frozen=True)
class Plan:
    """What a list takes out of a corpus."""

    file_ids: FileIds
    """Files that are theirs, sorted, each once."""
    rewrite: tuple[str, ...]
    """The files of the corpus that hold something of theirs, in the order to rewrite them."""
    before: int
    """Locations forgotten earlier."""
    counts: dict[str, int]
    """Rows, tokens and the like, as `count_in` names them, and `entries`, those that name any."""

    @property
    def locations(self) -> int:
        """Locations that go: each is a row of the ledger or a file of `text/`."""
        return self.counts.get("ledger_rows", 0) + self.counts.get("text_rows", 0)


def make_plan(
    root: str, opt_out: OptOut, before: int, reporter: Reporter
) -> tuple[Plan, list[Entry]]:
    """Look for what the list names; the plan, and the entries that name something."""
    file_ids, numbers = _find(root, opt_out)
    theirs = Theirs(file_ids, opt_out)
    counts: Counter[str] = Counter({"entries": len(numbers)})
    rewrite = []
    for folder in FOLDERS:
        for path in files_of(root, folder):
            held = count_in(root, path, theirs)
            counts += held
            if held:
                rewrite.append(path)
        reporter.say(f"  {folder:<12}looked through")
    plan = Plan(file_ids, tuple(rewrite), before, dict(counts))
    return plan, [opt_out.entries[n] for n in numbers]


def _find(root: str, opt_out: OptOut) -> tuple[FileIds, list[int]]:
    """Ids of the files that the list names, and the numbers of the entries that name any.

    Every location is a row of the ledger or was judged, so it is in `files/`.
    """
    ids, entries = [np.zeros(0, np.int64)], set[int]()
    for rows in _locations(root):
        columns = (rows.column(name) for name in ("repository", "path", "blob_id"))
        number = opt_out.match(*columns)
        named = pc.is_valid(number)
        ids.append(rows.column("file_id").filter(named).drop_null().to_numpy())
        entries.update(pc.unique(number.drop_null()).to_pylist())
    return np.unique(np.concatenate(ids)), sorted(entries)


def _locations(root: str) -> Iterator[pa.RecordBatch]:
    for folder in ("ledger", "files"):
        for path in files_of(root, folder):
            yield from row_groups(root, path, LEDGER_COLUMNS[:4])


def write_plan(root: str, plan: Plan, opt_out: OptOut) -> None:
    """Say that a forgetting has begun, and what it is."""
    file = PartFile(root, PENDING, _IDS)
    file.write_table(pa.table([pa.array(plan.file_ids)], schema=_IDS))
    stored = {
        "list": lists.digest(opt_out),
        "rewrite": plan.rewrite,
        "before": plan.before,
        "counts": plan.counts,
    }
    file.commit({_PLAN: json.dumps(stored, sort_keys=True)})


def pending_plan(root: str, opt_out: OptOut) -> Plan | None:
    """The plan of a forgetting that was interrupted, None where there is none.

    Raises `UserError` where it was for another list: what that names would be left behind.
    """
    if not storage.exists(storage.join(root, PENDING)):
        return None
    stored = json.loads(parts.read_footer(root, PENDING)[_PLAN])
    if stored["list"] != lists.digest(opt_out):
        raise UserError(
            f"an earlier codemill forget of another list was interrupted in {root}: give that "
            "list first, then this one"
        )
    file_ids = parts.read_table(root, PENDING)["file_id"].to_numpy()
    return Plan(file_ids, tuple(stored["rewrite"]), stored["before"], stored["counts"])
