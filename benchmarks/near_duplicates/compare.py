"""codemill and its peers on one dataset: time, memory, and how right their removals are.

    python -m benchmarks.near_duplicates.compare DATASET [--tools codemill datatrove]
    python -m benchmarks.near_duplicates.compare --speed-only FOLDER-OF-CLONES [--max-mb 150]

DATASET is what `benchmarks.near_duplicates.dataset` makes; for speed alone, any text of the clones
will do. Tools run one after the other, each in an environment of its own, with as many workers
(data-prep-kit's command always has one). What they take is measured over the tree of their
processes (`measure.py`). Start is processor time on the dataset's first 20 rows, and is part of
what a run takes. Recall and wrong removals are given by two notions of a shingle, each by brute
force: code tokens, and lower-case words, which is what most of the peers compare.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from benchmarks.near_duplicates import measure
from benchmarks.near_duplicates.dataset import make_unlabelled
from benchmarks.near_duplicates.environments import MissingPeerError
from benchmarks.near_duplicates.measure import Cost, FailedError
from benchmarks.near_duplicates.rows import part_paths, read_column, text_bytes
from benchmarks.near_duplicates.score import Neighbours, Score, neighbours, score
from benchmarks.near_duplicates.tools import ROOT, TOOLS, Job, Tool
from benchmarks.near_duplicates.truth import TOKENS, pairs_of

WORK = ROOT / ".peers" / "work"
START_ROWS = 20


@dataclass(frozen=True)
class Result:
    """One tool's run."""

    tool: str
    setting: str
    start: Cost
    cost: Cost
    removed: int
    scores: dict[str, Score]
    """By notion of a shingle; empty where speed alone was asked for."""
    steps: dict[str, Any] | None
    """codemill's own, by name."""


def run_tool(tool: Tool, dataset: Path, work: Path, workers: int) -> tuple[Job, Cost]:
    """Run `tool` in a fresh folder below `work`."""
    out = work / "run"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    job = Job(tool.python(), dataset.resolve(), out, workers)
    command = tool.command(job)
    own = tool.environment is None  # codemill is run from the checkout, peers from their output
    cost = measure.run(command, work / "log", cwd=ROOT if own else out, env=tool.env)
    return job, cost


def first_rows(dataset: Path, out: Path) -> Path:
    """A dataset of the first `START_ROWS` rows, in `out`."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    path = part_paths(dataset)[0]
    pq.write_table(pq.read_table(path).slice(0, START_ROWS), out / path.name)
    return out


def compare(
    tool: Tool, dataset: Path, truth: Mapping[str, Neighbours], work: Path, workers: int
) -> Result:
    """Run and score one tool."""
    _, start = run_tool(tool, first_rows(dataset, work / "first"), work, workers)
    job, cost = run_tool(tool, dataset, work, workers)
    removed = tool.removed(job)
    rows = len(read_column(dataset, "id"))
    scores = {notion: score(removed, near, rows) for notion, near in truth.items()}
    return Result(tool.name, tool.setting, start, cost, len(removed), scores, _steps(job.out))


def _steps(out: Path) -> dict[str, Any] | None:
    path = out / "build" / "steps.json"
    return dict(json.loads(path.read_text())) if path.exists() else None


def truth_of(dataset: Path) -> dict[str, Neighbours]:
    """The pairs that reach 0.7, by notion."""
    texts = read_column(dataset, "text")
    return {notion: neighbours(pairs_of(texts, notion)) for notion in TOKENS}


def shown(results: list[Result], size: int, title: str) -> Table:
    """A line a run."""
    table = Table(title=title)
    heads = ["tool", "setting", "wall s", "CPU s", "start s", "MB/CPU s", "MB/CPU s less start"]
    heads += ["peak MB", "removed"]
    notions = list(results[0].scores) if results else []
    heads += [f"{head}, {notion}" for notion in notions for head in ("recall", "wrong %")]
    for head in heads:
        table.add_column(head, justify="left" if head in ("tool", "setting") else "right")
    for r in results:
        net = max(r.cost.cpu_secs - r.start.cpu_secs, 1e-9)
        numbers = [r.cost.wall_secs, r.cost.cpu_secs, r.start.cpu_secs]
        speeds = [size / 1e6 / r.cost.cpu_secs, size / 1e6 / net]
        cells = [f"{x:.1f}" for x in numbers] + [f"{x:.2f}" for x in speeds]
        cells += [f"{r.cost.peak_bytes / 1e6:,.0f}", f"{r.removed:,}"]
        for s in r.scores.values():
            cells += [f"{s.recall:.4f}", f"{100 * s.wrong_share:.1f}"]
        table.add_row(r.tool, r.setting, *cells)
    return table


def chosen(wanted: list[str]) -> list[Tool]:
    """Tools whose name or setting holds one of `wanted`; all where none is given."""
    named = {f"{tool.name}, {tool.setting}": tool for tool in TOOLS}
    return [t for name, t in named.items() if not wanted or any(w in name for w in wanted)]


def run_all(
    tools: list[Tool], dataset: Path, truth: Mapping[str, Neighbours], work: Path, workers: int
) -> list[Result]:
    """Every tool's result; one that fails is named on stderr and left out."""
    results = []
    for tool in tools:
        print(f"{tool.name}, {tool.setting}", file=sys.stderr, flush=True)
        try:
            results.append(compare(tool, dataset, truth, work, workers))
        except (MissingPeerError, FailedError) as error:
            print(f"  {error}", file=sys.stderr)
    return results


def as_json(results: list[Result], **about: Any) -> str:
    """All figures."""
    rows = []
    for r in results:
        row = asdict(r)
        for notion, s in r.scores.items():
            row["scores"][notion] |= {"recall": s.recall, "wrong_share": s.wrong_share}
        rows.append(row)
    return json.dumps({**about, "results": rows}, indent=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, nargs="?")
    parser.add_argument("--speed-only", type=Path, metavar="FOLDER")
    parser.add_argument("--max-mb", type=float, default=150)
    parser.add_argument("--tools", nargs="*", default=[], help="parts of names or settings")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    dataset = options.dataset
    if options.speed_only:
        dataset = options.work / "speed"
        make_unlabelled(options.speed_only, dataset, options.max_mb)
    if dataset is None:
        parser.error("give a DATASET, or --speed-only FOLDER")
    truth = {} if options.speed_only else truth_of(dataset)
    size = text_bytes(dataset)
    results = run_all(chosen(options.tools), dataset, truth, options.work, options.workers)
    rows = len(read_column(dataset, "id"))
    Console(width=220).print(shown(results, size, f"{rows:,} files, {size / 1e6:.1f} MB"))
    if options.json:
        about = {"rows": rows, "bytes": size, "workers": options.workers}
        options.json.write_text(as_json(results, **about))


if __name__ == "__main__":
    main()
