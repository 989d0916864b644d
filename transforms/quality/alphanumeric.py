"""Text made of signs."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class Alphanumeric(Minimum):
    """Files with too few letters and digits.

    What: share of the characters, white space around lines left out, that are letters or digits.
    Why: drawings, punctuation and padding are not code.
    Dropped: ASCII art, tables of rules, esoteric languages.
    Kept: code in any script: ideographs and accented letters count as letters.
    Cost: one table look-up and one sum a byte, shared.
    Source: StarCoder (arXiv:2305.06161): 0.25; RedPajama the same, of all characters. With
        indentation counted, 0.25 also drops small configurations for being deeply nested.
    """

    name = "alphanumeric"
    score_name = "alphanumeric_share"
    digits = 4
    default = 0.25
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of letters and digits; null where all is blank."""
        counts = batch.characters
        return batch.share(counts.letters + counts.digits, batch.written_characters)
