"""Decisions: which rule drops a row, with what it measured.

A row is dropped by the first rule that matches; later rules never overwrite it.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.schema import DECISION


class Decisions:
    """The decision columns of a batch in the making; `stage` signs every drop."""

    def __init__(self, stage: str, num_rows: int) -> None:
        self._stage = stage
        self._columns = {c.name: pa.nulls(num_rows, c.type) for c in DECISION}

    @classmethod
    def of(cls, stage: str, batch: pa.RecordBatch) -> Decisions:
        """The decisions that `batch` holds already, to be added to by `stage`."""
        decisions = cls(stage, batch.num_rows)
        decisions._columns = {c.name: batch.column(c.name) for c in DECISION}
        return decisions

    @property
    def kept(self) -> pa.BooleanArray:
        """Rows that no rule has dropped, without nulls."""
        return pc.is_null(self._columns["rule"])

    def drop(
        self,
        mask: pa.BooleanArray,
        rule: str | pa.Array,
        *,
        value: pa.Array | None = None,
        threshold: float | pa.Array | None = None,
        detail: str | pa.Array | None = None,
    ) -> None:
        """Drop the rows of `mask` that are still kept; a null in `mask` keeps."""
        mask = pc.and_(pc.fill_null(mask, False), self.kept)
        given = {
            "stage": self._stage,
            "rule": rule,
            "value": value,
            "threshold": threshold,
            "detail": detail,
        }
        for name, new in given.items():
            if new is not None:
                self._columns[name] = self._where(mask, new, self._columns[name])

    @staticmethod
    def _where(mask: pa.BooleanArray, new: object, old: pa.Array) -> pa.Array:
        if isinstance(new, pa.Array | pa.ChunkedArray):
            return pc.if_else(mask, new.cast(old.type), old)
        return pc.if_else(mask, pa.scalar(new, old.type), old)

    def columns(self) -> dict[str, pa.Array]:
        """The decision columns by name."""
        return dict(self._columns)
