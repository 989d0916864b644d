"""Exact duplicates: of the locations of one blob, one stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def losers(keys: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Row indices (int64) of the copies to drop, and of the copy kept in each one's stead.

    `keys` has the blob id as its first column; of equal ones the row that is smallest in the
    other columns, in their order, is kept. The result is in the order of all columns.
    """
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names])
    blob_id = keys.column(0).take(order).combine_chunks()
    codes = pc.dictionary_encode(blob_id).indices.to_numpy()
    first = np.ones(len(codes), dtype=bool)
    first[1:] = codes[1:] != codes[:-1]
    rows = order.to_numpy().astype(np.int64)
    kept = rows[np.maximum.accumulate(np.where(first, np.arange(len(codes)), 0))]
    return pa.array(rows[~first]), pa.array(kept[~first])
