"""Finds secrets and addresses in a column of texts: where they are, not what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import hyperscan
import pyarrow as pa
import re2

from codemill.transforms.decode import column_buffers
from codemill.transforms.redact.patterns import Pattern, Patterns

EMAIL = "email"


@dataclass(frozen=True)
class Finding:
    """A secret or an address in one row."""

    extent: tuple[int, int]
    """Byte offsets, into the row's UTF-8, of all that spoke for it (a name, quotes, a URL)."""

    value: tuple[int, int]
    """Byte offsets of what is to be replaced."""

    pattern: Pattern
    """What found it: its `kind` and its `replacement`, a template."""


class _Compiled:
    """One pattern with its regexes compiled."""

    def __init__(self, pattern: Pattern, patterns: Patterns) -> None:
        keeps = pattern.keeps + (() if pattern.kind == EMAIL else patterns.placeholders)
        self.pattern = pattern
        self.regex = re2.compile(pattern.regex.encode())
        self.requires = re2.compile((pattern.requires or "").encode())
        self.keeps = [re2.compile(keep.encode()) for keep in keeps]
        self.top_level = patterns.top_level_domains if pattern.top_level else None

    def findings(self, text: bytes) -> Iterator[Finding]:
        """Its matches in `text` whose value is not one to keep, leftmost first."""
        for found in self.regex.finditer(text):
            if self._is_secret(found.group(1)):
                yield Finding(found.span(), found.span(1), self.pattern)

    def _is_secret(self, value: bytes) -> bool:
        if self.top_level is not None:
            ending = value.rpartition(b".")[2].decode("ascii").lower()
            if ending not in self.top_level:
                return False
        return bool(self.requires.search(value)) and not any(k.search(value) for k in self.keeps)


class Finder:
    """Says which spans of texts are secrets or addresses.

    Hyperscan says in one pass over a row which patterns are in it; RE2 then finds the exact spans
    in the few rows that have any. Both take time linear in the text.
    """

    def __init__(self, patterns: Patterns) -> None:
        self._compiled = [_Compiled(pattern, patterns) for pattern in patterns.patterns]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[p.regex.encode() for p in patterns.patterns],
            ids=list(range(len(patterns.patterns))),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )

    def __call__(self, text: pa.LargeStringArray) -> Iterator[tuple[int, bytes, list[Finding]]]:
        """(row, its bytes, findings by start that do not overlap), rows without any left out."""
        for row, content, found in self._candidates(text):
            matches = [m for i in found for m in self._compiled[i].findings(content)]
            if matches:
                yield row, content, list(_leftmost_longest(matches))

    def _candidates(self, text: pa.LargeStringArray) -> Iterator[tuple[int, bytes, list[int]]]:
        """(row, its bytes, indices of the patterns in them), rows without any left out."""
        offsets, values = column_buffers(text)
        data = memoryview(values.data)
        found: list[int] = []

        def on_match(pattern: int, *_: object) -> None:
            found.append(pattern)

        for row, (start, end) in enumerate(pairwise(offsets.tolist())):
            if start == end:
                continue
            content = data[start:end].tobytes()
            self._database.scan(content, on_match)
            if found:
                yield row, content, sorted(found)
                found.clear()


def _leftmost_longest(findings: list[Finding]) -> Iterator[Finding]:
    """Those that do not overlap: the leftmost, of those the longest, then the earlier pattern."""
    end = 0
    for finding in sorted(findings, key=lambda f: (f.extent[0], -f.extent[1])):
        if finding.extent[0] >= end:
            end = finding.extent[1]
            yield finding
