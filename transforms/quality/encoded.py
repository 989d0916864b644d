"""Runs of bytes that stand for other bytes: base64, hexadecimal, escapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_RUN_BYTES = 64
"""Shortest run looked at: PEM's line (RFC 7468); MIME's is 76, a SHA-256 in hexadecimal is 64."""

BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
HEXADECIMAL = b"0123456789abcdefABCDEF\\xXuU,\"' \t\n"
MARKS = b"\\xX"

BLOCK_BYTES = MIN_RUN_BYTES // 2
"""Any run of MIN_RUN_BYTES holds a whole block, wherever it begins."""

IN_BASE64, IN_ESCAPES = 1, 2

MAX_BYTES_PER_MARK = 8
"""A run of hexadecimal has a mark for every `0x1f, `, `\\x1f` or `\\u001f`: 4 to 6 bytes, and line
ends with quotes and indentation between them."""


def _membership(alphabet: bytes) -> np.ndarray:
    table: np.ndarray = np.zeros(256, bool)
    table[list(alphabet)] = True
    return table


ALPHABETS = np.where(_membership(BASE64), IN_BASE64, 0).astype(np.uint8)
ALPHABETS |= np.where(_membership(HEXADECIMAL), IN_ESCAPES, 0).astype(np.uint8)
"""Byte -> the alphabets it is in, as bits."""


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
    flags = _byte_flags(data)
    blocks = _whole_blocks(flags)
    base64 = _base64_runs(*_long_runs(flags, blocks, IN_BASE64, offsets), offsets, data)
    escapes = _escape_runs(*_long_runs(flags, blocks, IN_ESCAPES, offsets), data)
    starts, ends, opaque = (np.concatenate(pair) for pair in zip(base64, escapes, strict=True))
    rows = np.searchsorted(offsets, starts, side="right") - 1
    order = np.argsort(starts, kind="stable")
    return EncodedRuns(rows[order], starts[order], (ends - starts)[order], opaque[order])


def _base64_runs(
    starts: np.ndarray, ends: np.ndarray, offsets: np.ndarray, data: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Runs of the base64 alphabet with letters and digits, joined over line ends.

    Words, paths and rules made of one character lack digits, or capitals where they have any letter
    beyond `f`: those are left out.
    """
    counts = _counts(
        data, starts, ends, (b"0123456789", b"GHIJKLMNOPQRSTUVWXYZ", b"ghijklmnopqrstuvwxyz")
    )
    digits, capitals, small = counts
    hexadecimal = (capitals == 0) & (small == 0) & (digits < ends - starts)
    likely = (digits > 0) & (hexadecimal | ((capitals > 0) & (small > 0)))
    starts, ends = _joined(starts[likely], ends[likely], offsets, data)
    return starts, ends, np.ones(len(starts), bool)


def _escape_runs(starts: np.ndarray, ends: np.ndarray, data: np.ndarray) -> tuple[np.ndarray, ...]:
    r"""Runs of `\x1f`, `\u001f` and `0x1f,`, white space and quotes between them included."""
    backslashes, marks = _counts(data, starts, ends, (b"\\", MARKS))
    likely = marks * MAX_BYTES_PER_MARK >= ends - starts
    return starts[likely], ends[likely], (backslashes * MAX_BYTES_PER_MARK >= ends - starts)[likely]


def _byte_flags(data: np.ndarray) -> np.ndarray:
    """Of each byte, which alphabets it is in, uint8; a block of none is added at either end."""
    flags: np.ndarray = np.zeros((len(data) // BLOCK_BYTES + 3) * BLOCK_BYTES, np.uint8)
    flags[BLOCK_BYTES : BLOCK_BYTES + len(data)] = ALPHABETS[data]
    return flags


def _whole_blocks(flags: np.ndarray) -> np.ndarray:
    """Of each block, which alphabets all its bytes are in, uint8."""
    words = flags.view(np.uint64).reshape(-1, BLOCK_BYTES // 8)
    common = np.bitwise_and.reduce(words.T, axis=0)
    for bits in (32, 16, 8):
        common &= common >> np.uint64(bits)
    whole: np.ndarray = common.astype(np.uint8)
    return whole


def _long_runs(
    flags: np.ndarray, blocks: np.ndarray, alphabet: int, offsets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(starts, ends) of runs of an alphabet of MIN_RUN_BYTES or more, none across two rows.

    Such a run holds a whole block. Only around whole blocks are bytes looked at one by one.
    """
    edges = np.flatnonzero(np.diff(blocks & alphabet, prepend=np.uint8(0), append=np.uint8(0)))
    first, end = edges[::2] * BLOCK_BYTES, edges[1::2] * BLOCK_BYTES
    within = np.arange(BLOCK_BYTES)
    before = flags[first[:, None] - 1 - within] & alphabet
    after = flags[end[:, None] + within] & alphabet
    starts = first - _leading(before) - BLOCK_BYTES
    ends = end + _leading(after) - BLOCK_BYTES
    starts, ends = _split_at_rows(starts, ends, offsets)
    kept = ends - starts >= MIN_RUN_BYTES
    return starts[kept], ends[kept]


def _leading(members: np.ndarray) -> np.ndarray:
    """How many values of each row are not 0 before the first that is, int64."""
    counts: np.ndarray = np.logical_and.accumulate(members > 0, axis=1).sum(axis=1)
    return counts


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
