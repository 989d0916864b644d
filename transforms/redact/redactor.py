"""Finds secrets and addresses in a column of texts and replaces them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import hyperscan
import numpy as np
import pyarrow as pa
import re2

from codemill.transforms.decode import column_buffers
from codemill.transforms.redact.patterns import Pattern, Patterns
from codemill.transforms.schema import REDACTION

TAG_HEX_DIGITS = 4
"""16 bits tell the few hundred values of a repository apart, and leave a thousand candidates of a
dictionary of 65 million for each tag: not enough to name the value."""

EMAIL = "email"


@dataclass(frozen=True)
class Redacted:
    """What a `Redactor` returns: arrays as long as the column it was given."""

    text: pa.LargeStringArray
    """The texts with placeholders; the very array that was given where nothing was found."""

    redactions: pa.ListArray
    """list<schema.REDACTION> by `start`; empty where nothing was replaced or the text is null."""


@dataclass(frozen=True)
class Edit:
    """A span to replace."""

    row: int
    start: int
    """Byte offset into the row's UTF-8."""
    end: int
    kind: str
    replacement: str


@dataclass(frozen=True)
class Match:
    """A pattern's match in one row."""

    extent: tuple[int, int]
    """Byte offsets of all that the regex matched."""

    value: tuple[int, int]
    """Byte offsets of what is to be replaced."""

    pattern: Pattern


class Finder:
    """One pattern with its regexes compiled."""

    def __init__(self, pattern: Pattern, patterns: Patterns) -> None:
        keeps = pattern.keeps + (() if pattern.kind == EMAIL else patterns.placeholders)
        self.pattern = pattern
        self.regex = re2.compile(pattern.regex.encode())
        self.requires = re2.compile((pattern.requires or "").encode())
        self.keeps = [re2.compile(keep.encode()) for keep in keeps]
        self.top_level = patterns.top_level_domains if pattern.top_level else None

    def matches(self, text: bytes) -> Iterator[Match]:
        """Its matches in `text` whose value is not one to keep, leftmost first."""
        for found in self.regex.finditer(text):
            if self._is_secret(found.group(1)):
                yield Match(found.span(), found.span(1), self.pattern)

    def _is_secret(self, value: bytes) -> bool:
        if self.top_level is not None:
            ending = value.rpartition(b".")[2].decode("ascii").lower()
            if ending not in self.top_level:
                return False
        return bool(self.requires.search(value)) and not any(k.search(value) for k in self.keeps)


class Redactor:
    """Replaces e-mail addresses, keys and passwords by typed placeholders.

    Hyperscan says in one pass over a row which patterns are in it; RE2 then finds the exact spans
    in the few rows that have any. Both take time linear in the text. Equal values get equal
    placeholders within a repository and unrelated ones across repositories. Not covered: secrets
    without a shape of their own (a password in a variable), addresses written as `name at host`,
    names of persons.
    """

    def __init__(self, patterns: Patterns) -> None:
        self._finders = [Finder(pattern, patterns) for pattern in patterns.patterns]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[p.regex.encode() for p in patterns.patterns],
            ids=list(range(len(patterns.patterns))),
            flags=hyperscan.HS_FLAG_SINGLEMATCH,
        )

    def __call__(self, text: pa.LargeStringArray, repository: pa.Array) -> Redacted:
        """Redact a column; `repository` (string, as long, without nulls) keys the placeholders."""
        offsets, data = column_buffers(text)
        edits = list(self._edits(offsets, data, repository))
        redactions = _redactions(edits, len(text))
        if not edits:
            return Redacted(text, redactions)
        return Redacted(_apply(edits, offsets, data, text), redactions)

    def _edits(self, offsets: np.ndarray, data: np.ndarray, repository: pa.Array) -> Iterator[Edit]:
        for row, content, found in self._candidates(offsets, memoryview(data.data)):
            key = _repository_key(repository[row].as_py())
            matches = [match for i in found for match in self._finders[i].matches(content)]
            for match in _leftmost_longest(matches):
                yield _edit(row, match, content, key)

    def _candidates(
        self, offsets: np.ndarray, data: memoryview
    ) -> Iterator[tuple[int, bytes, list[int]]]:
        """(row, its bytes, indices of the patterns in them), rows without any left out."""
        found: list[int] = []

        def on_match(pattern: int, *_: object) -> None:
            found.append(pattern)

        bounds = offsets.tolist()
        for row, (start, end) in enumerate(pairwise(bounds)):
            if start == end:
                continue
            content = data[start:end].tobytes()
            self._database.scan(content, on_match)
            if found:
                yield row, content, sorted(found)
                found.clear()


def _leftmost_longest(matches: list[Match]) -> Iterator[Match]:
    """Matches that do not overlap: the leftmost, of those the longest, then the earlier pattern."""
    end = 0
    for match in sorted(matches, key=lambda m: (m.extent[0], -m.extent[1])):
        if match.extent[0] >= end:
            end = match.extent[1]
            yield match


def _repository_key(repository: str) -> bytes:
    return hashlib.blake2b(repository.encode(), digest_size=32).digest()


def _edit(row: int, match: Match, text: bytes, key: bytes) -> Edit:
    start, end = match.value
    digest = hashlib.blake2b(text[start:end], digest_size=8, key=key, person=b"codemill-redact")
    tag = digest.hexdigest()[:TAG_HEX_DIGITS]
    replacement = match.pattern.replacement.replace("{tag}", tag)
    return Edit(row, start, end, match.pattern.kind, replacement)


def _apply(
    edits: Sequence[Edit], offsets: np.ndarray, data: np.ndarray, text: pa.LargeStringArray
) -> pa.LargeStringArray:
    """The column with `edits`, in order, done to its buffer; what lies between is copied in one."""
    content = memoryview(data.data)
    pieces: list[bytes | memoryview] = []
    growth = np.zeros(len(offsets), np.int64)
    done = 0
    for edit in edits:
        replacement = edit.replacement.encode()
        start = int(offsets[edit.row])
        pieces += (content[done : start + edit.start], replacement)
        growth[edit.row + 1] += len(replacement) - (edit.end - edit.start)
        done = start + edit.end
    pieces.append(content[done:])
    buffers = [
        _validity(text),
        pa.py_buffer(offsets + growth.cumsum()),
        pa.py_buffer(b"".join(pieces)),
    ]
    return pa.Array.from_buffers(pa.large_string(), len(text), buffers)


def _validity(text: pa.LargeStringArray) -> pa.Buffer | None:
    """The validity bitmap of a column that may be a slice, beginning at bit 0."""
    if not text.null_count:
        return None
    return pa.py_buffer(np.packbits(np.asarray(text.is_valid()), bitorder="little"))


def _redactions(edits: Sequence[Edit], num_rows: int) -> pa.ListArray:
    rows = np.array([edit.row for edit in edits], np.int64)
    offsets = np.zeros(num_rows + 1, np.int32)
    np.cumsum(np.bincount(rows, minlength=num_rows), out=offsets[1:])
    values = pa.StructArray.from_arrays(
        [
            pa.array([edit.start for edit in edits], pa.int64()),
            pa.array([edit.end for edit in edits], pa.int64()),
            pa.array([edit.kind for edit in edits], pa.string()),
            pa.array([edit.replacement for edit in edits], pa.string()),
        ],
        fields=list(REDACTION),
    )
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)
