"""A throw-away build that holds exactly what the stage `duplicates` reads.

Rows of a dataset take the way that files take in the stage `files`: the real step `sign` and the
real writer, in parts, on Beam's local runner. Columns that a dataset lacks are null, false or
empty, so that a column which the stages gain appears by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.near_duplicates.rows import part_paths
from codemill.pipeline import storage
from codemill.pipeline.build import Build
from codemill.pipeline.config import Config
from codemill.pipeline.parts import PartSpec
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages import files
from codemill.transforms.columns import constant, equal_runs
from codemill.transforms.schema import WORK_CONTENT, arrow_schema

CONSTANTS = {
    "revision": "0" * 40,
    "split": "train",
    "encoding": "utf-8",
    "language": "unknown",
    "language_by": "none",
    "licence": "MIT",
    "licence_by": "folder:LICENSE",
}


def part_specs(dataset: Path) -> list[PartSpec]:
    """A part for every Parquet file of the dataset."""
    specs = []
    for path in part_paths(dataset):
        metadata = pq.read_metadata(path)
        size, rows = _text_bytes(metadata), metadata.num_rows
        specs.append(PartSpec(path.stem, "train", str(path.resolve()), 0, rows, size))
    return specs


def _text_bytes(metadata: pq.FileMetaData) -> int:
    """Bytes of the text before compression, by the footer alone."""
    column = metadata.schema.to_arrow_schema().get_field_index("text")
    groups = (metadata.row_group(i) for i in range(metadata.num_row_groups))
    return sum(group.column(column).total_uncompressed_size for group in groups)


def sign(build: Build, dataset: Path) -> None:
    """Write the parts' content, signatures and files, and what the catalog says of them."""
    specs = {spec.name: spec for spec in part_specs(dataset)}
    storage.write_json(
        build.path("work", "catalog", "parts.json"), [asdict(s) for s in specs.values()]
    )
    loads = {name: Load(spec.num_rows, spec.size_bytes) for name, spec in specs.items()}
    build.run_parts(
        "sign", files.FILES_DIR, loads, lambda missing: graph(build, [specs[n] for n in missing])
    )


def graph(build: Build, specs: list[PartSpec]) -> Graph:
    """The stage `files` without the steps that near-duplicates do not need."""
    weights = [spec.size_bytes for spec in specs]
    return lambda pipeline: (
        pipeline
        | "deal parts" >> Deal(specs, weights, build.settings)
        | "read" >> beam.ParDo(ReadRows(build.config)).with_output_types(pa.RecordBatch)
        | "sign"
        >> beam.ParDo(files.RunStep("sign", build.config)).with_output_types(pa.RecordBatch)
        | "write" >> beam.ParDo(files.WritePart(build.root, build.config))
    )


class ReadRows(CheckedDoFn):
    """Reads a dataset's part in batches of the size that `files` reads."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self._config = config

    def process(self, spec: PartSpec) -> Iterator[pa.RecordBatch]:
        """Batches marked as `files` marks them."""
        rows = as_files(pq.read_table(spec.admitted), self._config)
        sizes = rows["size_bytes"].to_numpy()
        bounds = list(equal_runs((np.cumsum(sizes) - sizes) // files.BATCH_BYTES)) or [(0, 0)]
        for number, (start, end) in enumerate(bounds, start=1):
            chunk = rows.slice(start, end - start)
            yield files.marked(chunk, spec.name, number, last=number == len(bounds))


def as_files(rows: pa.Table, config: Config) -> pa.Table:
    """`rows` with every column that `sign` and the writer want, but those that `sign` makes."""
    text = rows["text"].cast(pa.large_string())
    given = {
        "file_id": rows["id"],
        "blob_id": pa.array([f"{number:040x}" for number in rows["id"].to_pylist()]),
        "repository": rows["repository"],
        "path": rows["path"],
        "text": text,
        "size_bytes": pc.binary_length(text).cast(pa.int64()),
    }
    schema = pa.unify_schemas([files.files_schema(config), arrow_schema(WORK_CONTENT)])
    columns = {f.name: given.get(f.name, _default(f, rows.num_rows)) for f in schema}
    return pa.table({**columns, "text": text})


def _default(field: pa.Field, num_rows: int) -> pa.Array:
    value: Any = CONSTANTS.get(field.name)
    if value is None and pa.types.is_boolean(field.type):
        value = False
    if value is None and pa.types.is_list(field.type):
        value = []
    return constant(value, field.type, num_rows)
