"""Edits of texts: spans that are replaced, in one text or in a whole column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.transforms.decode import column_buffers


@dataclass(frozen=True)
class Edit:
    """A span to replace."""

    row: int
    start: int
    """Byte offset into the row's UTF-8."""
    end: int
    kind: str
    """What the span holds, as `email`."""
    replacement: str


def edited(content: bytes, edits: Iterable[Edit]) -> bytes:
    """`content` with the edits of its row, in order and apart from each other, done to it."""
    pieces: list[bytes] = []
    done = 0
    for edit in edits:
        pieces += (content[done : edit.start], edit.replacement.encode())
        done = edit.end
    return b"".join([*pieces, content[done:]])


def edited_column(text: pa.LargeStringArray, edits: Sequence[Edit]) -> pa.LargeStringArray:
    """The column with `edits` done, which are in order of row and start and apart from each other.

    The very column that was given where there are none.
    """
    if not edits:
        return text
    offsets, data = column_buffers(text)
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
