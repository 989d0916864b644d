"""A study as one HTML page, in the report's dress: no script, nothing loaded from anywhere."""

from __future__ import annotations

from markupsafe import Markup

from codemill.pipeline.report import charts, words
from codemill.pipeline.report.figures import Limit, Scores
from codemill.pipeline.report.html import environment, resource
from codemill.pipeline.report.page import place
from codemill.pipeline.study.run import Study
from codemill.pipeline.study.samples import Row

LINES = 30
SHOWN = 25


def render_study(told: Study) -> str:
    """The page as text; whatever comes from a repository is escaped."""
    made = environment()
    made.filters.update(
        place=place,
        head=lambda text, lines: words.head(text, max_lines=lines),
        picture=lambda row: charts.histogram(_scores(told, row)),
    )
    template = made.from_string(resource(__package__, "page.html.jinja"))
    return template.render(
        title=told.subject["filter"] or told.subject["score"],
        css=Markup(resource("codemill.pipeline.report", "page.css")),
        subject=told.subject,
        edges=told.edges,
        rows=told.languages,
        thresholds=told.thresholds,
        samples=told.samples,
        LINES=LINES,
        SHOWN=SHOWN,
    )


def _scores(told: Study, row: Row) -> Scores:
    """A language's distribution as the report draws one."""
    limits = []
    if row["threshold"] is not None:
        limits = [Limit(told.subject["filter"] or "", row["threshold"], observed=True)]
    dropped = row["dropped_bins"]
    kept = [whole - gone for whole, gone in zip(row["bins"], dropped, strict=True)]
    return Scores(told.subject["score"], told.edges, kept, dropped, limits)
