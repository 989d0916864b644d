"""Pages that are all markup."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class HtmlMarkup(Minimum):
    """HTML files with little in their markup.

    What: share of the characters outside of tags and comments, in scripts and styles too; null for
        languages other than HTML.
    Why: a page of nothing but tags is a layout, mostly written by a program.
    Dropped: generated indexes, navigation, widgets.
    Kept: documentation and articles, pages with a program in them.
    Cost: two replacements by regular expression, HTML files only.
    Source: StarCoder (arXiv:2305.06161): 0.2 and 100 characters of text that a browser shows. Of 51
        pages of 105 repositories so dropped, 16 hold a program or a style sheet.
    """

    name = "html_markup"
    score_name = "page_text_share"
    digits = 4
    default = 0.2
    expects = 0.05

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of what is no markup; null for other languages and empty texts."""
        return batch.share(batch.page_chars, batch.characters.characters)
