"""How codemill's near-duplicate removal grows with the corpus, under a memory setting.

    python -m benchmarks.near_duplicates.growth FOLDER-OF-CLONES
        [--sizes-mb 20 40 80] [--memory-gb 2] [--workers 1] [--json FILE]

Every size is a random sample of the text files, in parts of about 16 MB. Seconds, peak memory of
the process tree and bytes shuffled are those of the stage `duplicates`; `sign` is the work done on
the way through the stage `files`. `at start` is the memory before the stage: the interpreter with
what it imports. A `--memory-gb` far below what the exchange needs shows the rounds.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates import measure
from benchmarks.near_duplicates.compare import WORK
from benchmarks.near_duplicates.dataset import make_unlabelled
from benchmarks.near_duplicates.measure import Sample
from benchmarks.near_duplicates.rows import PART_BYTES, part_paths, read_column, text_bytes
from benchmarks.near_duplicates.tools import ROOT

Row = dict[str, Any]


def subset(dataset: Path, num_parts: int, out: Path) -> Path:
    """A dataset of the first parts of another."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for path in part_paths(dataset)[:num_parts]:
        (out / path.name).symlink_to(path.resolve())
    return out


def run(dataset: Path, work: Path, workers: int, memory_gb: float) -> Row:
    """What the stage took on `dataset`."""
    build = work / "growth-build"
    samples: list[Sample] = []
    module = "benchmarks.near_duplicates.codemill_run"
    options = ["--workers", str(workers), "--memory-gb", str(memory_gb)]
    command = [sys.executable, "-m", module, str(dataset), str(build), *options]
    measure.run(command, work / "growth-log", cwd=ROOT, samples=samples)
    told = json.loads((build / "steps.json").read_text())
    stage, sign = told["steps"]["duplicates"], told["steps"]["sign"]
    inside = [size for at, size in samples if stage["from"] <= at <= stage["to"]]
    before = [size for at, size in samples if at < sign["from"]]
    return {
        "bytes": text_bytes(dataset),
        "files": len(read_column(dataset, "id")),
        "removed": told["counts"]["removed"],
        "sign_cpu_secs": sign["cpu"],
        "wall_secs": stage["wall"],
        "cpu_secs": stage["cpu"],
        "start_bytes": max(before, default=0),
        "peak_bytes": max(inside, default=0),
        "shuffled_bytes": stage["shuffled"] if workers == 1 else None,
        "rounds": ", ".join(re.findall(r"(\d+) rounds?\b", " ".join(told["said"]))),
    }


def shown(rows: list[Row], title: str) -> Table:
    """A line a size."""
    table = Table(title=title)
    heads = ["MB", "files", "removed", "sign CPU s/GB", "wall s/GB", "CPU s/GB"]
    heads += ["peak MB", "at start", "shuffled B/file", "rounds"]
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        size = row["bytes"] / 1e9
        seconds = [row["sign_cpu_secs"], row["wall_secs"], row["cpu_secs"]]
        shuffled = row["shuffled_bytes"]
        table.add_row(
            f"{1000 * size:,.0f}",
            f"{row['files']:,}",
            f"{row['removed']:,}",
            *(f"{x / size:,.1f}" for x in seconds),
            *(f"{row[name] / 1e6:,.0f}" for name in ("peak_bytes", "start_bytes")),
            "" if shuffled is None else f"{shuffled / row['files']:,.0f}",
            row["rounds"],
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes-mb", type=float, nargs="+", default=[20, 40, 80])
    parser.add_argument("--memory-gb", type=float, default=2.0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    whole = options.work / "growth"
    largest = max(options.sizes_mb)
    make_unlabelled(options.folder, whole, largest)
    rows = []
    for size in options.sizes_mb:
        parts = max(1, round(size * 1e6 / PART_BYTES))
        dataset = subset(whole, parts, options.work / "growth-part")
        rows.append(run(dataset, options.work, options.workers, options.memory_gb))
    title = f"memory setting {options.memory_gb} GB, {options.workers} workers"
    Console(width=200).print(shown(rows, title))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
