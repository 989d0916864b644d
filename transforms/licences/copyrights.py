"""Copyright lines at the head of a file, as licences ask for them to be kept."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

MAX_LINES = 10
MAX_LINE_CHARS = 200
HEAD_BYTES = 6_144
"""Copyright lines stand in the notice at a file's head."""

_LITERALS = r"(?i)copyright|©|\(c\)\s*\d{4}"
_LINE = re.compile(
    r"(?:\bcopyright\s{0,4}(?:\(c\)|©|:|by\b|\d{4})|©\s{0,4}\w|\(c\)\s{0,4}(?:copyright\b|\d{4}))",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:\s|\*/|-->|\*+|#+|\"{3})+$")


def copyright_lines(text: str) -> list[str]:
    """The first ten distinct copyright lines of `text`, at most 200 characters of each."""
    lines: dict[str, None] = {}
    for line in text.split("\n"):
        found = _LINE.search(line[: 2 * MAX_LINE_CHARS])
        if found is None:
            continue
        kept = _TRAILING.sub("", line[found.start() : found.start() + MAX_LINE_CHARS])
        lines.setdefault(" ".join(kept.split()))
        if len(lines) == MAX_LINES:
            break
    return list(lines)


def copyrights(text: pa.Array) -> pa.ListArray:
    """list<string> per row of `text` (string or large_string): its copyright lines, never null."""
    heads = pc.binary_slice(pc.cast(text, pa.large_binary()), 0, HEAD_BYTES)
    hit = pc.fill_null(pc.match_substring_regex(heads, _LITERALS), fill_value=False)
    rows = pc.indices_nonzero(hit)
    column: list[list[str]] = [[] for _ in range(len(text))]
    for row, head in zip(rows.to_pylist(), heads.take(rows).to_pylist(), strict=True):
        column[row] = copyright_lines(head.decode("utf-8", "ignore"))
    return pa.array(column, pa.list_(pa.string()))
