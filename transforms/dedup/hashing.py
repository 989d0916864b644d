"""The 64-bit mixing that every hash of the near-duplicate search rests on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt64Array = npt.NDArray[np.uint64]

GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio, odd: splitmix64's step."""

_STEPS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)
_LAST_SHIFT = np.uint64(31)


def mix64(z: UInt64Array) -> UInt64Array:
    """splitmix64's finaliser, in place: a bijection in which every bit decides every other.

    `z` is an array of at least one dimension (NumPy warns when a scalar wraps), is overwritten and
    returned. Zero maps to zero. Source: Steele, Lea and Flood, "Fast splittable pseudorandom
    number generators", 2014, with the constants of Stafford's variant 13.
    """
    shifted = np.empty_like(z)
    for shift, multiplier in _STEPS:
        np.right_shift(z, shift, out=shifted)
        np.bitwise_xor(z, shifted, out=z)
        np.multiply(z, multiplier, out=z)
    np.right_shift(z, _LAST_SHIFT, out=shifted)
    return np.bitwise_xor(z, shifted, out=z)
