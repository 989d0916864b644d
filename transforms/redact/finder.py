"""Finds secrets and addresses in a column of texts: where they are, not what becomes of them."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import hyperscan
import pyarrow as pa
import re2

from codemill.transforms.decode import column_buffers
from codemill.transforms.redact.judgement import Candidate, Judge
from codemill.transforms.redact.patterns import Pattern, Patterns

ADDRESSES = ("email", "ip_address")

GIVEN_TO = {"password": "REDACTED_PASSWORD_{tag}", "key": "REDACTED_KEY_{tag}"}
"""Replacements by kind, of values that are told by the name that they are given to."""


@dataclass(frozen=True)
class Finding:
    """A secret or an address in one row."""

    extent: tuple[int, int]
    """Byte offsets, into the row's UTF-8, of all that spoke for it (a name, quotes, a URL)."""

    value: tuple[int, int]
    """Byte offsets of what is to be replaced."""

    pattern: Pattern
    """What found it."""

    kind: str
    """What it is, one of `KINDS`: the pattern's, or what the name says that it is given to."""

    @property
    def replacement(self) -> str:
        """A template for `placeholders.placeholder`."""
        return self.pattern.replacement if self.kind == self.pattern.kind else GIVEN_TO[self.kind]


class Finder:
    """Says which spans of texts are secrets or addresses.

    Hyperscan says in one pass over a row where anchors of patterns end; RE2 finds the exact spans
    around them, and a `Judge` says which are meant. All take time linear in the text: windows that
    overlap are searched once.
    """

    def __init__(self, patterns: Patterns) -> None:
        self._patterns = patterns.patterns
        self._judge = Judge(patterns)
        self._regexes = [re2.compile(pattern.regex.encode()) for pattern in self._patterns]
        groups = [_group_numbers(pattern.regex) for pattern in self._patterns]
        self._groups = [group.get("value", 1) for group in groups]
        self._names = [group.get("name") for group in groups]
        anchors = tuple((p.anchor or p.regex).encode() for p in self._patterns)
        self._database = hyperscan.loadb(_compiled(anchors), hyperscan.HS_MODE_BLOCK)
        self._database.scratch = hyperscan.Scratch(self._database)

    def __call__(self, text: pa.LargeStringArray) -> Iterator[tuple[int, bytes, list[Finding]]]:
        """(row, its bytes, findings by start that do not overlap), rows without any left out."""
        offsets, values = column_buffers(text)
        data: Any = memoryview(values.data)
        for row, (start, end) in enumerate(pairwise(offsets.tolist())):
            anchors = self._anchors(data[start:end]) if start < end else {}
            if anchors:
                content = data[start:end].tobytes()
                findings = [f for i in sorted(anchors) for f in self._find(i, content, anchors[i])]
                if findings:
                    yield row, content, _undisputed(findings)

    def _anchors(self, content: Any) -> Mapping[int, list[int]]:
        """Where the anchors of each pattern end in `content`, a buffer; in order."""
        ends: defaultdict[int, list[int]] = defaultdict(list)

        def on_match(pattern: int, _start: int, end: int, *_: object) -> None:
            ends[pattern].append(end)

        self._database.scan(content, on_match)
        return ends

    def _find(self, index: int, content: bytes, ends: list[int]) -> Iterator[Finding]:
        pattern, group, name = self._patterns[index], self._groups[index], self._names[index]
        for start, end in _windows(ends, pattern.reach, len(content)):
            for found in _matches(self._regexes[index], group, content, start, end):
                value, extent = found.span(group), found.span()
                named = found.group(name) if name else None
                kind = self._judge.kind(Candidate(pattern, content, value, named, extent))
                if kind is not None:
                    yield Finding(extent, value, pattern, kind)


@cache
def _compiled(expressions: tuple[bytes, ...]) -> bytes:
    """The database of `expressions` by their places, as bytes: a second to make, nothing to load.

    A finder loads one of its own, for its scratch is written to as it scans.
    """
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(expressions), ids=list(range(len(expressions))), flags=0)
    serialised: bytes = hyperscan.dumpb(database)
    return serialised


def _matches(regex: Any, group: int, content: bytes, start: int, end: int) -> Iterator[Any]:
    """Matches in content[start:end]; what stands after a value may stand before the next."""
    while (found := regex.search(content, start, end)) is not None:
        yield found
        start = max(found.end(group), start + 1)


def _group_numbers(regex: str) -> Mapping[str, int]:
    """Numbers of the named groups (of a regex of bytes, re2 names them by numbers alone)."""
    return dict(re2.compile(regex).groupindex)


def _windows(ends: Iterable[int], reach: int, size: int) -> Iterator[tuple[int, int]]:
    """The bytes within `reach` of `ends` (in order), those that touch made one."""
    start = stop = -1
    for end in ends:
        if end - reach > stop:
            if stop >= 0:
                yield start, stop
            start = max(end - reach, 0)
        stop = min(end + reach, size)
    if stop >= 0:
        yield start, stop


def _precedence(finding: Finding) -> tuple[bool, bool, int, int]:
    pattern, (start, end) = finding.pattern, finding.value
    return pattern.generic, pattern.kind in ADDRESSES, start, -end


def _undisputed(findings: list[Finding]) -> list[Finding]:
    """Those whose values do not overlap, by start.

    A pattern that is not generic goes first, an address last; then the leftmost, of those the
    longest, then the earlier pattern.
    """
    taken: list[tuple[int, int]] = []
    kept = []
    for f in sorted(findings, key=_precedence):
        at = bisect(taken, f.value)
        before = taken[at - 1][1] if at else 0
        after = taken[at][0] if at < len(taken) else f.value[1]
        if before <= f.value[0] and f.value[1] <= after:
            taken.insert(at, f.value)
            kept.append(f)
    return sorted(kept, key=lambda f: f.value)
