"""Documentation comments to plain words: delimiters, markers and markup gone, parameters listed."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import re2

_BLOCKS = (
    ("/**", "*/"),
    ("/*!", "*/"),
    ("/*", "*/"),
    ('"""', '"""'),
    ("'''", "'''"),
    ("{-|", "-}"),
    ("{-", "-}"),
    ("(**", "*)"),
    ("(*", "*)"),
    ("--[[", "]]"),
    ("#|", "|#"),
    ("=begin", "=end"),
    ('"', '"'),
    ("'", "'"),
)
"""Delimiters of comments and strings over several lines, the longer before their prefixes."""

_LINE_MARKERS = "/#-%;"
"""What the comments to a line's end begin with, once or more often; `!`, `|`, `'` may follow."""

_STRING_PREFIX = re2.compile(r"^(?:@\w*doc\s+)?(?:~[sS]|[rRuUbBfF]{1,2})?([\"'])")
"""Prefixes of a string: Python's letters, Elixir's attribute and sigil."""

_MARKUP = (
    (re2.compile(r'<param\s+name="(\w+)"\s*>'), r"@param \1 "),
    (re2.compile(r"</?(?:param|summary|remarks|para|p|br|code|c|b|i|em|tt)\s*/?>"), ""),
    (re2.compile(r"\{@\w+\s+([^{}]*)\}"), r"\1"),
)
"""Markup of C#'s and Java's documentation, with what takes its place."""

_PARAM = re2.compile(r"^[@:\\](?:param|parameter|arg|argument)\b[\s:]*(.*)$")
_PARAM_SECTION = re2.compile(r"^#*\s*(?:Args|Arguments|Parameters|Params)\s*:?$")
_END_OF_SUMMARY = re2.compile(r"^(?:[@:\\]\w|>>>|```|\.\. |-{3,}|={3,}|#+ |[A-Z]\w*:$)")


@dataclass(frozen=True)
class Documentation:
    """What a documentation comment says."""

    summary: str
    """The first paragraph, one line; empty where the comment begins otherwise."""
    parameters: tuple[str, ...]
    """Each parameter's words, as `name: meaning` or however they were written."""


def parse_documentation(comment: str) -> Documentation:
    r"""The documentation in a comment or string as written in the source, delimiters included.

    Takes the comments of most languages, and parameters marked by `@param`, `:param` and
    `\param`, in sections as of Google and NumPy, or in C#'s XML. Return values and examples are
    left out.
    """
    summary: list[str] = []
    parameters: list[str] = []
    state, margin = "summary", 0
    for line in _content_lines(comment):
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        tag = _PARAM.search(words)
        if tag:
            parameters.append(tag.group(1))
            state, margin = "parameters", -1
        elif _PARAM_SECTION.search(words):
            state, margin = "section", 0
        elif state == "section":
            if words.strip("-="):
                parameters.append(words)
                state, margin = "parameters", indent
        elif not words or _END_OF_SUMMARY.search(words):
            state = "other" if summary or parameters or words else state
        elif state == "summary":
            summary.append(words)
        elif state == "parameters" and indent > margin:
            parameters[-1] += " " + words
        elif state == "parameters":
            parameters.append(words)
    return Documentation(" ".join(summary), tuple(p.strip() for p in parameters if p.strip()))


def _content_lines(comment: str) -> list[str]:
    text = _STRING_PREFIX.sub(r"\1", comment.strip())
    for opening, closing in _BLOCKS:
        long_enough = len(text) >= len(opening) + len(closing)
        if text.startswith(opening) and text.endswith(closing) and long_enough:
            inner = text[len(opening) : len(text) - len(closing)]
            lines = inner.splitlines()
            if "*" in opening:
                lines = [_without_star(line) for line in lines]
            break
    else:
        lines = [_without_marker(line) for line in text.splitlines()]
    content = inspect.cleandoc("\n".join(lines))
    for pattern, replacement in _MARKUP:
        content = pattern.sub(replacement, content)
    return content.strip().splitlines()


def _without_star(line: str) -> str:
    margin, star, rest = line.partition("*")
    return rest if star and not margin.strip() and rest[:1] in ("", " ", "\t") else line


def _without_marker(line: str) -> str:
    stripped = line.strip()
    if not stripped or stripped[0] not in _LINE_MARKERS:
        return stripped
    content = stripped.lstrip(stripped[0]).lstrip("!'")
    return content.removeprefix(" |").removeprefix("|")
