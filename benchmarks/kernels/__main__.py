"""Speed of every kernel by itself, on one core.

    python -m benchmarks.kernels BUILD_OR_CLONES [--max-mb 50] [--repeats 3]

A finished build gives its sources and its tokenizer; of a folder of clones the catalog is made
first, and tokens are left out. Processor time, the least of `--repeats` but for the steps, which
run once; MB are those of what a kernel reads: content for the steps, text for all others.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from benchmarks.kernels.duplicates import measure_duplicates
from benchmarks.kernels.filters import measure_filters
from benchmarks.kernels.steps import measure_steps
from benchmarks.kernels.stopwatch import table_of
from benchmarks.kernels.tokens import measure_tokens
from codemill.pipeline import storage
from codemill.pipeline.build import Build
from codemill.pipeline.config import Config
from codemill.pipeline.parts import PartSpec
from codemill.pipeline.progress import Reporter
from codemill.pipeline.runner import RunSettings
from codemill.pipeline.sources import discover
from codemill.pipeline.stages import catalog
from codemill.pipeline.stages.files import ReadPart

WIDTH = 110
SHARED = "MB/s with what filters share at hand"


def batches(root: str, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """What the build's parts read, up to `max_bytes` of content, at least one batch."""
    reader = ReadPart(root)
    reader.setup()
    read = 0
    for spec in storage.read_json(storage.join(root, "work", "catalog", "parts.json")):
        for batch in reader.process(PartSpec(**spec)):
            size = pc.sum(batch.column("size_bytes")).as_py() or 0
            if read and read + size > max_bytes:
                return
            read += size
            yield batch.replace_schema_metadata(None)


@contextmanager
def catalogued(path: str) -> Iterator[str]:
    """The folder of a build whose catalog is made: `path`, or a temporary one of its clones."""
    if os.path.exists(os.path.join(path, "work", "catalog", "parts.json")):
        yield path
        return
    with tempfile.TemporaryDirectory() as root:
        quiet = Reporter(quiet=True)
        catalog.make(Build(root, Config(), discover([path]), RunSettings(), quiet))
        yield root


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("path", help="a finished build, or a folder of clones")
    parser.add_argument("--max-mb", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    console = Console(width=WIDTH)
    with catalogued(options.path) as root:
        steps, judged = measure_steps(batches(root, options.max_mb * 1_000_000))
        console.print(table_of("steps of the files stage", steps, "share of all steps"))
        filters = measure_filters(judged, options.repeats)
        console.print(table_of("quality filters, each by itself", filters, SHARED))
        text = pa.concat_arrays(judged["text"].drop_null().chunks)
        found = measure_duplicates(text, options.repeats)
        console.print(table_of("near-duplicates", found, "result"))
        if storage.exists(storage.join(root, "tokenizer", "tokenizer.json")):
            told = measure_tokens(root, text, options.repeats)
            console.print(table_of("tokens", told, "result"))


if __name__ == "__main__":
    main()
