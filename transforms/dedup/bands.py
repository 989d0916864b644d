"""Locality-sensitive hashing: signatures cut into bands, files that share a band are candidates.

With r rows a band and b bands, a pair of similarity s shares at least one band with probability
1 - (1 - s**r)**b (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from codemill.transforms.dedup.hashing import GOLDEN_GAMMA, UInt64Array, mix64


class Banding(NamedTuple):
    """How a signature is cut: its first `bands * rows` minima, `rows` at a time."""

    bands: int
    rows: int

    def detection(self, similarity: float) -> float:
        """The probability that a pair of this similarity becomes a candidate."""
        return float(1 - (1 - similarity**self.rows) ** self.bands)


def choose_bands(num_perm: int, *, threshold: float, detection: float = 0.99) -> Banding:
    """The banding that proposes the fewest pairs below `threshold` and still finds those at it.

    Candidates are verified, so recall is what must hold: a pair of similarity `threshold` shall be
    proposed with at least `detection`. Among the bandings that do, more rows make the curve
    steeper: so the most rows that fit, then the fewest bands. Where `bands * rows` is less than
    `num_perm`, the permutations beyond need not be computed. Raises `ValueError` when no banding
    of `num_perm` reaches `detection`, or an argument is out of its range.
    """
    if not 0 < threshold < 1 or not 0 < detection < 1:
        raise ValueError(f"must lie between 0 and 1: threshold {threshold}, detection {detection}")
    for rows in range(num_perm, 0, -1):
        bands = num_perm // rows
        if Banding(bands, rows).detection(threshold) < detection:
            continue
        while bands > 1 and Banding(bands - 1, rows).detection(threshold) >= detection:
            bands -= 1
        return Banding(bands, rows)
    raise ValueError(
        f"{num_perm} permutations cannot find a pair at {threshold} with probability {detection}"
    )


def band_hashes(signatures: npt.NDArray[np.uint32], banding: Banding) -> UInt64Array:
    """One 64-bit hash per band: uint64 of shape (files, bands).

    The band's index goes into its hash, so that equal minima in different bands do not meet.
    Unlike bands share a hash with probability 2**-64, which costs one candidate more to verify.
    Raises `ValueError` for signatures shorter than the banding.
    """
    bands, rows = banding
    if signatures.shape[1] < bands * rows:
        raise ValueError(
            f"{bands} bands of {rows} rows need {bands * rows} minima, got {signatures.shape[1]}"
        )
    index = np.arange(1, bands + 1, dtype=np.uint64)
    hashes = np.tile(mix64(index * GOLDEN_GAMMA), (len(signatures), 1))
    for row in range(rows):
        hashes ^= signatures[:, row : bands * rows : rows]
        mix64(hashes)
    return hashes
