"""A file with something encoded inside."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class EncodedBlob(Maximum):
    """Files with a long run of encoded bytes.

    What: characters of the longest run of base64, bare hexadecimal or escapes; lines of base64
        count together.
    Why: an embedded image or archive is noise that no model can learn.
    Dropped: embedded fonts and images, certificates in bulk, escaped binaries.
    Kept: hashes, short keys, tables of numbers such as `0x1f, 0x2e` (see encoded_share).
    Cost: two table look-ups a byte, shared with encoded_share.
    Source: StarCoder 2 (arXiv:2402.19173): 1024.
    """

    name = "encoded_blob"
    score_name = "max_encoded_chars"
    digits = 0
    default = 1024.0
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Characters of the longest run; 0 where there is none."""
        runs = batch.encoded_runs
        longest = np.zeros(len(batch), np.int64)
        np.maximum.at(longest, runs.rows[runs.opaque], runs.lengths[runs.opaque])
        return batch.masked(longest.astype(np.float64))
