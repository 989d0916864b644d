"""The same runs of tokens over and over."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum
from codemill.transforms.quality.ngrams import repeated_ngrams

NUM_TOKENS = 10


class RepeatedPhrases(Maximum):
    """Files most of whose phrases repeat others of the file.

    What: share of the runs of ten tokens (words and single signs) that occurred before in the
        file; a token repeated at once counts once.
    Why: what lines hide the tokens show: tables in one line, records that differ in a number.
    Dropped: recorded traces and golden outputs, tables of zeros, generated cases.
    Kept: overloads and tests written by copying, whose shares stay below 0.7.
    Cost: tokens are cut and hashed once and sorted: about 60 MB/s a core.
    Source: OpenCoder's filters (arXiv:2411.04905) after Gopher (arXiv:2112.11446) have 0.6 for
        ten words. Here signs are tokens; read by eye on 11,755 files of 66 repositories, what is
        above 0.75 is recorded or generated, and hand-written tests reach 0.69. Their rules for the
        commonest two to four words catch nothing in code that this one or `digits` does not.
    """

    name = "repeated_phrases"
    score_name = "duplicate_10gram_share"
    digits = 4
    default = 0.75
    expects = 0.03

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of runs of ten tokens that repeat; null for texts of fewer tokens."""
        return batch.share(*repeated_ngrams(batch.text, NUM_TOKENS))
