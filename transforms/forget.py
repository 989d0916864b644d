"""Taking files out of rows that are written: what each kind of output is left with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.columns import with_columns
from codemill.transforms.schema import PRETRAIN, arrow_schema
from codemill.transforms.tokens import IGNORED_LABEL

FileIds = npt.NDArray[np.int64]

TWIN_FORGOTTEN = "the file kept in its stead was forgotten"
"""Detail of a ledger row whose kept file is gone; it stays dropped."""

_TWIN = ("kept_file_id", "kept_repository", "kept_path")


def is_forgotten(file_id: pa.Array, forgotten: FileIds) -> pa.BooleanArray:
    """Which of the ids, int64, are among `forgotten`; false for null."""
    return pc.is_in(file_id, value_set=pa.array(forgotten))


def forget_files(rows: pa.RecordBatch, forgotten: FileIds) -> pa.RecordBatch:
    """The rows of other files; rows have a `file_id`."""
    return rows.filter(pc.invert(is_forgotten(rows.column("file_id"), forgotten)))


def forget_signatures(rows: pa.RecordBatch, forgotten: FileIds, first_row: int) -> pa.RecordBatch:
    """As `forget_files`, with `row` counted anew from `first_row`: it numbers the kept files."""
    left = forget_files(rows, forgotten)
    numbers = np.arange(first_row, first_row + left.num_rows, dtype=np.int32)
    return with_columns(left, {"row": pa.array(numbers)})


def forget_ledger(
    rows: pa.RecordBatch, own: pa.BooleanArray, twin: pa.BooleanArray
) -> pa.RecordBatch:
    """Rows without those of `own`; those of `twin` no longer name the file kept in their stead.

    Both masks are without nulls and as long as `rows`. The similarity stays: it names nobody.
    """
    for name in _TWIN:
        column = rows.column(name)
        rows = with_columns(rows, {name: pc.if_else(twin, pa.scalar(None, column.type), column)})
    said = pc.if_else(twin, TWIN_FORGOTTEN, pa.scalar(None, pa.string()))
    detail = pc.coalesce(
        pc.binary_join_element_wise(rows.column("detail"), said, "; "), said, rows.column("detail")
    )
    return with_columns(rows, {"detail": detail}).filter(pc.invert(own))


def forget_packed(rows: pa.RecordBatch, forgotten: FileIds, padding: int) -> pa.RecordBatch:
    """Rows of `schema.PRETRAIN` without the tokens of the files of `forgotten`.

    A row keeps its N tokens: its other segments move together in their order, and what is free
    becomes padding, one segment with what padding there was. A row with no file left is gone.
    `padding` is the token that fills. Rows that hold nothing of `forgotten` come out as they were.
    """
    if not rows.num_rows:
        return rows
    lengths = _values(rows, "seq_lengths")
    per_row = pc.list_value_length(rows.column("seq_lengths")).to_numpy()
    row_of_segment = np.repeat(np.arange(rows.num_rows), per_row)
    file_ids = _values(rows, "file_ids")
    keep = ~np.isin(file_ids, forgotten)
    keep[(np.cumsum(per_row) - 1)[rows.column("n_pad").to_numpy() > 0]] = False

    kept_tokens = np.bincount(row_of_segment, lengths * keep, rows.num_rows).astype(np.int64)
    stays = kept_tokens > 0
    room = _Room(kept_tokens[stays], len(_values(rows, "input_ids")) // rows.num_rows)
    kept = np.repeat(keep, lengths)
    tokens = {
        "input_ids": room.filled(_values(rows, "input_ids")[kept], np.int32(padding)),
        "labels": room.filled(_values(rows, "labels")[kept], np.int32(IGNORED_LABEL)),
        "position_ids": room.filled(_values(rows, "position_ids")[kept], room.padding_positions),
    }
    number = np.cumsum(stays) - 1
    segments = room.segments(number[row_of_segment[keep]], lengths[keep], file_ids[keep])
    n_pad = pa.array(room.n_pad.astype(np.int32))
    columns = {**tokens, **segments, "n_pad": n_pad}
    pretrain = arrow_schema(PRETRAIN)
    return pa.record_batch([columns[name] for name in pretrain.names], schema=pretrain)


class _Room:
    """Rows of N tokens of which the first `kept_tokens` are taken, the rest free."""

    def __init__(self, kept_tokens: npt.NDArray[np.int64], row_tokens: int) -> None:
        self._row_tokens = row_tokens
        self.n_pad = row_tokens - kept_tokens
        place = np.arange(row_tokens, dtype=np.int32)
        self._taken = place < kept_tokens[:, None]
        self.padding_positions = place - kept_tokens[:, None].astype(np.int32)

    def filled(self, values: npt.NDArray[np.int32], free: Any) -> pa.ListArray:
        """`values` in the places taken, row after row, and `free` in the others."""
        matrix = np.empty(self._taken.shape, dtype=np.int32)
        matrix[:] = free
        matrix[self._taken] = values
        offsets = np.arange(len(matrix) + 1, dtype=np.int32) * np.int32(self._row_tokens)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(matrix.reshape(-1)))

    def segments(
        self, row: npt.NDArray[np.int64], lengths: npt.NDArray[Any], file_ids: FileIds
    ) -> dict[str, pa.ListArray]:
        """`seq_lengths` and `file_ids`, each row's padding last where it has any."""
        padded = np.flatnonzero(self.n_pad)
        row = np.concatenate([row, padded])
        order = np.argsort(row, kind="stable")
        lengths = np.concatenate([lengths, self.n_pad[padded]])[order].astype(np.int32)
        file_ids = np.concatenate([file_ids, np.zeros(len(padded), np.int64)])[order]
        ends = np.cumsum(np.bincount(row, minlength=len(self.n_pad)))
        offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
        return {
            "seq_lengths": pa.ListArray.from_arrays(offsets, pa.array(lengths)),
            "file_ids": pa.ListArray.from_arrays(offsets, pa.array(file_ids)),
        }


def padding_of_others(rows: pa.RecordBatch, padding: int) -> int:
    """Tokens under padding that are not the token `padding`: a proof wants none."""
    if not rows.num_rows:
        return 0
    input_ids = _values(rows, "input_ids").reshape(rows.num_rows, -1)
    free = rows.column("n_pad").to_numpy()[:, None]
    is_padding = np.arange(input_ids.shape[1]) >= input_ids.shape[1] - free
    return int(np.count_nonzero(is_padding & (input_ids != padding)))


def _values(rows: pa.RecordBatch, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = rows.column(name).flatten().to_numpy(zero_copy_only=False)
    return values
