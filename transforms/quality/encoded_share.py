"""A file that is mostly something encoded."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class EncodedShare(Maximum):
    """Files of which most is encoded bytes.

    What: share of the bytes in runs of base64, hexadecimal, escapes or hexadecimal numbers.
    Why: a file that is a table of bytes is data whatever its name.
    Dropped: binaries as C arrays, lists of digests, test vectors.
    Kept: ciphers with their tables, which have as much code around them.
    Cost: none beyond the runs encoded_blob finds.
    Source: StarCoder 2 (arXiv:2402.19173): 0.5.
    """

    name = "encoded_share"
    score_name = "encoded_share"
    digits = 4
    default = 0.5
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of encoded bytes; null for an empty text."""
        runs = batch.encoded_runs
        offsets, _ = batch.buffers
        return batch.share(batch.sum_by_row(runs.lengths, runs.rows), np.diff(offsets))
