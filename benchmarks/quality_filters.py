"""Speed of every quality filter, one core, on the admitted files of a build.

    python benchmarks/quality_filters.py BUILD [--max-mb 50]

Processor time; MB are those of the text. *Alone*: on a batch that nothing has been computed of yet,
shared measures included. *In the recipe*: what it adds when the filters before it have run, so the
times add up to the cost of the step. `bytes_per_token` is measured by the step, for `gibberish`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import pyarrow as pa
from file_steps import batches
from rich.console import Console
from rich.table import Table

from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.packaged import load_vocabulary
from codemill.transforms.quality import DEFAULT_RECIPE, QualityBatch, discover
from codemill.transforms.quality.fertility import Fertility

STEPS_BEFORE = ("decode", "identify")


def identified(root: str, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """The build's batches with all that the filters look at."""
    steps = [STEPS[label](Config()) for label in STEPS_BEFORE]
    for batch in batches(root, max_bytes):
        for step in steps:
            batch = step(batch)
        yield batch


def measure(root: str, max_bytes: int) -> tuple[int, dict[str, float], dict[str, float]]:
    """Bytes of text, and processor seconds by filter: alone, and in the recipe."""
    filters = [discover()[name] for name in DEFAULT_RECIPE]
    fertility = Fertility(load_vocabulary())
    fertility(pa.array(["x" * 1000], pa.large_string()))
    alone = dict.fromkeys(["bytes_per_token", *DEFAULT_RECIPE], 0.0)
    added = dict(alone)
    size = 0
    for batch in identified(root, max_bytes):
        size += batch.column("text").nbytes
        start = time.process_time()
        per_token = fertility(batch.column("text"))
        alone["bytes_per_token"] += time.process_time() - start
        together = QualityBatch.of(batch, bytes_per_token=per_token)
        for each in filters:
            for spent, scored in (
                (alone, QualityBatch.of(batch, bytes_per_token=per_token)),
                (added, together),
            ):
                start = time.process_time()
                each.score(scored)
                spent[each.name] += time.process_time() - start
    added["bytes_per_token"] = alone["bytes_per_token"]
    return size, alone, added


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--max-mb", type=int, default=50)
    arguments = parser.parse_args()
    size, alone, added = measure(arguments.build, arguments.max_mb * 1_000_000)
    table = Table("filter", "alone, MB/s", "in the recipe, MB/s", title=f"{size / 1e6:.1f} MB")
    for name in added:
        table.add_row(name, *(f"{size / 1e6 / spent[name]:,.0f}" for spent in (alone, added)))
    table.add_row("all", "", f"{size / 1e6 / sum(added.values()):,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
