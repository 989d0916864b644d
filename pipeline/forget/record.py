"""What stays of a forgetting: which entries it was for, so that no build undoes it unasked.

`forgotten.json` holds no name. An entry is a hash keyed with a salt of the corpus's own, which
whoever has the entry can make again: a build must be given a list with all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemill.pipeline import opt_out as lists
from codemill.pipeline import storage
from codemill.pipeline.errors import UserError
from codemill.transforms.opt_out import OptOut

RECORD = "forgotten.json"
PENDING = "forgetting.parquet"
"""The plan of a forgetting that is not complete yet."""


@dataclass(frozen=True)
class Record:
    """The content of `forgotten.json`."""

    salt: str
    """32 hex digits."""
    entries: frozenset[str]
    """Hashed entries, 32 hex digits each."""


def read_record(root: str) -> Record | None:
    """What was forgotten from the corpus in `root`; None where nothing was."""
    stored = storage.read_json(storage.join(root, RECORD))
    return None if stored is None else Record(stored["salt"], frozenset(stored["entries"]))


def write_record(root: str, record: Record) -> None:
    """Write `forgotten.json`."""
    stored = {"salt": record.salt, "entries": sorted(record.entries)}
    storage.write_json(storage.join(root, RECORD), stored)


def require_list(root: str, opt_out: OptOut) -> Record | None:
    """Raise `UserError` where a build into `root` would bring back what was forgotten there."""
    if storage.exists(storage.join(root, PENDING)):
        raise UserError(
            f"codemill forget was interrupted in {root}: give its command again first, or build "
            "into another --out"
        )
    record = read_record(root)
    if record is None:
        return None
    missing = len(record.entries - lists.hashed(opt_out.entries, record.salt))
    if missing:
        raise UserError(
            f"codemill forget took out of {root} what {len(record.entries)} entries of an opt-out "
            f"list name, and a build would bring it back: give --opt-out a list with those "
            f"entries ({missing} are not in the one given), or build into another --out"
        )
    return record
