"""Data files with nothing in them."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum
from codemill.transforms.quality.measures import data_chars


class DataSmall(Minimum):
    """JSON, YAML and CSV files that are too small.

    What: characters of the text; null for languages that are not data.
    Why: a stub of a configuration teaches nothing.
    Dropped: `{}`, a single setting.
    Kept: small configurations.
    Cost: none beyond the shared character counts.
    Source: StarCoder (arXiv:2305.06161) has 50 to 5000 characters in its paper and 100 in its code;
        of 46 files of 50 to 100, read by eye, none was worth keeping.
    """

    name = "data_small"
    score_name = "data_chars"
    digits = 0
    default = 100.0
    expects = 0.1

    def score(self, batch: QualityBatch) -> pa.Array:
        """Characters of a data file; null for other files."""
        return data_chars(batch)
