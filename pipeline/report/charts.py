"""Inline SVG: coloured by the page's classes, so it follows light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from markupsafe import Markup

from codemill.pipeline.report.figures import Scores, Step
from codemill.pipeline.report.words import measure, percent, size, visible, whole

FUNNEL_WIDTH = 960
BAR_LEFT, BAR_WIDTH = 190, 420
STEP_HEIGHT, BAR_HEIGHT = 74, 34
NOTES_LEFT = BAR_LEFT + BAR_WIDTH + 24
SHOWN_RULES = 2
"""Rules named under a step; the table of reasons has all."""

HISTOGRAM_WIDTH, HISTOGRAM_HEIGHT = 300, 96

LOSS_LEFT, LOSS_WIDTH = 170, 360
LOSS_HEIGHT, LOSS_BAR = 24, 17
SHOWN_LANGUAGES, SHOWN_LOSSES = 24, 2
LANGUAGE_CHARS = 22


def funnel(steps: list[Step]) -> Markup:
    """Bars as wide as their share of the first step's files, joined by what falls away."""
    most = max((step.files for step in steps), default=0) or 1
    widths = [BAR_WIDTH * step.files / most for step in steps]
    height = STEP_HEIGHT * (len(steps) - 1) + BAR_HEIGHT + 8
    drawn = [
        _step(step, widths[index], widths[index - 1] if index else None, STEP_HEIGHT * index)
        for index, step in enumerate(steps)
    ]
    return Markup(
        '<svg class="funnel" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(FUNNEL_WIDTH, height, _told(steps), Markup("").join(drawn))


def _told(steps: list[Step]) -> str:
    return ", ".join(f"{step.label} {whole(step.files)}" for step in steps)


def _step(step: Step, width: float, before: float | None, top: int) -> Markup:
    middle = top + BAR_HEIGHT / 2
    pieces = [
        Markup('<rect class="bar" x="{}" y="{}" width="{:.1f}" height="{}" rx="3"/>').format(
            BAR_LEFT, top, max(width, 1.5), BAR_HEIGHT
        ),
        _text(0, middle - 2, step.label, "step"),
        _text(0, middle + 14, step.note, "note"),
        _text(NOTES_LEFT, middle + 5, _amount(step), "amount"),
    ]
    if before is not None:
        lost = _text(NOTES_LEFT, top - 15, _lost(step), "lost")
        pieces = [_fall(width, before, top), lost, *pieces]
    return Markup("").join(pieces)


def _fall(width: float, before: float, top: int) -> Markup:
    """What goes on, and beside it the wedge of what does not."""
    upper = top - STEP_HEIGHT + BAR_HEIGHT
    end, start = BAR_LEFT + width, BAR_LEFT + before
    flow = f"{BAR_LEFT},{upper} {end:.1f},{upper} {end:.1f},{top} {BAR_LEFT},{top}"
    wedge = f"{end:.1f},{upper} {start:.1f},{upper} {end:.1f},{top}"
    return Markup('<polygon class="flow" points="{}"/><polygon class="fall" points="{}"/>').format(
        flow, wedge
    )


def _amount(step: Step) -> str:
    known = "" if step.size_bytes is None else f"  ·  {size(step.size_bytes)}"
    return f"{whole(step.files)} files{known}"


def _lost(step: Step) -> str:
    total = sum(files for _, files in step.lost)
    if not total:
        return ""
    named = [rule.replace("_", " ") for rule, _ in step.lost[:SHOWN_RULES]]
    more = len(step.lost) - len(named)
    rest = f", {more} more" if more > 0 else ""
    return f"− {whole(total)}: {', '.join(named)}{rest}"


def _text(x: float, y: float, text: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:g}" y="{:g}">{}</text>').format(kind, x, y, text)


def losses(by_language: Mapping[str | None, Mapping[str | None, int]]) -> Markup:
    """A bar a language, of one length: what is kept, then what each rule takes, the most first."""
    ranked = sorted(by_language.items(), key=lambda x: (-sum(x[1].values()), x[0] or ""))
    shown = [(name or "none", rules) for name, rules in ranked[:SHOWN_LANGUAGES]]
    rows = [_losses_row(*row, LOSS_HEIGHT * index) for index, row in enumerate(shown)]
    height = LOSS_HEIGHT * len(shown)
    label = ", ".join(f"{name} {percent(_kept(rules))} kept" for name, rules in shown)
    svg = '<svg class="funnel" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    return Markup(svg).format(FUNNEL_WIDTH, height, visible(label), Markup("").join(rows))


def _kept(rules: Mapping[str | None, int]) -> float:
    return rules.get(None, 0) / sum(rules.values())


def _losses_row(language: str, rules: Mapping[str | None, int], top: int) -> Markup:
    total = sum(rules.values())
    named = [(rule, number) for rule, number in rules.items() if rule is not None]
    ranked = sorted(named, key=lambda item: (-item[1], item[0]))
    place = LOSS_LEFT + LOSS_WIDTH * _kept(rules)
    pieces = [_piece("bar", LOSS_LEFT, place - LOSS_LEFT, top, f"kept {whole(rules.get(None, 0))}")]
    for rule, number in ranked:
        width = LOSS_WIDTH * number / total
        pieces.append(_piece("loss", place, width, top, f"{rule} {whole(number)}"))
        place += width
    most = [f"{rule} {percent(n / total)}" for rule, n in ranked[:SHOWN_LOSSES] if n >= total / 200]
    middle = top + LOSS_BAR / 2 + 4
    return Markup("").join(
        [
            _text(0, middle, _short(visible(language)), "step"),
            *pieces,
            _text(LOSS_LEFT + LOSS_WIDTH + 14, middle, whole(total), "amount"),
            _text(LOSS_LEFT + LOSS_WIDTH + 84, middle, ", ".join(most), "lost"),
        ]
    )


def _short(name: str) -> str:
    """A name that fits before its bar."""
    return name if len(name) <= LANGUAGE_CHARS else f"{name[: LANGUAGE_CHARS - 1]}…"


def _piece(kind: str, left: float, width: float, top: int, told: str) -> Markup:
    """A rectangle that says what it is, with a hair of space to its right."""
    rect = '<rect class="{}" x="{:.2f}" y="{}" width="{:.2f}" height="{}"><title>{}</title></rect>'
    return Markup(rect).format(kind, left, top, max(width - 0.6, 0.2), LOSS_BAR, told)


def histogram(scores: Scores) -> Markup:
    """Files by score, those that the score's own rules drop in the colour of loss.

    Heights are square roots of the counts: a tail of one in ten thousand is still to be seen.
    """
    totals = [kept + dropped for kept, dropped in zip(scores.kept, scores.dropped, strict=True)]
    most = max(totals, default=0) or 1
    width = HISTOGRAM_WIDTH / len(totals)
    bars = [
        _stack(index * width, width, (kept + dropped) / most, dropped / (kept + dropped))
        for index, (kept, dropped) in enumerate(zip(scores.kept, scores.dropped, strict=True))
        if kept + dropped
    ]
    marks = [_mark(_position(scores.edges, limit.threshold)) for limit in scores.limits]
    return Markup(
        '<svg class="histogram" viewBox="0 -2 {} {}" preserveAspectRatio="none" role="img"'
        ' aria-label="{}">{}{}</svg>'
    ).format(
        HISTOGRAM_WIDTH,
        HISTOGRAM_HEIGHT + 2,
        f"{scores.name}, {whole(sum(totals))} files from {measure(scores.edges[0])} "
        f"to {measure(scores.edges[-1])}",
        Markup("").join(bars),
        Markup("").join(marks),
    )


def _stack(left: float, width: float, share: float, lost: float) -> Markup:
    height = HISTOGRAM_HEIGHT * share**0.5
    above = height * (1 - lost)
    bar = Markup('<rect class="{}" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"/>')
    pieces = [
        ("bar", HISTOGRAM_HEIGHT - above, above),
        ("loss", HISTOGRAM_HEIGHT - height, height - above),
    ]
    return Markup("").join(
        bar.format(kind, left + 0.5, top, max(width - 1, 0.5), tall)
        for kind, top, tall in pieces
        if tall > 0
    )


def _position(edges: list[float], value: float) -> float | None:
    """Where `value` stands on the axis whose bins are equally wide; null off its ends."""
    for index, (low, high) in enumerate(pairwise(edges)):
        if low <= value <= high:
            share = (value - low) / (high - low)
            return HISTOGRAM_WIDTH * (index + share) / (len(edges) - 1)
    return None


def _mark(x: float | None) -> Markup:
    if x is None:
        return Markup("")
    return Markup('<line class="limit" x1="{0:.2f}" x2="{0:.2f}" y1="-2" y2="{1}"/>').format(
        x, HISTOGRAM_HEIGHT
    )
