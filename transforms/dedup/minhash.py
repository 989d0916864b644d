"""MinHash signatures of whole batches, equal to datasketch's.

datasketch 2 (`scheme="affine32"`) hashes an item to 32 bits, mixes that once with MurmurHash3's
finaliser and takes, for every permutation (a, b) with odd a, the smallest `a * h + b` modulo 2**32.
Here the same arithmetic runs over blocks of many rows: the permutations come from datasketch, the
item's 32 bits are the low half of its shingle hash.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import Int64Array, blocks

UInt32Array = npt.NDArray[np.uint32]

EMPTY = np.uint32(0xFFFFFFFF)
"""Every minimum of a row without shingles. Such rows take no part in the search: leave them out
before hashing bands, or they all meet in one bucket."""

_BLOCK_VALUES = 32 * 1024
_BLOCK_PERMUTATIONS = 4
"""A block of 4 x 32,768 products is 512 KiB, a share of L2 that leaves room for the hashes; of the
sizes tried (8,192 to 65,536 values, 1 to 128 permutations) it was the fastest."""


def permutations(num_perm: int, *, seed: int) -> UInt32Array:
    """The permutations datasketch draws from `seed`: uint32, (2, num_perm), rows a and b."""
    if num_perm < 1:
        raise ValueError(f"num_perm must be at least 1, got {num_perm}")
    # Here, because datasketch brings SciPy, which takes a second to import.
    from datasketch import MinHash

    drawn = MinHash(num_perm=num_perm, seed=seed, scheme="affine32").permutations
    return np.ascontiguousarray(drawn, dtype=np.uint32)


def signatures(values: UInt64Array, offsets: Int64Array, permutations: UInt32Array) -> UInt32Array:
    """The permutation minima of every row of shingle hashes: uint32, (rows, permutations).

    `values` and `offsets` are ragged rows as `shingles` returns them; order and repetition within
    a row make no difference. A row without values is all `EMPTY`, as in datasketch. Memory beside
    the result and a copy of it: 24 bytes per value of the longest row, or 768 KiB where that is
    more.
    """
    num_perm = permutations.shape[1]
    minima = np.full((num_perm, len(offsets) - 1), EMPTY, dtype=np.uint32)
    # reduceat has no notion of an empty segment: such rows keep their EMPTY.
    filled = np.flatnonzero(np.diff(offsets))
    starts, ends = offsets[filled], offsets[filled + 1]
    longest = max(_BLOCK_VALUES, int((ends - starts).max(initial=0)))
    products = np.empty((_BLOCK_PERMUTATIONS, longest), dtype=np.uint32)
    for first, end in blocks(ends - starts, _BLOCK_VALUES):
        block = _fmix32(values[starts[first] : ends[end - 1]].astype(np.uint32))
        segments = starts[first:end] - starts[first]
        minima[:, filled[first:end]] = _minima(block, segments, permutations, products)
    return np.ascontiguousarray(minima.T)


def _fmix32(h: UInt32Array) -> UInt32Array:
    """MurmurHash3's 32-bit finaliser, in place (A. Appleby, public domain)."""
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return h


def _minima(
    block: UInt32Array, segments: Int64Array, permutations: UInt32Array, products: UInt32Array
) -> UInt32Array:
    """Minima of each segment of `block`: (permutations, segments). `products` is overwritten."""
    num_perm = permutations.shape[1]
    a, b = permutations[0, :, None], permutations[1, :, None]
    minima = np.empty((num_perm, len(segments)), dtype=np.uint32)
    for first in range(0, num_perm, _BLOCK_PERMUTATIONS):
        chosen = slice(first, min(first + _BLOCK_PERMUTATIONS, num_perm))
        scratch = products[: chosen.stop - first, : len(block)]
        np.multiply(a[chosen], block, out=scratch)
        scratch += b[chosen]
        np.minimum.reduceat(scratch, segments, axis=1, out=minima[chosen])
    return minima
