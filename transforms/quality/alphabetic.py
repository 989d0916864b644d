"""Text made of numbers and signs."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class Alphabetic(Minimum):
    """Files with too few letters.

    What: share of the characters, white space around lines left out, that are letters.
    Why: what has digits but no words is data.
    Dropped: number tables, hex dumps, coordinates.
    Kept: numeric code, which names what it computes; code in any script.
    Cost: none beyond the shared character counts.
    Source: StarCoder 2 (arXiv:2402.19173): 0.25, of all characters (see alphanumeric).
    """

    name = "alphabetic"
    score_name = "alphabetic_share"
    digits = 4
    default = 0.25
    expects = 0.05

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of letters; null where all is blank."""
        return batch.share(batch.characters.letters, batch.written_characters)
