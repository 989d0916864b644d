"""Pages that are all markup."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class HtmlMarkup(Minimum):
    """HTML files with little text for their markup.

    What: share of the characters that a browser would show; null for languages other than HTML.
    Why: a page without text is a layout, mostly written by a program.
    Dropped: generated indexes, widgets, saved pages.
    Kept: documentation and articles.
    Cost: three replacements by regular expression, HTML files only.
    Source: StarCoder (arXiv:2305.06161): 0.2 and 100 characters.
    """

    name = "html_markup"
    score_name = "visible_text_share"
    digits = 4
    default = 0.2
    expects = 0.05

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of visible characters; null for other languages and empty texts."""
        return batch.share(batch.visible_chars, batch.characters.characters)
