"""Which locations are admitted: everything that their place decides, before any copy is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.decision import Decisions
from codemill.transforms.licences.merge import are_open, refusal
from codemill.transforms.licences.policy import Policy
from codemill.transforms.opt_out import OptOut


@dataclass(frozen=True)
class Admission:
    """Decides on location, size and the licence of folder and repository."""

    policy: Policy
    drop: tuple[str, ...]
    """Columns of PATH_KIND whose files are left out, in the order they are asked."""
    max_file_bytes: int
    opt_out: OptOut = field(default_factory=OptOut)
    """Whose files are left out, whatever they are."""

    def __call__(self, rows: pa.Table, *, opt_out: bool) -> dict[str, pa.Array]:
        """The decision columns of `rows`, which have CATALOG's other columns.

        Their `rule` is what the source says of an entry that is no readable file, as `symlink`;
        null for the others.
        """
        decisions = Decisions("catalog", rows.num_rows)
        stated = rows["rule"].combine_chunks()
        unreadable = pc.and_(pc.is_valid(stated), pc.not_equal(stated, "too_large"))
        decisions.drop(unreadable, stated)
        named = self.opted_out(rows, whole=opt_out)
        decisions.drop(pc.is_valid(named), "opted_out", detail=named)
        for kind in self.drop:
            decisions.drop(rows[kind].combine_chunks(), kind)
        self._decide_size(decisions, rows["size_bytes"].combine_chunks())
        self._decide_licence(
            decisions, *(rows[c].combine_chunks() for c in ("licence", "licence_by"))
        )
        return decisions.columns()

    def opted_out(self, rows: pa.Table, *, whole: bool) -> pa.StringArray:
        """What opts each row out, as `list: owner`; null where nothing does.

        With `whole` the source's manifest opts out all of it.
        """
        if whole:
            return pa.array(["manifest"] * rows.num_rows, pa.string())
        if not self.opt_out.entries:
            return pa.nulls(rows.num_rows, pa.string())
        columns = (rows[name].combine_chunks() for name in ("repository", "path", "blob_id"))
        number = self.opt_out.match(*columns)
        kinds = pa.array([f"list: {entry.kind}" for entry in self.opt_out.entries], pa.string())
        return kinds.take(number)

    def _decide_size(self, decisions: Decisions, size: pa.Array) -> None:
        decisions.drop(pc.equal(size, 0), "empty", value=size, threshold=1.0)
        limit = self.max_file_bytes
        decisions.drop(pc.greater(size, limit), "too_large", value=size, threshold=float(limit))

    def _decide_licence(self, decisions: Decisions, licence: pa.Array, by: pa.Array) -> None:
        # A file without a licence so far, or with a choice of several, may state its own: that is
        # decided on its content.
        refused = pc.and_(pc.is_valid(licence), pc.invert(self.policy.admits(licence)))
        refused = pc.and_(refused, pc.invert(are_open(by)))
        decisions.drop(refused, "licence", detail=refusal(licence, by))
