"""The comment blocks at the head of a source file, whatever its language."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE = re.compile(
    r"\s*(?://|#|;|--|%|\*|!|(?:dnl|rem)\b|['\"] |\.\\\"|@c\b|\\ |c\s{2})", re.IGNORECASE
)
_PASCAL = re.compile(r"\s{0,40}\{(?!\s*[\"'}])[^{}]*\}")
"""A comment in braces counts at the very start alone: farther down braces are code."""
_OPENERS = (
    ("/*", "*/"), ("<!--", "-->"), ("(*", "*)"), ("{-", "-}"), ('"""', '"""'), ("'''", "'''"),
    ("=begin", "=end"), ("=pod", "=cut"), ("--[[", "]]"), ("#|", "|#"), ("%{", "%}"),
    ("<%--", "--%>"), ("/+", "+/"), ("<#", "#>"), ("r'''", "'''"), ('r"""', '"""'),
)  # fmt: skip


def comment_blocks(text: str) -> list[str]:
    """Runs of comment lines in `text`, in order; all of `text` where it has none (prose).

    Reads lines, not a grammar: enough to tell a notice from the code below it, in any language.
    """
    pascal = _PASCAL.match(text)
    blocks = [pascal.group()] if pascal else []
    blocks += ["\n".join(lines) for lines in _runs(text.split("\n")) if lines]
    return blocks or [text]


def _runs(lines: list[str]) -> Iterator[list[str]]:
    run: list[str] = []
    closer = ""
    for line in lines:
        stripped = line.strip()
        opened = closer or next((end for start, end in _OPENERS if stripped.startswith(start)), "")
        if opened:
            if not closer:  # a docstring below a notice is no part of it
                yield run
                run = []
            run.append(line)
            body = stripped if closer else stripped[2:]
            closer = "" if opened in body else opened
        elif _LINE.match(line):
            run.append(line)
        elif stripped or (len(run) and not run[-1].strip()):
            yield run
            run = []
        elif run:
            run.append(line)
    yield run
