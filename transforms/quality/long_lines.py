"""Minified and generated text betrays itself by its longest line."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class LongLines(Maximum):
    """Files with a line longer than people write.

    What: characters of the longest line.
    Why: such lines are data or minified code, and a model learns to emit them.
    Dropped: minified scripts, data in one line, generated tables.
    Kept: prose and markup written a paragraph to a line, where the language switches this off.
    Cost: a pass over the bytes for line ends, shared; one maximum a row.
    Source: StarCoder (arXiv:2305.06161): 1000, as The Stack and OpenCoder.
    """

    name = "long_lines"
    score_name = "max_line_chars"
    digits = 0
    default = 1000.0
    expects = 0.05
    expects_least = 0.0001

    def score(self, batch: QualityBatch) -> pa.Array:
        """Characters of the longest line; 0 for an empty text."""
        longest = np.zeros(len(batch), np.int64)
        if len(batch.lines.rows):
            first = np.flatnonzero(np.diff(batch.lines.rows, prepend=-1))
            longest[batch.lines.rows[first]] = np.maximum.reduceat(batch.line_chars, first)
        return batch.masked(longest.astype(np.float64))
