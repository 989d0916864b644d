"""The report of a build: an HTML page for people and a dataset card, from its Parquet alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codemill.pipeline.report.card import render_card
from codemill.pipeline.report.data import gather
from codemill.pipeline.report.page import render_page

__all__ = ["Report", "render_report"]


@dataclass(frozen=True)
class Report:
    """What a build is shown by."""

    html: str
    """A page that needs nothing beside itself: no script, no font, no picture from elsewhere."""
    card: str
    """Markdown with the front matter that Hugging Face reads."""


def render_report(
    root: str, counts: Mapping[str, Mapping[str, Any]], *, title: str, num_samples: int
) -> Report:
    """The page and the card of the build in `root`, the same bytes for the same build.

    `counts` is what each stage counted, by the stage's name; a stage that is absent is shown by
    its Parquet alone. `num_samples` kept and as many dropped files are shown. One row group is in
    memory at a time, and one entry per repository, language, licence and rule.
    """
    figures = gather(root, counts, num_samples)
    return Report(html=render_page(figures, title), card=render_card(figures, title))
