"""Speed of every step of the `files` stage, one core, on the admitted files of a build.

    python benchmarks/file_steps.py BUILD [--max-mb 100]

Processor time; MB are those of the content read. The steps run as the stage runs them, one batch
after the other, so shares add up to the cost of the stage without writing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table

from codemill.pipeline import storage
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.parts import PartSpec
from codemill.pipeline.stages.files import ReadPart


def batches(root: str, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """What the build's parts read, up to `max_bytes` of content."""
    reader = ReadPart(root)
    reader.setup()
    left = max_bytes
    for spec in storage.read_json(storage.join(root, "work", "catalog", "parts.json")):
        for batch in reader.process(PartSpec(**spec)):
            left -= pc.sum(batch.column("size_bytes")).as_py() or 0
            if left < 0:
                return
            yield batch.replace_schema_metadata(None)


def measure(root: str, max_bytes: int) -> tuple[int, dict[str, float]]:
    """Bytes read, and processor seconds by step."""
    steps = {label: make(Config()) for label, make in STEPS.items()}
    seconds = dict.fromkeys(["read", *steps], 0.0)
    size = 0
    start = time.process_time()
    for batch in batches(root, max_bytes):
        seconds["read"] += time.process_time() - start
        size += pc.sum(batch.column("size_bytes")).as_py() or 0
        for label, step in steps.items():
            start = time.process_time()
            batch = step(batch)
            seconds[label] += time.process_time() - start
        start = time.process_time()
    return size, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--max-mb", type=int, default=100)
    arguments = parser.parse_args()
    size, seconds = measure(arguments.build, arguments.max_mb * 1_000_000)
    table = Table("step", "seconds", "MB/s a core", "share", title=f"{size / 1e6:.1f} MB")
    total = sum(seconds.values())
    for label, spent in [*seconds.items(), ("all", total)]:
        speed = size / 1e6 / spent
        table.add_row(label, f"{spent:.2f}", f"{speed:.1f}", f"{spent / total:.0%}")
    Console().print(table)


if __name__ == "__main__":
    main()
