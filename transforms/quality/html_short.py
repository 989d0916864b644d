"""Pages that say nothing."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class HtmlShort(Minimum):
    """HTML files with hardly anything but tags.

    What: characters outside of tags and comments, those of scripts and styles too; null for
        languages other than HTML.
    Why: a page with a few words is a frame for something else.
    Dropped: redirects, frames, mounting points of scripts.
    Kept: short pages of documentation, pages that are a script.
    Cost: none beyond html_markup's.
    Source: StarCoder (arXiv:2305.06161): 0.2 and 100 characters, see html_markup.
    """

    name = "html_short"
    score_name = "page_text_chars"
    digits = 0
    default = 100.0
    expects = 0.05

    def score(self, batch: QualityBatch) -> pa.Array:
        """Characters that are no markup; null for other languages."""
        return batch.masked(batch.page_chars)
