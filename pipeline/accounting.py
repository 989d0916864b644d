"""Nothing vanishes: catalogued locations = files in shards + ledger rows + forgotten ones.

Where documents are sampled by learning value, those that are not taken are in `text/` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from codemill.pipeline import parts

NO_FILE = np.zeros(1, dtype=np.int64)
"""The id of padding, put among the others so that it counts for nothing."""


class AccountingError(Exception):
    """The sums of a build do not match: a bug, never the user's."""


def account(root: str, counts: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Count every file once more from what was written, and raise `AccountingError` on a gap.

    Locations are counted in `catalog`; files in shards by the distinct ids of each packed shard
    (a file is in one shard); what sampling did not take by the values in `text/`; dropped ones by
    the ledger's rows; forgotten ones are what `codemill forget` counted.
    """
    shards = sorted(parts.committed(root, "pretrain"))
    in_shards = sum(_distinct_files(root, f"pretrain/{name}.parquet") for name in shards)
    ledger = sorted(parts.committed(root, "ledger"))
    rows = sum(parts.num_rows(root, f"ledger/{name}.parquet") for name in ledger)
    sums = {
        "locations": counts["catalog"]["locations"],
        "in_shards": in_shards,
        "not_taken": counts["pretrain"].get("not_taken", 0),
        "in_ledger": rows,
        "forgotten": counts["catalog"].get("forgotten", 0),
    }
    in_text = in_shards + sums["not_taken"]
    gap = sums["locations"] - in_text - rows - sums["forgotten"]
    if gap or in_text != counts["text"]["files"]:
        raise AccountingError(
            f"the sums do not match: {sums}, text holds {counts['text']['files']} files. "
            "This is a bug in codemill; the output must not be used."
        )
    return sums


def _distinct_files(root: str, path: str) -> int:
    batches = parts.iterate_parts(root, [path], columns=["file_ids"])
    ids = np.sort(np.concatenate([NO_FILE, *(b.column(0).flatten().to_numpy() for b in batches)]))
    return int((np.diff(ids) != 0).sum())
