"""The same lines over and over."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class Repetition(Maximum):
    """Files most of whose lines repeat others of the file.

    What: share of the lines that are not blank which equal an earlier one, indentation aside.
    Why: repetition is data or boilerplate, and training on it makes models repeat.
    Dropped: dumps, fixtures, generated switch tables.
    Kept: code in which only brackets and `end` repeat (shares of 0.2 to 0.5).
    Cost: one trimmed copy and a hash of each line, and a sort of line numbers.
    Source: OpenCoder's filters (arXiv:2411.04905): 0.7.
    """

    name = "repetition"
    score_name = "duplicate_line_share"
    digits = 4
    default = 0.7
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of lines that repeat; null where all are blank."""
        written = batch.distinct_lines > 0
        rows = batch.lines.rows[written]
        num_written = np.bincount(rows, minlength=len(batch))
        keys = rows * (int(batch.distinct_lines.max(initial=0)) + 1) + batch.distinct_lines[written]
        distinct = np.unique(keys) // (int(batch.distinct_lines.max(initial=0)) + 1)
        num_distinct = np.bincount(distinct, minlength=len(batch))
        return batch.share(num_written - num_distinct, num_written)
