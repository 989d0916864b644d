"""Hashes of equality: of a file's text but for white space at line ends, and of its shingle set.

Both are cryptographic (the first 128 bits of SHA-256), so that no equality need be checked, whoever
made the files: of texts that of every byte, of sets that of the 64-bit hashes which stand for their
shingles. Texts of equal hash have equal sets, since white space only separates tokens.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import BoolArray, Int64Array, blocks, count_per_row, text_rows
from codemill.transforms.dedup.shingles import is_space

HASH_BYTES = 16

_BLOCK_BYTES = 256 * 1024
"""Text searched at a time: the few masks of a block stay in L2."""


def text_hashes(text: pa.LargeStringArray) -> pa.FixedSizeBinaryArray:
    """The hash of every text as it would be with its line ends made equal: binary(16).

    Line ends become line feeds; ASCII white space before a line end or at the end of the text is
    left out. Indentation and blank lines inside count. Null for a null. Memory beside the result
    is a few copies of the longest text, or 100 bytes per line end of it where it has anything to
    normalise. Raises `TypeError` for anything but large strings.
    """
    bounds, content = text_rows(text)
    hashes = []
    for first, end in blocks(np.diff(bounds), _BLOCK_BYTES):
        rows = bounds[first : end + 1]
        hashes += _hashes_of_block(content[rows[0] : rows[-1]], rows - rows[0])
    made = pa.array(hashes, pa.binary(HASH_BYTES))
    return pc.if_else(text.is_valid(), made, pa.scalar(None, made.type))


def _hashes_of_block(block: npt.NDArray[np.uint8], rows: Int64Array) -> list[bytes]:
    content = block.tobytes()
    uneven = count_per_row(_uneven_line_ends(block), rows) > 0
    hashes = []
    for (start, end), is_uneven in zip(pairwise(rows.tolist()), uneven.tolist(), strict=True):
        # Without an argument, `rstrip` of bytes takes the six ASCII white space bytes.
        text = content[start:end].rstrip()
        if is_uneven:
            text = b"\n".join([line.rstrip() for line in text.splitlines()])
        hashes.append(_hash(text))
    return hashes


def _uneven_line_ends(block: npt.NDArray[np.uint8]) -> BoolArray:
    """Returns, and white space before a line feed: one text of thirty has any before its end.

    Where one text of the block ends so and the next begins with a line feed it is found too;
    that text is then normalised, which makes no difference to it.
    """
    is_feed = block == ord("\n")
    uneven: BoolArray = is_space(block) > is_feed
    uneven[:-1] &= is_feed[1:]
    uneven |= block == ord("\r")
    return uneven


def set_hashes(values: UInt64Array, offsets: Int64Array) -> pa.FixedSizeBinaryArray:
    """The hash of every set of shingles, binary(16), null for an empty one.

    Rows are as `shingles` returns them, ascending and distinct, so equal sets are equal bytes.
    """
    content = values.astype("<u8", copy=False).view(np.uint8).data
    bounds = pairwise((offsets * values.itemsize).tolist())
    hashes = [_hash(content[start:end]) if end > start else None for start, end in bounds]
    return pa.array(hashes, pa.binary(HASH_BYTES))


def _hash(content: bytes | memoryview) -> bytes:
    return sha256(content).digest()[:HASH_BYTES]
