"""Replaces the secrets and addresses in a column of texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.transforms.decode import column_buffers
from codemill.transforms.redact.finder import Finder
from codemill.transforms.redact.patterns import Patterns
from codemill.transforms.redact.placeholders import placeholder, repository_key
from codemill.transforms.schema import REDACTION


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


class Redactor:
    """Replaces what a `Finder` finds by typed placeholders.

    Equal values get equal placeholders within a repository and unrelated ones across repositories.
    """

    def __init__(self, patterns: Patterns) -> None:
        self._find = Finder(patterns)

    def __call__(self, text: pa.LargeStringArray, repository: pa.Array) -> Redacted:
        """Redact a column; `repository` (string, as long, without nulls) keys the placeholders."""
        edits = list(self._edits(text, repository))
        redactions = _redactions(edits, len(text))
        if not edits:
            return Redacted(text, redactions)
        return Redacted(_apply(edits, *column_buffers(text), text), redactions)

    def _edits(self, text: pa.LargeStringArray, repository: pa.Array) -> Iterator[Edit]:
        for row, content, findings in self._find(text):
            key = repository_key(repository[row].as_py())
            for finding in findings:
                start, end = finding.value
                pattern = finding.pattern
                replacement = placeholder(pattern.replacement, content[start:end], key)
                yield Edit(row, start, end, pattern.kind, replacement)


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
