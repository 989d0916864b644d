"""A text as words: what copies of one licence have in common, however they are laid out.

Case, punctuation, line breaks, comment marks and markup go. Names of owners stay: the comparison
forgives what stands in their places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TEXT_CHARS = 400_000
"""Longer texts are cut, and the cut is reported: no known licence has a third of that."""

_WORD = re.compile(r"[^\W_]+\+?[^\W_]*")
"""Letters and digits; a plus counts inside and at the end, for `GPLv2+`."""

_ESCAPED = re.compile(r"\\[nrt](?![a-z]:)")
"""Line ends as strings of JSON or C spell them."""

_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Characters that are not seen: they may not divide a word."""

_MARKUP = frozenset([
    "a", "abbr", "alt", "blockquote", "br", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "href", "img", "li", "ol", "p", "para", "pre", "rel", "span", "src", "td", "th", "tr", "ul",
    "ulink", "amp", "apos", "gt", "lt", "nbsp", "quot", "ldquo", "lsquo", "mdash", "ndash", "raquo",
    "rdquo", "rsquo", "x3c", "x3e", "dnl", "rem", "echo", "printf", "head1", "head2", "head3",
])  # fmt: skip
"""Names of tags, attributes and entities, and words that mark a comment or print a line."""


@dataclass(frozen=True)
class Words:
    """The words of a text, in lower case, and the line (from 0) each stands on."""

    words: list[str]
    lines: list[int]


def legal_words(text: str) -> Words:
    """The words of `text` up to `MAX_TEXT_CHARS`, without markup."""
    words: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(_lowered(text).split("\n")):
        found = _words(line)
        words += found
        lines += [number] * len(found)
    return Words(words, lines)


def plain_words(text: str) -> list[str]:
    """The same words without their lines."""
    return _words(_lowered(text))


def _lowered(text: str) -> str:
    text = _HIDDEN.sub("", text) if _HIDDEN.search(text) else text
    return _ESCAPED.sub("\n", text[:MAX_TEXT_CHARS].lower())


def _words(low: str) -> list[str]:
    return [word for word in _WORD.findall(low) if word not in _MARKUP]
