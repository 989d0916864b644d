"""Text made of digits."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class Digits(Maximum):
    """Files with too many digits.

    What: share of the characters, white space included, that are ASCII digits.
    Why: they are data in the form of code.
    Dropped: lookup tables, test vectors, vector drawings.
    Kept: code with constants; SQL, assembly and hardware descriptions, which have more of them,
        set their own threshold.
    Cost: none beyond the shared character counts.
    Source: OpenCoder's filters (arXiv:2411.04905): 0.2.
    """

    name = "digits"
    score_name = "digit_share"
    digits = 4
    default = 0.2
    expects = 0.05

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of digits; null for an empty text."""
        return batch.share(batch.characters.digits, batch.characters.characters)
