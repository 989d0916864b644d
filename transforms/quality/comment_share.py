"""Text that is nearly all comment."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class CommentShare(Maximum):
    """Files that are nearly all comment.

    What: share of the bytes in comments.
    Why: such a file is prose or code that was commented out.
    Dropped: licence headers with nothing below, disabled modules.
    Kept: well-documented code, headers of libraries.
    Cost: none: the parse has measured it.
    Source: SantaCoder (arXiv:2301.03988) and OpenCoder: 0.8.
    """

    name = "comment_share"
    score_name = "comment_share"
    digits = 4
    default = 0.8
    expects = 0.05
    expects_least = 0.001

    def score(self, batch: QualityBatch) -> pa.Array:
        """The share that the parse found; null where there was none."""
        known = pc.and_(batch.text.is_valid(), batch.comment_share.is_valid())
        return pc.if_else(known, batch.comment_share, pa.scalar(None, pa.float64()))
