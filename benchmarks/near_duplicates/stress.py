"""Inputs made to break near-duplicate removal, with the exact answer checked.

    python -m benchmarks.near_duplicates.stress [one_set] [one_bucket] [chain] [shuffled_chain]
        [--memory-gb 2]

* `one_set`: 200,000 distinct texts with one and the same shingle set, so one signature. All but one
  go, at a similarity of 1.
* `one_bucket`: 200,000 entries of one band hash, whose sets differ, through the kernel that
  proposes pairs: pairs, time and memory must be linear.
* `chain`: 10,000 texts, each similar to its neighbours alone. In keep order along the chain every
  second one goes, and every decision waits for the one before it.
* `shuffled_chain`: the same, the order of keeping mixed; a greedy pass in plain Python tells what
  goes. With `--memory-gb 0.004` the decision takes rounds.

Links lie in many parts, neighbours in different ones.
Ends with 1 where an answer is wrong.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates import measure
from benchmarks.near_duplicates.compare import WORK
from benchmarks.near_duplicates.measure import Cost
from benchmarks.near_duplicates.rows import PART_BYTES, part_paths, write
from benchmarks.near_duplicates.score import greedy, neighbours
from benchmarks.near_duplicates.tools import ROOT
from benchmarks.near_duplicates.truth import pairs_of

MANY = 200_000
LINKS = 10_000
PAIRS_PER_MEMBER = 20
"""More pairs for each member of a large bucket than this is on the way to quadratic."""

LOOPS = 18
"""2**18 - 2 texts: enough for `MANY`."""
WINDOW, STEP = 104, 9
"""Tokens of a link, and how far the next is: 91 of 109 shingles in common (0.835), and 82 of 118
(0.695) with the one after. Bands that find a pair at 0.7 with 0.99 miss one link of 0.835 in four
million, so the exact answer can be asked for; at 0.74 they would miss some of 10,000."""

CHAIN_PART_BYTES = 256_000
"""A chain lies in about 25 parts."""

Checked = tuple[Cost, str, bool]


def one_set_texts(count: int = MANY, loops: int = LOOPS) -> Iterator[str]:
    """Distinct texts of one shingle set.

    Each goes through two loops from one run of five tokens back to it, in an order of its own. A
    window of five tokens never sees where it came from and where it goes, so all have the same.
    """
    through = ("p q r s t a", "p q r s t b")
    for choices in itertools.islice(itertools.product((0, 1), repeat=loops), 1, count + 1):
        yield " ".join([*(through[choice] for choice in choices), "p q r s t"])


def chain_texts(links: int = LINKS) -> list[str]:
    """Windows over a row of unique tokens."""
    return [
        " ".join(f"t{number}" for number in range(link * STEP, link * STEP + WINDOW))
        for link in range(links)
    ]


def rows(texts: Iterator[str] | list[str]) -> Iterator[dict[str, Any]]:
    """Rows that rank alike, so that the smaller id is kept."""
    for number, text in enumerate(texts):
        yield {
            "id": number,
            "repository": "stress",
            "path": f"files/{number:07d}.txt",
            "kind_of_edit": "real",
            "source_id": None,
            "text": text,
        }


@dataclass(frozen=True)
class Bench:
    """Where the checks work, and under which memory setting."""

    work: Path
    memory_gb: float

    def write(self, texts: Iterator[str] | list[str], part_bytes: int = PART_BYTES) -> None:
        """Make the dataset, its rows mixed where parts are small."""
        made = list(rows(texts))
        if part_bytes < PART_BYTES:
            random.Random(1).shuffle(made)
        write(made, self.work / "stress", part_bytes)

    def remove(self) -> tuple[Cost, dict[int, int], dict[int, float]]:
        """codemill's removals: what it took, and by id the file kept and the similarity."""
        build = self.work / "stress-build"
        module = "benchmarks.near_duplicates.codemill_run"
        options = ["--memory-gb", str(self.memory_gb)]
        command = [sys.executable, "-m", module, str(self.work / "stress"), str(build), *options]
        cost = measure.run(command, self.work / "stress-log", cwd=ROOT)
        columns = ["file_id", "kept_file_id", "similarity"]
        kept: dict[int, int] = {}
        similarity: dict[int, float] = {}
        for path in part_paths(build / "ledger" / "duplicates"):
            table = pq.read_table(path, columns=columns)
            found = zip(*(table[name].to_pylist() for name in columns), strict=True)
            for gone, other, value in found:
                kept[gone], similarity[gone] = other, value
        return cost, kept, similarity


