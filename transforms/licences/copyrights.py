"""Copyright lines of files and licence texts, as licences ask for them to be kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

MAX_LINES = 10
"""Kept of a source file: a file with more lists contributors, who are in its text."""
MAX_LINES_OF_LICENCE = 200
"""Kept of a licence file, whose lines are left out of the text that is shown once for many."""
MAX_LINE_CHARS = 200
HEAD_BYTES = 6_144
"""Copyright lines stand in the notice at a file's head."""

_LITERALS = r"(?i)copyright|©|\(c\)\s*\d{4}|\bauthors?:|@author\b|written by"
_OPENING = r"^[^\w(©@&\[{]{0,40}(?:(?:dnl|rem|\w\))\s)?[^\w(©@&\[{]{0,8}"
_STATED = (
    r"(?:spdx-(?:file|snippet)copyrighttext\s{0,4}:\s*(?=\S)"
    r"|(?:portions\s|parts\s|some\s|all\s|original\s)?(?:code\s|work\s|files\s|also\s|is\s|are\s|of\s){0,4}"
    r"copyrights?\s{0,4}(?:\(c\)|©|&copy;|:|by\b|\d{4}|,\s{0,4}\d{4}|[-<\[{]\s{0,4}(?:\d{4}|year|yyyy))"
    r"|(?:©|&copy;)\s{0,4}\w|\(c\)\s{0,4}(?:copyright\b|by\b|\d{4}|[<\[{]\s{0,4}(?:year|yyyy)))"
)
_INLINE = (
    r"\bcopyright\s{0,4}(?:\(c\)|©)?\s{0,4}\d{4}|©\s{0,4}\d{4}|\(c\)\s{0,4}(?:copyright\b|\d{4})"
)
_LINE = re.compile(rf"{_OPENING}(?P<said>{_STATED})|(?P<inline>{_INLINE})", re.IGNORECASE)
_UNDATED = re.compile(rf"{_OPENING}(?P<said>(?:Copyright|COPYRIGHT)\s{{1,4}}(?P<owner>[A-Z]\w*))")
_NO_OWNER = (
    "holder holders notice notices owner owners law laws license licence licenses statement "
    "statements information and act interest infringement protection treaties claims or in"
)
"""Words after "Copyright" that are no name."""
_AUTHOR = re.compile(
    rf"{_OPENING}(?P<said>(?:authors?\s{{0,4}}:|@author\b|(?:originally\s)?written by\b)\s*\w)",
    re.I,
)
_MORE_YEARS = re.compile(r"^[^\w]{0,40}(?P<said>(?:19|20)\d\d\s{0,2}[-,–]?[\s\d,–-]{0,80}[A-Z]\w)")
_MAY_SAY = re.compile(r"copyright|©|&copy;|\(c\)|author|written by", re.IGNORECASE)
_TRAILING = re.compile(r"(?:\s|\*/|-->|\*+|#+|\"{3}|\\n)+$")
_TITLE = re.compile(
    r"\W{0,9}(?:[\w.-]+[^\w.]{1,3}){0,5}licen[cs]es?\b[^\w\n]{0,9}(?:\w{1,9}\W{0,9}){0,2}"
)
_WORD = re.compile(r"\w+")


def copyright_lines(text: str, limit: int = MAX_LINES) -> list[str]:
    """The first distinct copyright and author lines of `text`, at most 200 characters of each."""
    lines: dict[str, None] = {}
    for _, said in _said(text):
        lines.setdefault(said)
        if len(lines) == limit:
            break
    return list(lines)


def _said(text: str) -> Iterator[tuple[int, str]]:
    """(index of the line, what it says from the word "copyright" on) of every such line."""
    after_one = False
    for number, line in enumerate(text.split("\n")):
        head = line[: 2 * MAX_LINE_CHARS]
        may = after_one or _MAY_SAY.search(head) is not None
        start = _start(head, after_one=after_one) if may else None
        after_one = start is not None
        if start is not None:
            kept = _TRAILING.sub("", line[start : start + MAX_LINE_CHARS])
            yield number, " ".join(kept.split())


def _start(line: str, *, after_one: bool) -> int | None:
    """Where a copyright or author statement begins; `after_one` follows another directly."""
    found = _LINE.search(line)
    if found is not None:
        return found.start("said") if found["said"] else found.start("inline")
    undated = _UNDATED.search(line)
    if undated is not None and undated["owner"].lower() not in _NO_OWNER.split():
        return undated.start("said")
    other = _AUTHOR.search(line) or (_MORE_YEARS.search(line) if after_one else None)
    return other.start("said") if other else None


def without_copyright_lines(text: str) -> str:
    """`text` without the lines that `copyright_lines` finds, and without empty ones around it."""
    gone = {number for number, _ in _said(text)}
    lines = [line.rstrip() for n, line in enumerate(text.split("\n")) if n not in gone]
    return "\n".join(lines).strip("\n")


def text_id(text: str) -> str:
    """sha256, 64 hex, of the lower-case words of a licence text.

    Copyright lines, "all rights reserved" and a title before the text are left out, so copies that
    differ in layout and owners have one id.
    """
    lines = without_copyright_lines(text).lower().split("\n")
    while len(lines) > 1 and (not lines[0].strip() or _TITLE.fullmatch(lines[0])):
        del lines[0]
    words = " ".join(_WORD.findall("\n".join(lines)))
    return hashlib.sha256(words.replace("all rights reserved", "").encode()).hexdigest()


def copyrights(text: pa.Array) -> pa.ListArray:
    """list<string> per row of `text` (string or large_string): its copyright lines, never null."""
    heads = pc.binary_slice(pc.cast(text, pa.large_binary()), 0, HEAD_BYTES)
    hit = pc.fill_null(pc.match_substring_regex(heads, _LITERALS), fill_value=False)
    rows = pc.indices_nonzero(hit)
    column: list[list[str]] = [[] for _ in range(len(text))]
    for row, head in zip(rows.to_pylist(), heads.take(rows).to_pylist(), strict=True):
        column[row] = copyright_lines(head.decode("utf-8", "ignore"))
    return pa.array(column, pa.list_(pa.string()))
