"""Runs of bytes that stand for other bytes: base64, hexadecimal, escapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_RUN_BYTES = 64
"""Shortest run looked at: PEM's line (RFC 7468); MIME's is 76, a SHA-256 in hexadecimal is 64."""

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
HEXADECIMAL = b"0123456789abcdefABCDEF\\xXuU,\"' \t\n"
MARKS = b"\\xX"

MAX_BYTES_PER_MARK = 8
"""A run of hexadecimal has a mark for every `0x1f, `, `\\x1f` or `\\u001f`: 4 to 6 bytes, and line
ends with quotes and indentation between them."""


@dataclass(frozen=True)
class EncodedRuns:
    """Runs in the order of the data, int64 arrays with one value a run."""

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    """Bytes."""
    opaque: np.ndarray
    """bool: base64, bare hexadecimal or a string of escapes; false for a list of numbers, as
    `0x1f, 0x2e`, which is how programs write tables that are part of an algorithm."""


def find_encoded_runs(offsets: np.ndarray, data: np.ndarray) -> EncodedRuns:
    """The encoded runs of every row of a column's buffer (`column_buffers`)."""
    base64 = _base64_runs(offsets, data)
    escapes = _escape_runs(offsets, data)
    starts, ends, opaque = (np.concatenate(pair) for pair in zip(base64, escapes, strict=True))
    rows = np.searchsorted(offsets, starts, side="right") - 1
    order = np.argsort(starts, kind="stable")
    return EncodedRuns(rows[order], starts[order], (ends - starts)[order], opaque[order])


def _base64_runs(offsets: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, ...]:
    """Runs of the base64 alphabet with letters and digits, joined over line ends.

    Words, paths and rules made of one character lack digits, or capitals where they have any letter
    beyond `f`: those are left out.
    """
    starts, ends = _long_runs(offsets, data, BASE64)
    counts = _counts(
        data, starts, ends, (b"0123456789", b"GHIJKLMNOPQRSTUVWXYZ", b"ghijklmnopqrstuvwxyz")
    )
    digits, capitals, small = counts
    hexadecimal = (capitals == 0) & (small == 0) & (digits < ends - starts)
    likely = (digits > 0) & (hexadecimal | ((capitals > 0) & (small > 0)))
    starts, ends = _joined(starts[likely], ends[likely], offsets, data)
    return starts, ends, np.ones(len(starts), bool)


def _escape_runs(offsets: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, ...]:
    r"""Runs of `\x1f`, `\u001f` and `0x1f,`, white space and quotes between them included."""
    starts, ends = _long_runs(offsets, data, HEXADECIMAL)
    backslashes, marks = _counts(data, starts, ends, (b"\\", MARKS))
    likely = marks * MAX_BYTES_PER_MARK >= ends - starts
    return starts[likely], ends[likely], (backslashes * MAX_BYTES_PER_MARK >= ends - starts)[likely]


def _long_runs(
    offsets: np.ndarray, data: np.ndarray, alphabet: bytes
) -> tuple[np.ndarray, np.ndarray]:
    """(starts, ends) of runs of `alphabet` of MIN_RUN_BYTES or more, none across two rows."""
    breaks = np.flatnonzero(~_membership(alphabet)[data])
    edges = np.concatenate([[-1], breaks, [len(data)]])
    long = np.flatnonzero(np.diff(edges) > MIN_RUN_BYTES)
    starts, ends = _split_at_rows(edges[long] + 1, edges[long + 1], offsets)
    kept = ends - starts >= MIN_RUN_BYTES
    return starts[kept], ends[kept]


def _membership(alphabet: bytes) -> np.ndarray:
    table: np.ndarray = np.zeros(256, bool)
    table[list(alphabet)] = True
    return table


def _split_at_rows(
    starts: np.ndarray, ends: np.ndarray, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cut ranges at the row boundaries inside them."""
    first = np.searchsorted(offsets, starts, side="right") - 1
    pieces = np.searchsorted(offsets, ends, side="left") - first
    row = np.repeat(first, pieces) + _counting(pieces)
    return (
        np.maximum(np.repeat(starts, pieces), offsets[row]),
        np.minimum(np.repeat(ends, pieces), offsets[row + 1]),
    )


def _counting(lengths: np.ndarray) -> np.ndarray:
    """0, 1, ... lengths[0] - 1, 0, 1, ... lengths[1] - 1, and so on."""
    begins = np.cumsum(lengths) - lengths
    counted: np.ndarray = np.arange(int(lengths.sum())) - np.repeat(begins, lengths)
    return counted


def _counts(
    data: np.ndarray, starts: np.ndarray, ends: np.ndarray, alphabets: tuple[bytes, ...]
) -> list[np.ndarray]:
    """For each alphabet, how many bytes of each range [start, end) are in it; none may be empty."""
    if not len(starts):
        return [np.zeros(0, np.int64) for _ in alphabets]
    lengths = ends - starts
    within = data[np.repeat(starts, lengths) + _counting(lengths)]
    begins = np.cumsum(lengths) - lengths
    return [
        np.add.reduceat(_membership(alphabet)[within], begins, dtype=np.int64)
        for alphabet in alphabets
    ]


def _joined(
    starts: np.ndarray, ends: np.ndarray, offsets: np.ndarray, data: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Runs of one row with nothing but one line end between them become one."""
    if len(starts) < 2:
        return starts, ends
    rows = np.searchsorted(offsets, starts, side="right") - 1
    adjacent = (starts[1:] == ends[:-1] + 1) & (data[ends[:-1]] == 10) & (rows[1:] == rows[:-1])
    first = np.concatenate([[True], ~adjacent])
    last = np.concatenate([~adjacent, [True]])
    return starts[first], ends[last]
