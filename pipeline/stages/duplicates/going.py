"""What goes of a part, and what the ledger says of it: copies and near-duplicates, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts
from codemill.pipeline.stages.duplicates.members import Member
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.transforms.columns import rows_by_value, with_columns, with_constants
from codemill.transforms.dedup.verify import rounded_similarity
from codemill.transforms.schema import LEDGER, arrow_schema

SAID = ("rule", "value", "threshold", "similarity", "detail")
"""The columns of the ledger that say why."""
EARLIER = "the file kept is in an earlier build"
KEPT = ("kept_file_id", "kept_repository", "kept_path")

GOING = pa.schema(
    [
        ("row", pa.int32()),
        *(field for field in arrow_schema(LEDGER) if field.name in (*KEPT, *SAID)),
    ]
)
"""A row of a part that goes."""


@dataclass(frozen=True)
class FilesGoing:
    """Each file for another."""

    root: str
    members: list[Member]
    copies: Grouping | None
    chosen: Grouping | None
    threshold: float

    def of(self, member: Member) -> pa.Table:
        """The rows of a part that go, in the schema `GOING`."""
        copies = [] if self.copies is None else self._copies(self.copies, member)
        return pa.concat_tables([self._near(member.number), *copies])

    def _near(self, number: int) -> pa.Table:
        if self.chosen is None:
            return GOING.empty_table()
        chosen = self.chosen.rows_of(self.root, number)
        counts = chosen["intersection"].to_numpy(), chosen["union"].to_numpy()
        return self._said(chosen, "near_duplicate", pa.array(rounded_similarity(*counts)))

    def _said(self, rows: pa.Table, rule: str, similarity: pa.Array) -> pa.Table:
        said = with_columns(rows, {"similarity": similarity, "value": similarity})
        said = with_constants(
            said,
            rule=(rule, pa.string()),
            threshold=(self.threshold, pa.float64()),
        )
        detail = pc.if_else(rows["kept_earlier"], EARLIER, pa.scalar(None, pa.string()))
        said = with_columns(said, {"detail": detail})
        return said.select(GOING.names).cast(GOING)

    def _copies(self, copies: Grouping, member: Member) -> Iterator[pa.Table]:
        """The copies of a part, by the part of what stands for them."""
        pairs = copies.rows_of(self.root, member.number)
        for number, mine in rows_by_value(pairs["with_part"].to_numpy()):
            yield from self._copies_of(number, pairs.take(pa.array(mine)))

    def _copies_of(self, number: int, pairs: pa.Table) -> Iterator[pa.Table]:
        """Copies of files of one part: what such a file goes for, its copies go for too."""
        gone = self._near(number)
        place = pc.index_in(pairs["with_row"], gone["row"])
        followed = gone.take(place.drop_null())
        row = pairs["row"].filter(pc.is_valid(place))
        yield followed.set_column(0, "row", row)
        staying = pairs.filter(pc.is_null(place))
        for same_text, rule in ((True, "same_text"), (False, "near_duplicate")):
            mine = staying.filter(pc.equal(staying["same_text"], same_text))
            ones = pa.repeat(pa.scalar(1.0), mine.num_rows)
            yield self._said(self._located(number, mine), rule, ones)

    def _located(self, number: int, pairs: pa.Table) -> pa.Table:
        """`pairs` with the place of the files of part `number` that stay."""
        member = self.members[number]
        rows, place = np.unique(pairs["with_row"].to_numpy(), return_inverse=True)
        columns = [name.removeprefix("kept_") for name in KEPT]
        kept = parts.read_some_rows(member.root, member.rows_path, rows, columns=columns)
        kept = kept.take(pa.array(place)).rename_columns(list(KEPT))
        kept = with_constants(kept, kept_earlier=(member.earlier, pa.bool_()))
        return kept.add_column(0, "row", pairs["row"])
