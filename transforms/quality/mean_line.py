"""Text whose lines are long on average."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum
from codemill.transforms.quality.measures import mean_line_chars


class MeanLine(Maximum):
    """Files whose lines are too long on average.

    What: characters of a line, averaged over all lines of the file, blank ones included.
    Why: long lines throughout are data, minified code or prose, though no single one is extreme.
    Dropped: word lists in columns, wrapped base64, wide tables.
    Kept: code with a few long literals.
    Cost: none beyond the shared line index.
    Source: StarCoder (arXiv:2305.06161): 100, as OpenCoder.
    """

    name = "mean_line"
    score_name = "mean_line_chars"
    digits = 1
    default = 100.0
    expects = 0.05

    def score(self, batch: QualityBatch) -> pa.Array:
        """Mean characters of a line; null for an empty text."""
        return mean_line_chars(batch)
