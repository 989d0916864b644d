"""Speed of the near-duplicate kernels on the files under a folder, one core.

    python benchmarks/dedup_kernels.py FOLDER [--max-mb 100] [--num-perm 128]

Processor time, best of `--repeats`; MB are those of the text read.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from codemill.transforms.dedup.bands import band_hashes, choose_bands
from codemill.transforms.dedup.candidates import propose
from codemill.transforms.dedup.minhash import permutations, signatures
from codemill.transforms.dedup.same_text import set_hashes, text_hashes
from codemill.transforms.dedup.shingles import shingles
from codemill.transforms.dedup.verify import can_reach, jaccard, reaches

MAX_FILE_BYTES = 1_000_000
THRESHOLD = Decimal("0.7")


def texts(folder: Path) -> Iterator[str]:
    """UTF-8 files under `folder` in path order, none of git's own."""
    for path in sorted(folder.rglob("*")):
        if ".git" in path.parts or path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if len(content) > MAX_FILE_BYTES or b"\0" in content:
            continue
        try:
            yield content.decode()
        except UnicodeDecodeError:
            continue


def read(folder: Path, max_bytes: int) -> pa.LargeStringArray:
    chosen, size = [], 0
    for text in texts(folder):
        chosen.append(text)
        size += len(text.encode())
        if size >= max_bytes:
            break
    return pa.array(chosen, pa.large_string())


class Stopwatch:
    """Runs steps and notes the processor time of each."""

    def __init__(self, repeats: int) -> None:
        self._repeats = repeats
        self.steps: list[tuple[str, float, str]] = []

    def run(self, name: str, step: Callable[[], Any], note: Callable[[Any], str]) -> Any:
        best = float("inf")
        for _ in range(self._repeats):
            started = time.process_time()
            result = step()
            best = min(best, time.process_time() - started)
        self.steps.append((name, best, note(result)))
        return result


def _distinct(hashes: pa.FixedSizeBinaryArray) -> str:
    return f"{pc.count_distinct(hashes).as_py():,} distinct"


def measure(text: pa.LargeStringArray, num_perm: int, watch: Stopwatch) -> None:
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--max-mb", type=int, default=100)
    parser.add_argument("--num-perm", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    text = read(options.folder, options.max_mb * 1_000_000)
    size = text.nbytes / 1e6
    watch = Stopwatch(options.repeats)
    measure(text, options.num_perm, watch)
    table = Table(title=f"{len(text):,} files, {size:.0f} MB")
    for column in ("kernel", "seconds", "MB/s", "result"):
        table.add_column(column, justify="left" if column in ("kernel", "result") else "right")
    for name, seconds, note in watch.steps:
        table.add_row(name, f"{seconds:.2f}", f"{size / max(seconds, 1e-9):,.0f}", note)
    Console().print(table)


if __name__ == "__main__":
    main()
