"""Exact duplicates: of the locations of one blob, one stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def losers(blob_id: pa.Array, rank: pa.Array, file_id: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Row indices (int64) of the copies to drop, and of the copy kept in each one's stead.

    Of equal blob ids the row with the smallest (rank, file id) is kept. The result is in the order
    of (blob id, rank, file id).
    """
    keys = pa.table({"blob_id": blob_id, "rank": rank, "file_id": file_id})
    order = pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names])
    codes = pc.dictionary_encode(blob_id.take(order)).indices.to_numpy()
    first = np.ones(len(codes), dtype=bool)
    first[1:] = codes[1:] != codes[:-1]
    rows = order.to_numpy().astype(np.int64)
    kept = rows[np.maximum.accumulate(np.where(first, np.arange(len(codes)), 0))]
    return pa.array(rows[~first]), pa.array(kept[~first])