def check_one_set(bench: Bench) -> Checked:
    """All but one go, for that one."""
    bench.write(one_set_texts())
    cost, kept, similarity = bench.remove()
    stays = set(range(MANY)) - set(kept)
    right = len(stays) == 1 and set(kept.values()) == stays and set(similarity.values()) == {1.0}
    return cost, f"{len(kept):,} removed, {len(stays):,} kept", right


def check_one_bucket(bench: Bench) -> Checked:
    """Few pairs a member. The kernel runs in a process of its own."""
    log = bench.work / "stress-log"
    command = [sys.executable, "-m", "benchmarks.near_duplicates.stress", "--kernel"]
    cost = measure.run(command, log, cwd=ROOT)
    told = json.loads(log.read_text().splitlines()[-1])
    said = f"{told['pairs']:,} pairs in {told['secs']:.2f} s, members missing {told['missing']}"
    return cost, said, told["pairs"] <= PAIRS_PER_MEMBER * MANY and not told["missing"]


def kernel() -> dict[str, Any]:
    """Propose pairs of one bucket of `MANY` files."""
    from codemill.transforms.dedup.candidates import propose

    part, row = np.divmod(np.arange(MANY, dtype=np.int32), np.int32(4096))
    order = np.random.default_rng(0).permutation(MANY)
    start = time.process_time()
    edges = propose(
        np.full(MANY, 7, np.uint64), part, row, order.astype(np.uint64), order.astype(np.int64)
    )
    secs = time.process_time() - start
    ends = np.concatenate([edges.part_a * 4096 + edges.row_a, edges.part_b * 4096 + edges.row_b])
    return {
        "pairs": len(edges.row_a),
        "secs": secs,
        "missing": MANY - len(np.unique(ends)),
    }


def check_chain(bench: Bench) -> Checked:
    """Every second one goes."""
    texts = chain_texts()
    bench.write(texts, CHAIN_PART_BYTES)
    cost, kept, _ = bench.remove()
    right = sorted(kept) == list(range(1, LINKS, 2))
    return cost, f"{len(kept):,} removed", right and _each_for_a_neighbour(kept, texts)


def check_shuffled_chain(bench: Bench) -> Checked:
    """What a greedy pass in keep order removes."""
    texts = chain_texts()
    random.Random(0).shuffle(texts)
    bench.write(texts, CHAIN_PART_BYTES)
    cost, kept, _ = bench.remove()
    expected = greedy(range(LINKS), neighbours(pairs_of(texts, "code")))
    right = set(kept) == set(expected) and _each_for_a_neighbour(kept, texts)
    return cost, f"{len(kept):,} removed, {len(expected):,} expected", right


def _each_for_a_neighbour(kept: dict[int, int], texts: list[str]) -> bool:
    near = neighbours(pairs_of(texts, "code"))
    return all(other in near[gone] and other not in kept for gone, other in kept.items())


CHECKS = {
    "one_set": check_one_set,
    "one_bucket": check_one_bucket,
    "chain": check_chain,
    "shuffled_chain": check_shuffled_chain,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=", ".join(CHECKS))
    parser.add_argument("--kernel", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--memory-gb", type=float, default=2.0)
    parser.add_argument("--work", type=Path, default=WORK)
    options = parser.parse_args()
    if options.kernel:
        print(json.dumps(kernel()))
        return 0
    if not set(options.checks) <= set(CHECKS):
        parser.error(f"checks are {', '.join(CHECKS)}")
    options.work.mkdir(parents=True, exist_ok=True)
    table = Table("check", "wall s", "CPU s", "peak MB", "answer", "")
    bench = Bench(options.work, options.memory_gb)
    wrong = 0
    for name in options.checks or CHECKS:
        cost, said, right = CHECKS[name](bench)
        wrong += not right
        figures = (f"{cost.wall_secs:.1f}", f"{cost.cpu_secs:.1f}", f"{cost.peak_bytes / 1e6:,.0f}")
        table.add_row(name, *figures, said, "right" if right else "WRONG")
    Console(width=120).print(table)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
