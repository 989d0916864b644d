"""Writes the tables of docs/learning_value.md anew: `python docs/learning_value_page.py`."""

from __future__ import annotations

import re
from pathlib import Path

from codemill.transforms.learning_value import COMPONENTS
from codemill.transforms.learning_value.component import Component

PAGE = Path(__file__).with_name("learning_value.md")
KINDS = {"Merits": "merit", "Flaws": "flaw"}


def page() -> str:
    """The page with its tables as the formula is."""
    text = PAGE.read_text(encoding="utf-8")
    for title, kind in KINDS.items():
        table = "".join(f"{row}\n" for row in rows(kind))
        text = re.sub(
            rf"(## {title}\n\n)(?:\|.*\n)*", lambda found, t=table: found[1] + t, text, count=1
        )
    return text


def rows(kind: str) -> list[str]:
    """The table of the components of one kind."""
    head = ["| signal | weight | measured | points | why |", "|---|--:|---|---|---|"]
    return [*head, *(_row(each) for each in COMPONENTS if each.kind == kind)]


def _row(each: Component) -> str:
    points = ", ".join(f"{at:g}: {value:g}" for at, value in each.points)
    scale = " (log)" if each.log else ""
    return f"| `{each.name}` | {each.weight:g} | {each.measured} | {points}{scale} | {each.why} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
