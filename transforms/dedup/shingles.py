"""Code as a set of shingles: hashes of a few consecutive tokens.

A token is a run of word bytes (ASCII letters, digits, underscore, and every byte from 0x80, so that
any script's letters count) or one other byte that is not white space. Operators and punctuation are
kept: `x + 1` and `x - 2` share no shingle they should not. White space only separates, so
indentation and line breaks do not tell two files apart.

Hashes are 64 bits wide and mixed with splitmix64, without a key. Two different shingles share a
hash with probability 2**-64: among 10**4 shingles of a pair of files some two collide about once
in 4 * 10**11 pairs, and one collision moves a similarity by 10**-4. They do not withstand someone
who searches for collisions: such a file can pass for a near-duplicate of a given one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from codemill.transforms.dedup.hashing import GOLDEN_GAMMA, UInt64Array, mix64
from codemill.transforms.dedup.ragged import (
    BoolArray,
    Int64Array,
    blocks,
    equals_previous,
    offsets_of,
    sort_rows,
    text_rows,
)

SHINGLE_TOKENS = 5
"""Tokens per shingle: BigCode's word 5-grams, here with the operators between the words."""

_BLOCK_BYTES = 256 * 1024
"""Text hashed at a time: the arrays of a block (about 6 bytes per byte of text) stay in L2."""

_WORD_BYTES = 8
_LOW_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_WORD_BYTES + 1)], dtype=np.uint64)
"""Masks that keep the first n bytes of a little-endian word."""

_BYTE_TOKENS = mix64(mix64(np.arange(256, dtype=np.uint64) + GOLDEN_GAMMA))
"""Hashes of the tokens of one byte, which are two of three."""


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
    bounds, content = text_rows(text)
    parts = [
        _shingles_of_block(content, bounds[first : end + 1], shingle_tokens)
        for first, end in blocks(np.diff(bounds), _BLOCK_BYTES)
    ]
    values = [part.values for part in parts]
    lengths = [np.diff(part.offsets) for part in parts]
    if not parts:
        return Shingles(np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64))
    return Shingles(np.concatenate(values), offsets_of(np.concatenate(lengths)))


def _shingles_of_block(
    content: npt.NDArray[np.uint8], bounds: Int64Array, shingle_tokens: int
) -> Shingles:
    block = content[bounds[0] : bounds[-1]]
    rows = bounds - bounds[0]
    tokens = find_tokens(block, rows)
    token_offsets = np.searchsorted(tokens.starts, rows)
    return _distinct(*windows(hash_tokens(block, tokens), token_offsets, shingle_tokens))


class TokenBounds(NamedTuple):
    """Where the tokens of a block are."""

    starts: Int64Array
    """First byte of every token."""
    longer: Int64Array
    """Which tokens have more than one byte."""
    ends: Int64Array
    """Ends of those, in the block."""


def find_tokens(block: npt.NDArray[np.uint8], rows: Int64Array) -> TokenBounds:
    """The tokens of `block`, given where its texts begin."""
    is_word = _is_word(block)
    # Byte i continues the word of byte i - 1; none does at the block's end.
    continues = np.zeros(len(block) + 1, dtype=np.bool_)
    np.logical_and(is_word[1:], is_word[:-1], out=continues[1:-1])
    continues[rows] = False
    starts = np.flatnonzero(is_space(block) < ~continues[:-1])
    longer = np.flatnonzero(continues[1:].take(starts))
    return TokenBounds(starts, longer, np.flatnonzero(continues[:-1] > continues[1:]) + 1)


def _is_word(block: npt.NDArray[np.uint8]) -> BoolArray:
    # Comparisons of whole arrays, 32 bytes at a time: a table of 256 classes takes twice as long.
    is_word: BoolArray = block >= 0x80
    is_word |= block == ord("_")
    is_word |= block - np.uint8(ord("0")) < 10
    is_word |= (block | np.uint8(0x20)) - np.uint8(ord("a")) < 26
    return is_word


def is_space(block: npt.NDArray[np.uint8]) -> BoolArray:
    """Which bytes are ASCII white space: space, tab, line feed, vertical tab, form feed, return."""
    space: BoolArray = block == ord(" ")
    space |= block - np.uint8(ord("\t")) < 5
    return space


def hash_tokens(block: npt.NDArray[np.uint8], tokens: TokenBounds) -> UInt64Array:
    """A token's hash: the mixed sum of its 8-byte words, each mixed with its place in the token."""
    hashes = _BYTE_TOKENS[block.take(tokens.starts)]
    begin = tokens.starts.take(tokens.longer)
    hashes[tokens.longer] = _hashes_of_words(block.tobytes(), begin, tokens.ends)
    return hashes


def _hashes_of_words(block: bytes, starts: Int64Array, ends: Int64Array) -> UInt64Array:
    """The hashes of tokens that begin and end there.

    Most are one word long; the further words of the longer ones are hashed apart, all together, so
    that one token of a megabyte costs no more than a megabyte of short ones.
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
    word = words[begin]
    word &= _LOW_BYTES.take(lengths, mode="clip")
    word += gamma
    return mix64(word)


def windows(
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
    return mix64(hashes[_within_rows(token_offsets[1:], size, shingle_tokens)]), offsets


def _within_rows(ends: Int64Array, size: int, shingle_tokens: int) -> BoolArray:
    """Which of the windows lie in one row: all but those that begin just before a row's end."""
    within = np.ones(size, dtype=np.bool_)
    for before in range(1, shingle_tokens):
        # Of a row shorter than `before`, this is a window to leave out of the row before it.
        begin = ends - before
        within[begin[(begin >= 0) & (begin < size)]] = False
    return within


def _distinct(hashes: UInt64Array, offsets: Int64Array) -> Shingles:
    sort_rows(hashes, offsets)
    repeated = equals_previous(hashes, offsets)
    before = np.searchsorted(np.flatnonzero(repeated), offsets)
    # Every other value may go: then `compress` is three times as fast as a Boolean index.
    return Shingles(np.compress(~repeated, hashes), offsets - before)
