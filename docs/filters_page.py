"""Prints docs/filters.md from the filters: `python docs/filters_page.py > docs/filters.md`."""

from __future__ import annotations

import inspect
import re

from codemill.language_configs import load_languages
from codemill.transforms.quality import DEFAULT_RECIPE, Filter, discover
from codemill.transforms.quality.filter import Maximum

HEADINGS = ("What", "Why", "Dropped", "Kept", "Cost", "Source")

HEAD = """\
# Quality filters

Written by `python docs/filters_page.py > docs/filters.md` from the filters' docstrings and the
languages' YAML; a test keeps them equal. The filters stand in the order of the recipe: the first
that drops a file is the rule that its ledger row names. Every score is kept for every file, in the
struct `scores` of `files/`, whatever dropped it.

*Languages* says how many set a threshold of their own and for how many it is off;
`language_configs/` has each with its source. A run sets its own under `[files.thresholds]`, or
`[files] off`.

| filter | drops | default | languages | what is measured | why | source |
|---|---|---|---|---|---|---|
"""


def sections(each: Filter) -> dict[str, str]:
    """What a filter's docstring says, by heading, each on one line."""
    text = inspect.getdoc(type(each)) or ""
    parts = re.split(rf"(?m)^({'|'.join(HEADINGS)}): ", text)[1:]
    bodies = (" ".join(body.split()) for body in parts[1::2])
    return dict(zip(parts[::2], bodies, strict=True))


def page() -> str:
    """The page in Markdown."""
    known = discover()
    filters = [known[name] for name in DEFAULT_RECIPE]
    lines = [_row(each) for each in filters]
    examples = [_examples(each) for each in filters]
    return HEAD + "".join(lines) + "\n## What they drop and keep\n\n" + "\n".join(examples)


def _row(each: Filter) -> str:
    said = sections(each)
    sign = ">" if isinstance(each, Maximum) else "<"
    cells = (
        f"`{each.name}`",
        f"`{each.score_name}` {sign}",
        f"{each.default:g}",
        _languages(each.name),
        *(said[heading] for heading in ("What", "Why", "Source")),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _languages(name: str) -> str:
    limits = load_languages().thresholds(name).values()
    off = sum(limit is None for limit in limits)
    told = [f"{len(limits) - off} set"] * (len(limits) > off) + [f"{off} off"] * (off > 0)
    return ", ".join(told)


def _examples(each: Filter) -> str:
    said = sections(each)
    return (
        f"**{each.name}**. Dropped: {said['Dropped']} Kept: {said['Kept']} Cost: {said['Cost']}\n"
    )


if __name__ == "__main__":
    print(page(), end="")
