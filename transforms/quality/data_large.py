"""Data files that go on and on."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum
from codemill.transforms.quality.measures import data_chars


class DataLarge(Maximum):
    """JSON, YAML and CSV files that are too large.

    What: characters of the text; null for languages that are not data.
    Why: beyond a few thousand characters they are records, not configuration.
    Dropped: data sets, lock files, recorded responses.
    Kept: configurations, schemas, workflows.
    Cost: none beyond the shared character counts.
    Source: StarCoder (arXiv:2305.06161): 50 to 5000 characters; YAML, which people write, has more
        in its language file.
    """

    name = "data_large"
    score_name = "data_chars"
    digits = 0
    default = 5000.0
    expects = 0.10

    def score(self, batch: QualityBatch) -> pa.Array:
        """Characters of a data file; null for other files."""
        return data_chars(batch)
