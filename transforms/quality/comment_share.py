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
    Dropped: modules that were commented out whole.
    Kept: interfaces whose documentation is nine tenths of them: they are what documentation is
        learned from. What has a header and nothing below is dropped by little_code.
    Cost: none: the parse has measured it.
    Source: SantaCoder (arXiv:2301.03988) and OpenCoder have 0.8. Of 285 files of 66 repositories
        above it, 150 have 100 bytes of code or more and are documented interfaces and operators.
        SantaCoder's lower bound of 0.01 is not used: a fifth of good files are below it.
    """

    name = "comment_share"
    score_name = "comment_share"
    digits = 4
    default = 0.98
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """The share that the parse found; null where there was none."""
        known = pc.and_(batch.text.is_valid(), batch.comment_share.is_valid())
        return pc.if_else(known, batch.comment_share, pa.scalar(None, pa.float64()))
