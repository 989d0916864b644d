r"""Code as streams of hashed tokens that survive what copying does to it.

Before a text is divided into tokens, what layout and quoting change is taken out of it: letters are
lowered; quotes, brackets of calls, commas, semicolons, backslashes and `#` become spaces, and so do
the escapes `\n`, `\r` and `\t`, so that code inside a JSON string or a comment gives the tokens of
the code. Operators stay: `x + 1` and `x - 1` differ.

Three streams are made of a text's tokens:

    CODE    every token
    SHAPE   likewise, but every name that a file may choose for itself is the same token: not
            keywords, not Python's built-in names, not what stands after a dot
    PROSE   words alone, without numbers and operators
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from codemill.transforms.dedup.hashing import GOLDEN_GAMMA, UInt64Array
from codemill.transforms.dedup.ragged import BoolArray, Int64Array
from codemill.transforms.dedup.shingles import find_tokens, hash_tokens

GRAM_TOKENS = 6
"""Tokens of an n-gram. Six of these are nine or ten of a text's tokens with the punctuation that is
dropped here; the shortest solution of MBPP has seven."""

SHAPE_TOKENS = 12
"""Of SHAPE: without names, 82% of the 6-grams of solutions stand in code of all kinds."""

CODE, SHAPE, PROSE = "code", "shape", "prose"

_DROPPED = b"\"'`(),;\\#"
_LOWER = bytes(
    ord(" ") if byte in _DROPPED else ord(chr(byte).lower()) if byte < 0x80 else byte
    for byte in range(256)
)

_OTHER_KEYWORDS = """
abstract auto bool boolean byte case catch char class const default delete do double else end enum
export extends extern final float fn foreach func function goto implements int interface let long
match mut namespace new nil null override package private protected public rescue self short sizeof
static string struct super switch template then this throw throws trait typedef typename unless
unsigned until use using var virtual void where
"""
"""Words of other languages that nobody chooses for a name of his own."""

FIXED_WORDS = tuple(
    sorted(
        {word.lower() for word in keyword.kwlist}
        | {name.lower() for name in dir(builtins) if not name.startswith("_")}
        | set(_OTHER_KEYWORDS.split())
    )
)
"""What SHAPE keeps, lower-case."""


class Tokens(NamedTuple):
    """The tokens of one or more texts, one after the other."""

    hashes: UInt64Array
    starts: Int64Array
    """First byte of each, in the block that was given."""
    ends: Int64Array
    is_word: BoolArray
    """Whether it is a run of word bytes, numbers among them."""
    is_number: BoolArray
    """Whether it begins with a digit."""
    offsets: Int64Array
    """Where each text's tokens begin, and how many there are."""


class Stream(NamedTuple):
    """Hashes in the order of their text."""

    hashes: UInt64Array
    token: Int64Array
    """Which of the text's tokens each is."""
    offsets: Int64Array
    """As of `Tokens`."""
    gram_tokens: int = GRAM_TOKENS


def plain(block: npt.NDArray[np.uint8], rows: Int64Array) -> bytes:
    """The bytes of `block`, as many, without what layout and quoting change.

    `rows` says where texts begin: no escape reaches from one into the next.
    """
    backslashes = np.flatnonzero(block[:-1] == ord("\\"))
    if not len(backslashes):
        return block.tobytes().translate(_LOWER)
    after = backslashes + 1
    escaped = block[after]
    is_space = (escaped == ord("n")) | (escaped == ord("r")) | (escaped == ord("t"))
    after = after[is_space]
    begins_text = np.zeros(len(block) + 1, dtype=np.bool_)
    begins_text[rows] = True
    copy = block.copy()
    copy[after[~begins_text[after]]] = ord(" ")
    return copy.tobytes().translate(_LOWER)


def read_tokens(block: npt.NDArray[np.uint8], rows: Int64Array) -> Tokens:
    """The tokens of the texts that begin at `rows`, whose last entry is the block's length."""
    text = np.frombuffer(plain(block, rows), dtype=np.uint8)
    found = find_tokens(text, rows)
    first = text.take(found.starts)
    is_number = first - np.uint8(ord("0")) < 10
    is_word = (first >= 0x80) | (first == ord("_")) | is_number
    is_word |= first - np.uint8(ord("a")) < 26
    ends = found.starts + 1
    ends[found.longer] = found.ends
    offsets = np.searchsorted(found.starts, rows)
    return Tokens(hash_tokens(text, found), found.starts, ends, is_word, is_number, offsets)


def tokens_of(content: bytes) -> Tokens:
    """The tokens of one text."""
    block = np.frombuffer(content, np.uint8)
    return read_tokens(block, np.array([0, len(block)]))


def code(tokens: Tokens) -> Stream:
    """Every token."""
    return Stream(tokens.hashes, np.arange(len(tokens.hashes)), tokens.offsets)


def names(tokens: Tokens) -> BoolArray:
    """Which tokens are names that a file may choose for itself."""
    chosen = tokens.is_word & ~tokens.is_number
    # What follows a dot belongs to what stands before it; a text's first token follows nothing.
    after_dot = tokens.hashes[:-1] == _DOT
    chosen[1:] &= ~after_dot
    places = np.flatnonzero(chosen)
    hashes = tokens.hashes[places]
    chosen[places[_FIXED[_slots(hashes)] == hashes]] = False
    return chosen


