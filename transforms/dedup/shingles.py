"""Code as a set of shingles: hashes of a few consecutive tokens.

A token is a run of word bytes (ASCII letters, digits, underscore, and every byte from 0x80, so that
any script's letters count) or one other byte that is not white space. Operators and punctuation are
kept: `x + 1` and `x - 2` share no shingle they should not. White space only separates, so
indentation and line breaks do not tell two files apart.

Hashes are 64 bits wide and mixed with splitmix64, without a key. Two different shingles share a
hash with probability 2**-64: among 10**4 shingles of a pair of files some two collide about once
in 4 * 10**11 pairs, and one collision moves a similarity by 10**-4. They do not withstand someone
who searches for collisions; all that buys is the removal of the files that hold them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from codemill.transforms.dedup.hashing import GOLDEN_GAMMA, UInt64Array, mix64
from codemill.transforms.dedup.ragged import (
    Int64Array,
    blocks,
    equals_previous,
    offsets_of,
    sort_rows,
)

SHINGLE_TOKENS = 5
"""Tokens per shingle: BigCode's word 5-grams, here with the operators between the words."""

_BLOCK_BYTES = 256 * 1024
"""Text hashed at a time: the arrays of a block (about 6 bytes per byte of text) stay in L2."""

_WORD_BYTES = 8
_SPACE, _WORD, _SYMBOL = 0, 1, 2


def _byte_classes() -> bytes:
    word = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    classes = np.full(256, _SYMBOL, dtype=np.uint8)
    classes[list(b" \t\n\v\f\r")] = _SPACE
    classes[list(word)] = _WORD
    classes[0x80:] = _WORD
    return classes.tobytes()


_CLASSES = _byte_classes()
_LOW_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_WORD_BYTES + 1)], dtype=np.uint64)
"""Masks that keep the first n bytes of a little-endian word."""


class Shingles(NamedTuple):
    """Ragged sets, one per text: row i is `values[offsets[i]:offsets[i + 1]]`."""

    values: UInt64Array
    """Shingle hashes, ascending and distinct within a row."""
    offsets: Int64Array
    """One more than there are rows, from 0."""


def shingles(text: pa.LargeStringArray, *, shingle_tokens: int = SHINGLE_TOKENS) -> Shingles:
    """The distinct shingles of every text, sorted.

    A text of fewer than `shingle_tokens` tokens has none, nor has a null: such a file is compared
    for equality alone. Memory is the result (8 bytes per shingle) and about 50 bytes per byte of
    the longest text or of a block of 256 KiB, whichever is longer. Raises `TypeError` for
    anything but large strings and `ValueError` for `shingle_tokens` below 1.
    """
    if shingle_tokens < 1:
        raise ValueError(f"shingle_tokens must be at least 1, got {shingle_tokens}")
    bounds, content = _buffers(text)
    parts = [
        _shingles_of_block(content, bounds[first : end + 1], shingle_tokens)
        for first, end in blocks(np.diff(bounds), _BLOCK_BYTES)
    ]
    values = [part.values for part in parts]
    lengths = [np.diff(part.offsets) for part in parts]
    if not parts:
        return Shingles(np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64))
    return Shingles(np.concatenate(values), offsets_of(np.concatenate(lengths)))


def _buffers(text: pa.LargeStringArray) -> tuple[Int64Array, npt.NDArray[np.uint8]]:
    if text.type != pa.large_string():
        raise TypeError(f"text must be large_string, got {text.type}")
    if text.null_count:
        # A null's slot may span bytes; filling makes it empty.
        text = text.fill_null("")
    _, offsets, content = text.buffers()
    if content is None or len(text) == 0:
        return np.zeros(len(text) + 1, dtype=np.int64), np.empty(0, dtype=np.uint8)
    bounds = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    return bounds, np.frombuffer(content, dtype=np.uint8)


def _shingles_of_block(
    content: npt.NDArray[np.uint8], bounds: Int64Array, shingle_tokens: int
) -> Shingles:
    block = content[bounds[0] : bounds[-1]].tobytes()
    rows = bounds - bounds[0]
    starts, ends = _token_bounds(block, rows)
    hashes = _token_hashes(block, starts, ends)
    return _distinct(*_windows(hashes, np.searchsorted(starts, rows), shingle_tokens))


