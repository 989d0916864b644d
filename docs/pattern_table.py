"""Prints the table of docs/redaction.md from the patterns: `python docs/pattern_table.py`."""

from __future__ import annotations

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.redact.finder import GIVEN_TO
from codemill.transforms.redact.patterns import Pattern

JUDGED = {
    "address": "public, and no version",
    "basic": "no dummy",
    "email": "somebody's",
    "jwk": "near `kty`",
    "literal": "by its name",
    "random": "random",
    "secret": "by its name",
    "url": "no dummy",
}


def _row(pattern: Pattern) -> str:
    shape = pattern.structure or pattern.proof
    asked = [f"`{shape}`"] if shape else []
    asked += [JUDGED[pattern.judge]] if pattern.judge in JUDGED else []
    kind, replacement = pattern.kind, pattern.replacement
    if "(?P<name>" in pattern.regex:
        kind, replacement = " or ".join(GIVEN_TO), " or ".join(GIVEN_TO.values())
    return f"| {pattern.name} | {kind} | `{replacement}` | {', '.join(asked)} |"


def table() -> str:
    """The table in Markdown."""
    head = ["| pattern | kind | replaced by | must be |", "|---|---|---|---|"]
    return "\n".join([*head, *map(_row, load_patterns().patterns), ""])


if __name__ == "__main__":
    print(table(), end="")
