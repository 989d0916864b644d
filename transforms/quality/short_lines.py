"""Text of lines too short to say anything."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum
from codemill.transforms.quality.measures import mean_line_chars


class ShortLines(Minimum):
    """Files whose lines are too short on average.

    What: characters of a line, averaged over all lines of the file, blank ones included.
    Why: a number or a bracket to a line is a dump, not something written.
    Dropped: lists of numbers, one digit a line; text taken apart by a faulty tool.
    Kept: sparse code with many blank lines and closing brackets (means of 15 and more).
    Cost: none beyond the shared line index.
    Source: OpenCoder's filters (arXiv:2411.04905): 5.
    """

    name = "short_lines"
    score_name = "mean_line_chars"
    digits = 1
    default = 5.0
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Mean characters of a line; null for an empty text."""
        return mean_line_chars(batch)