def _token_bounds(block: bytes, rows: Int64Array) -> tuple[Int64Array, Int64Array]:
    """First byte and end of every token, given where the texts begin in `block`."""
    padded = np.zeros(len(block) + 2, dtype=np.uint8)
    classes = padded[1:-1]
    classes[:] = np.frombuffer(block.translate(_CLASSES), dtype=np.uint8)
    # A neighbour of class WORD (the low bit) continues a word and nothing else.
    is_start = classes > (padded[:-2] & 1)
    is_last = classes > (padded[2:] & 1)
    inner = rows[1:-1][(rows[1:-1] > 0) & (rows[1:-1] < len(block))]
    is_start[inner] = classes[inner] != _SPACE
    is_last[inner - 1] = classes[inner - 1] != _SPACE
    return np.flatnonzero(is_start), np.flatnonzero(is_last) + 1


def _token_hashes(block: bytes, starts: Int64Array, ends: Int64Array) -> UInt64Array:
    """A token's hash: the mixed sum of its 8-byte words, each mixed with its place in the token.

    Most tokens are one word long; the further words of the longer ones are hashed apart, all
    together, so that one token of a megabyte costs no more than a megabyte of short ones.
    """
    # Little-endian words that begin at any byte; the padding lets the last token be read whole.
    words = np.ndarray(len(block), dtype="<u8", buffer=block + bytes(_WORD_BYTES), strides=(1,))
    lengths = ends - starts
    sums = _word_hashes(words, starts, lengths, GOLDEN_GAMMA)
    long = np.flatnonzero(lengths > _WORD_BYTES)
    if len(long):
        further = (lengths[long] - 1) // _WORD_BYTES
        first = offsets_of(further)
        place = np.arange(first[-1]) - np.repeat(first[:-1], further) + 1
        begin = np.repeat(starts[long], further) + place * _WORD_BYTES
        rest = np.repeat(ends[long], further) - begin
        gamma = (place.astype(np.uint64) + np.uint64(1)) * GOLDEN_GAMMA
        sums[long] += np.add.reduceat(_word_hashes(words, begin, rest, gamma), first[:-1])
    return mix64(sums)


def _word_hashes(
    words: UInt64Array, begin: Int64Array, lengths: Int64Array, gamma: UInt64Array | np.uint64
) -> UInt64Array:
    word = words[begin] & _LOW_BYTES[np.minimum(lengths, _WORD_BYTES)]
    return mix64(word + gamma)


def _windows(
    tokens: UInt64Array, token_offsets: Int64Array, shingle_tokens: int
) -> tuple[UInt64Array, Int64Array]:
    """Hashes of every `shingle_tokens` consecutive tokens of a row, and the rows' offsets."""
    counts = np.maximum(np.diff(token_offsets) - (shingle_tokens - 1), 0)
    offsets = offsets_of(counts)
    if not offsets[-1]:
        return np.empty(0, dtype=np.uint64), offsets
    size = len(tokens) - (shingle_tokens - 1)
    hashes = tokens[:size].copy()
    for step in range(1, shingle_tokens):
        hashes *= GOLDEN_GAMMA
        hashes += tokens[step : step + size]
    return mix64(hashes[_within_rows(token_offsets, counts, size)]), offsets


def _within_rows(token_offsets: Int64Array, counts: Int64Array, size: int) -> npt.NDArray[np.bool_]:
    """Which of the windows lie in one row: those that start at its first `counts` tokens."""
    change = np.zeros(size + 1, dtype=np.int8)
    rows = np.flatnonzero(counts)
    change[token_offsets[rows]] += 1
    change[token_offsets[rows] + counts[rows]] -= 1
    return np.cumsum(change[:-1], dtype=np.int8).view(np.bool_)


def _distinct(hashes: UInt64Array, offsets: Int64Array) -> Shingles:
    sort_rows(hashes, offsets)
    keep = ~equals_previous(hashes, offsets)
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    return Shingles(hashes[keep], kept_before[offsets])
