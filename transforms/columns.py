"""Setting columns of tables and batches by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pyarrow as pa

Rows = TypeVar("Rows", pa.Table, pa.RecordBatch)


def with_columns(rows: Rows, columns: Mapping[str, pa.Array]) -> Rows:
    """`rows` with each of `columns` put in the place of the one of its name, or at the end."""
    for name, values in columns.items():
        index = rows.schema.get_field_index(name)
        if index < 0:
            rows = rows.append_column(name, values)
        else:
            rows = rows.set_column(index, name, values)
    return rows


def constant(value: object, kind: pa.DataType, num_rows: int) -> pa.Array:
    """`num_rows` times `value`, which may be None."""
    return pa.repeat(pa.scalar(value, kind), num_rows)


def with_constants(rows: Rows, **columns: tuple[object, pa.DataType]) -> Rows:
    """`rows` with a column of one value for each (value, type) given."""
    values = {n: constant(v, kind, rows.num_rows) for n, (v, kind) in columns.items()}
    return with_columns(rows, values)


def with_rows(values: pa.Array, rows: np.ndarray, others: pa.Array) -> pa.Array:
    """`values` with each of `others` in the place of the row of `rows` that it belongs to."""
    chosen = np.arange(len(values))
    chosen[rows] = len(values) + np.arange(len(others))
    return pa.concat_arrays([values, others]).take(pa.array(chosen))


def struct_lists(
    values: Sequence[object], counts: Sequence[int] | np.ndarray, kind: pa.StructType
) -> pa.ListArray:
    """A list of structs a row, `counts` of them each, made of `values` that have its fields."""
    columns = [pa.array([getattr(v, field.name) for v in values], field.type) for field in kind]
    structs = pa.StructArray.from_arrays(columns, fields=list(kind))
    offsets = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)


def equal_runs(values: np.ndarray) -> Iterator[tuple[int, int]]:
    """(start, end) of every run of equal neighbours in `values`, which are not negative."""
    cuts = np.flatnonzero(np.diff(values, prepend=-1, append=-1))
    yield from pairwise(cuts.tolist())


def rows_by_value(values: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each value of `values`, which are not negative, ascending, with the rows that have it."""
    order = np.argsort(values, kind="stable")
    for start, end in equal_runs(values[order]):
        yield int(values[order[start]]), order[start:end]
