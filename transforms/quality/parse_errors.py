"""Text that is not in its language."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class ParseErrors(Maximum):
    """Files that their language's grammar makes little of.

    What: share of the bytes under ERROR or MISSING nodes of the parse.
    Why: what does not parse is broken, mislabelled or a template.
    Dropped: merge leftovers, templates named as code, files of another language.
    Kept: code whose macros or newest syntax the grammar does not know: the error nodes stay small.
    Cost: none: the parse has measured it.
    Source: Own choice; a grammar's blind spots rule out a low threshold.
    """

    name = "parse_errors"
    score_name = "parse_error_share"
    digits = 4
    default = 0.5
    expects = 0.05
    expects_least = 0.0003

    def score(self, batch: QualityBatch) -> pa.Array:
        """The share that the parse found; null where there was none."""
        known = pc.and_(batch.text.is_valid(), batch.parse_error_share.is_valid())
        return pc.if_else(known, batch.parse_error_share, pa.scalar(None, pa.float64()))
