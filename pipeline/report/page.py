"""The HTML page: one file, no script, nothing loaded from anywhere."""

from __future__ import annotations

from markupsafe import Markup

from codemill.pipeline.report import charts, words
from codemill.pipeline.report.figures import Figures, Row
from codemill.pipeline.report.html import environment, resource
from codemill.pipeline.report.tallies import Amount, Tally
from codemill.pipeline.report.warnings import warnings
from codemill.transforms.identity import shown_id

SAMPLE_LINES = 30
MESSAGE_LINES = 40
SHOWN_KEYS = 24
"""Languages, licences and repositories shown one by one; the rest is one row."""
SHOWN_SCORES = 12

STAGES = ("catalog", "files", "duplicates", "text", "tokenizer", "pretrain", "instruct")
"""The order in which counts are shown."""


def render_page(figures: Figures, title: str) -> str:
    """The page as text; whatever comes from a repository is escaped."""
    made = environment()
    made.filters.update(
        short=words.short,
        head=_head,
        place=place,
        hex_id=shown_id,
    )
    made.globals.update(
        share=share,
        histogram=charts.histogram,
        SAMPLE_LINES=SAMPLE_LINES,
        MESSAGE_LINES=MESSAGE_LINES,
    )
    template = made.from_string(resource(__package__, "page.html.jinja"))
    return template.render(
        title=title,
        css=Markup(resource(__package__, "page.css")),
        figures=figures,
        warnings=warnings(figures),
        funnel=charts.funnel(figures.funnel),
        losses=charts.losses(figures.judged.losses),
        languages=languages(figures),
        licences=leading(figures.kept.licences),
        repositories=leading(figures.kept.repositories),
        scores=[s for s in figures.judged.scores if len(s.edges) > 2][:SHOWN_SCORES],
        values=figures.kept.values.by_language[:SHOWN_SCORES],
        whole_counts=whole_counts(figures),
    )


def _head(text: str, max_lines: int) -> str:
    return words.head(text, max_lines=max_lines)


def place(row: Row, prefix: str = "") -> str:
    """Repository and path of a row on one line."""
    repository, path = row[f"{prefix}repository"], row[f"{prefix}path"]
    return words.one_line(repository if path is None else f"{repository}/{path}")


def share(part: float, whole: float) -> float:
    """`part` of `whole`, 0 where there is nothing."""
    return part / whole if whole else 0.0


def leading(tally: Tally) -> list[tuple[str, Amount]]:
    """The largest keys with their amounts, then the rest as one."""
    named = [(key if key is not None else "none", amount) for key, amount in tally]
    rest = named[SHOWN_KEYS:]
    total = sum((amount for _, amount in rest), Amount())
    return named[:SHOWN_KEYS] + ([(f"{len(rest)} more", total)] if rest else [])


def languages(figures: Figures) -> list[Row]:
    """A row a language of the text: its amounts, what was judged, its bytes per token."""
    rows = []
    for name, amount in list(figures.kept.languages)[:SHOWN_KEYS]:
        tokens = figures.packed.tokens_by_language.get(name, 0)
        rows.append(
            {
                "name": name,
                "amount": amount,
                "judged": figures.judged.languages[name].files,
                "bytes_per_token": amount.size_bytes / tokens if tokens else None,
            }
        )
    return rows


def whole_counts(figures: Figures) -> list[tuple[str, list[tuple[str, int]]]]:
    """What each stage counted, as far as it is single numbers."""
    shown = []
    for stage in [*STAGES, *sorted(set(figures.counts) - set(STAGES))]:
        counts = figures.counts.get(stage, {})
        numbers = [(name, counts[name]) for name in sorted(counts) if type(counts[name]) is int]
        if numbers:
            shown.append((stage, numbers))
    return shown
