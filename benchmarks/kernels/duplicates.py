"""The kernels that find near-duplicates, from shingles to exact similarity."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.kernels.stopwatch import Measured, best_of
from codemill.pipeline.config import DuplicatesConfig
from codemill.transforms.dedup.bands import band_hashes, choose_bands
from codemill.transforms.dedup.candidates import propose
from codemill.transforms.dedup.minhash import permutations, signatures
from codemill.transforms.dedup.same_text import set_hashes, text_hashes
from codemill.transforms.dedup.shingles import shingles
from codemill.transforms.dedup.verify import can_reach, jaccard, reaches

THRESHOLD = Decimal("0.7")


class Watch:
    """Runs kernels one after the other and notes the figures of each."""

    def __init__(self, size_bytes: int, repeats: int) -> None:
        self._size_bytes = size_bytes
        self._repeats = repeats
        self.measured: list[Measured] = []

    def run(self, name: str, step: Callable[[], Any], note: Callable[[Any], str]) -> Any:
        """What `step` returns."""
        seconds, result = best_of(self._repeats, step)
        self.measured.append(Measured(name, self._size_bytes, seconds, note(result)))
        return result


def _distinct(hashes: pa.FixedSizeBinaryArray) -> str:
    return f"{pc.count_distinct(hashes).as_py():,} distinct"


def measure_duplicates(text: pa.LargeStringArray, repeats: int) -> list[Measured]:
    """Figures over `text`, nulls left out, with signatures as long as a build's."""
    watch = Watch(text.nbytes, repeats)
    num_perm = DuplicatesConfig().permutations
    drawn = permutations(num_perm, seed=42)
    banding = choose_bands(num_perm, threshold=float(THRESHOLD))
    sets = watch.run("shingles", lambda: shingles(text), lambda r: f"{len(r.values):,} distinct")
    watch.run("hashes of texts", lambda: text_hashes(text), _distinct)
    watch.run("hashes of sets", lambda: set_hashes(*sets), _distinct)
    minima = watch.run(
        f"signatures, {num_perm}", lambda: signatures(*sets, drawn), lambda r: f"{len(r):,} files"
    )
    node = np.flatnonzero(np.diff(sets.offsets))
    bands = watch.run(
        "band hashes",
        lambda: band_hashes(minima[node], banding),
        lambda _: f"{banding.bands} bands of {banding.rows}",
    )
    entry = np.repeat(node, banding.bands)
    identity = (np.zeros(len(entry), np.int32), entry.astype(np.int32))
    rank = entry.astype(np.uint64)
    edges = watch.run(
        "candidates",
        lambda: propose(bands.ravel(), *identity, rank, entry),
        lambda r: f"{len(r.row_a):,} pairs, {r.num_capped_buckets} buckets capped",
    )
    sizes = np.diff(sets.offsets)
    able = watch.run(
        "size bound",
        lambda: np.flatnonzero(can_reach(sizes[edges.row_a], sizes[edges.row_b], THRESHOLD)),
        lambda r: f"{len(r):,} pairs left",
    )
    watch.run(
        "exact similarity",
        lambda: jaccard(*sets, *sets, edges.row_a[able], edges.row_b[able]),
        lambda r: f"{np.count_nonzero(reaches(*r, THRESHOLD)):,} pairs at {THRESHOLD}",
    )
    return watch.measured
