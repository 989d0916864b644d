"""codemill's near-duplicate removal on a dataset, from its Parquet to the text that stays.

    python -m benchmarks.near_duplicates.codemill_run DATASET OUT
        [--workers 1] [--memory-gb 2] [--set duplicates.threshold=0.85]

Steps: `sign` (read, shingles, signatures, work files), those of the stage `duplicates`, and `keep`
(writes the text that stays, as the stage `text` does). OUT/steps.json has every step's seconds of
wall and processor time, when it began and ended on the machine's monotonic clock, and, with one
worker, the bytes of Arrow batches that its shuffles carry. With several workers, `sign` also waits
for the process that they are forked from, which the command line starts earlier.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

from benchmarks.near_duplicates.build_folder import sign
from benchmarks.near_duplicates.measure import tree_seconds
from codemill.pipeline import parts
from codemill.pipeline.arrow_coder import RecordBatchCoder
from codemill.pipeline.build import Build
from codemill.pipeline.config import load_config
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load, Reporter
from codemill.pipeline.runner import RunSettings
from codemill.pipeline.sources import Discovery
from codemill.pipeline.stages import catalog, duplicates, text
from codemill.transforms.schema import TEXT, arrow_schema


class StepReporter(Reporter):
    """Notes what every step takes."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[str, dict[str, float]] = {}
        self.said: list[str] = []
        self.shuffled = 0

    def say(self, line: str) -> None:
        """Keep the line too."""
        self.said.append(line.strip())
        super().say(line)

    @contextmanager
    def watch(
        self, label: str, loads: Mapping[str, Load], done: Callable[[], set[str]]
    ) -> Iterator[None]:
        """Measure the body; steps of one label add up."""
        del loads, done
        with self.step(label):
            yield

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Measure the body."""
        wall, cpu, shuffled = time.monotonic(), tree_seconds(), self.shuffled
        yield
        step = self.steps.setdefault(label, {"wall": 0.0, "cpu": 0.0, "shuffled": 0, "from": wall})
        step["to"] = time.monotonic()
        step["wall"] += time.monotonic() - wall
        step["cpu"] += tree_seconds() - cpu
        step["shuffled"] += self.shuffled - shuffled


def count_shuffled(reporter: StepReporter) -> None:
    """Have `reporter` count the batches that this process decodes: each crossed a shuffle once."""
    decode = RecordBatchCoder.decode

    def counting(self: RecordBatchCoder, encoded: bytes) -> pa.RecordBatch:
        reporter.shuffled += len(encoded)
        return decode(self, encoded)

    RecordBatchCoder.decode = counting  # type: ignore[method-assign]


def keep(build: Build) -> None:
    """Write the text that stays."""
    for spec in catalog.load_parts(build):
        out = PartFile(build.root, f"text/{spec.name}.parquet", arrow_schema(TEXT))
        for rows in text.iterate_kept(build.root, spec.name):
            out.write_table(rows)
        out.commit()


def removed(out: Path) -> dict[int, int | None]:
    """The rows that the build in `out` removed, by id, and what it kept in their stead."""
    names = sorted(parts.committed(str(out), duplicates.LEDGER_DIR))
    paths = [f"{duplicates.LEDGER_DIR}/{name}.parquet" for name in names]
    gone: dict[int, int | None] = {}
    for batch in parts.iterate_parts(str(out), paths, columns=["file_id", "kept_file_id"]):
        gone.update(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    return gone


def run(dataset: Path, out: Path, settings: RunSettings, changes: list[str]) -> dict[str, Any]:
    """Run all steps; what they took and counted."""
    reporter = StepReporter()
    if settings.workers == 1:
        count_shuffled(reporter)
    shutil.rmtree(out, ignore_errors=True)
    started = time.time() - psutil.Process().create_time()
    reporter.steps["start"] = {"wall": started, "cpu": tree_seconds(), "shuffled": 0}
    build = Build(str(out), load_config(None, changes), Discovery((), (), 0), settings, reporter)
    sign(build, dataset)
    with reporter.step("duplicates"):
        counts = duplicates.STAGE.make(build)
    with reporter.step("keep"):
        keep(build)
    result = {"steps": reporter.steps, "counts": counts, "said": reporter.said}
    (out / "steps.json").write_text(json.dumps(result, indent=1))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory-gb", type=float, default=2.0)
    parser.add_argument("--set", action="append", default=[], dest="changes")
    options = parser.parse_args()
    memory = round(options.memory_gb * 1e9)
    settings = RunSettings(workers=options.workers, memory_bytes=memory)
    print(json.dumps(run(options.dataset, options.out, settings, options.changes), indent=1))


if __name__ == "__main__":
    main()