def names_bound(tokens: Tokens) -> BoolArray:
    """Likewise in one solution, with the fixed words that it takes for names of its own.

    `def f(str)`, `for char in`, `max = 0`: who renames these makes names of them. Told by the
    tokens around them, which is good enough for a text that is known to be code.
    """
    chosen = names(tokens)
    bound: set[int] = set()
    opener = 0
    hashes = tokens.hashes.tolist()
    for place, hashed in enumerate(hashes):
        opener = hashed if hashed in _OPENERS else 0 if hashed in _CLOSERS else opener
        assigned = hashes[place + 1 : place + 3]
        if hashed in _BINDABLE and (opener or (assigned[:1] == [_EQUALS] != assigned[1:])):
            bound.add(hashed)
    own = np.isin(tokens.hashes, np.array(sorted(bound), dtype=np.uint64))
    chosen |= own
    return chosen


def shape(tokens: Tokens, chosen: BoolArray | None = None) -> Stream:
    """Every token, names alike: `chosen`, or what `names` says."""
    hashes = np.where(names(tokens) if chosen is None else chosen, NAME, tokens.hashes)
    return Stream(hashes, np.arange(len(hashes)), tokens.offsets, SHAPE_TOKENS)


def prose(tokens: Tokens) -> Stream:
    """Words alone."""
    token = np.flatnonzero(tokens.is_word & ~tokens.is_number)
    return Stream(tokens.hashes[token], token, np.searchsorted(token, tokens.offsets))


STREAMS: dict[str, Callable[[Tokens], Stream]] = {CODE: code, SHAPE: shape, PROSE: prose}
"""What makes each stream."""


def grams(stream: Stream) -> UInt64Array:
    """The hash of the `gram_tokens` tokens from each token on; fewer at the end of the stream.

    Those that reach into the next text are made too: `rows_of` tells which.
    """
    size = len(stream.hashes) - (stream.gram_tokens - 1)
    if size <= 0:
        return np.empty(0, dtype=np.uint64)
    # Pairs, then two of them, then a third. Tokens' hashes are mixed, so their sums need no mixing.
    pairs = stream.hashes[:-1] * GOLDEN_GAMMA
    pairs += stream.hashes[1:]
    count = len(pairs) - 4
    six = pairs[:count] * _GAMMA_2
    six += pairs[2 : 2 + count]
    six *= _GAMMA_2
    six += pairs[4 : 4 + count]
    if stream.gram_tokens == GRAM_TOKENS:
        return six
    twelve: UInt64Array = six[:size] * _GAMMA_6
    twelve += six[GRAM_TOKENS : GRAM_TOKENS + size]
    return twelve


MIN_OPENING, MAX_OPENING = 8, 24
"""Tokens of a function's opening."""


def openings(stream: Stream) -> tuple[Int64Array, UInt64Array]:
    """(place, hash) of `MIN_OPENING` to `MAX_OPENING` tokens from each `def` of a SHAPE stream on.

    They lead to functions that have no n-gram of their own: few files have one of a benchmark's.
    """
    begin = np.flatnonzero(stream.hashes == _DEF)
    end = stream.offsets[np.searchsorted(stream.offsets, begin, side="right")]
    hashed = np.zeros(len(begin), dtype=np.uint64)
    found = []
    for size in range(MAX_OPENING):
        inside = begin + size < end
        begin, end, hashed = begin[inside], end[inside], hashed[inside]
        hashed = hashed * GOLDEN_GAMMA + stream.hashes[begin + size]
        if size + 1 >= MIN_OPENING:
            found.append((begin, hashed))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def rows_of(stream: Stream, places: Int64Array) -> tuple[Int64Array, BoolArray]:
    """The text that each of `places` lies in, and whether the n-gram from there on ends in it."""
    row = np.searchsorted(stream.offsets, places, side="right") - 1
    return row, places + stream.gram_tokens <= stream.offsets[row + 1]


def _hash_of(word: str) -> np.uint64:
    return np.uint64(tokens_of(word.encode()).hashes[0])


def _slots(hashes: UInt64Array) -> npt.NDArray[np.uint64]:
    """Where a word of these hashes would be in `_FIXED`."""
    slots: npt.NDArray[np.uint64] = (hashes >> _SLOT_SHIFT) & _SLOT_MASK
    return slots


_GAMMA_2 = np.uint64(int(GOLDEN_GAMMA) ** 2 % 2**64)
_GAMMA_6 = np.uint64(int(GOLDEN_GAMMA) ** 6 % 2**64)
_DEF = _hash_of("def")
DEFINING = np.array([_hash_of(word) for word in ("def", "fn", "func", "function")])
"""What stands before the name of a function."""

_DOT = _hash_of(".")
_EQUALS = int(_hash_of("="))
_OPENERS = {int(_hash_of(word)) for word in ("def", "for", "lambda")}
_CLOSERS = {int(_hash_of(word)) for word in (":", "in", "=", "-")}
_BINDABLE = {int(_hash_of(word)) for word in FIXED_WORDS if word not in keyword.kwlist}
NAME = np.uint64(0x6E616D65)
"""The token that stands for a name."""

_SLOT_MASK = np.uint64((1 << 14) - 1)
_SLOT_SHIFT = np.uint64(1)
"""Chosen so that no two fixed words share a slot, which a test holds it to."""


def _table() -> UInt64Array:
    """The hash of every fixed word in its slot."""
    table = np.zeros(int(_SLOT_MASK) + 1, dtype=np.uint64)
    hashes = np.array([_hash_of(word) for word in FIXED_WORDS])
    table[_slots(hashes)] = hashes
    return table


_FIXED = _table()
