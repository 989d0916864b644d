"""What the stage `files` leaves, made of texts alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from codemill.pipeline import storage
from codemill.pipeline.build import Build
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Reporter
from codemill.pipeline.runner import RunSettings
from codemill.pipeline.sources import Discovery
from codemill.pipeline.stages import files
from codemill.transforms.columns import with_columns
from codemill.transforms.identity import file_ids
from codemill.transforms.schema import DECISION, FILES_HEAD, WORK_CONTENT, arrow_schema

REVISION = "0" * 40
BATCH = pa.schema([*arrow_schema(FILES_HEAD), *arrow_schema(DECISION), *arrow_schema(WORK_CONTENT)])


def judged(
    root: Path, parts: list[list[dict]], config: Config, *, memory_bytes: int = 1 << 30
) -> Build:
    """A build whose parts hold these files, each a dict with `text`, `path` and what differs."""
    build = Build(
        str(root),
        config,
        Discovery((), (), 0),
        RunSettings(memory_bytes=memory_bytes),
        Reporter(quiet=True),
    )
    specs = []
    for number, rows in enumerate(parts):
        name = f"{rows[0].get('split', 'train')}-{number:05d}-0000" if rows else "train-none"
        batch = batch_of(rows, number, config)
        write(build, name, batch)
        size = sum(len(row["text"]) for row in rows)
        specs.append(
            {
                "name": name,
                "split": name.split("-")[0],
                "admitted": "",
                "start": 0,
                "num_rows": len(rows),
                "size_bytes": size,
            }
        )
    storage.write_json(build.path("work", "catalog", "parts.json"), specs)
    return build


def batch_of(rows: list[dict], number: int, config: Config) -> pa.RecordBatch:
    """The rows as the last step of `files` leaves them."""
    names = {field.name: field for field in BATCH}
    usual = {
        "repository": f"example.org/r/{number}",
        "revision": REVISION,
        "split": "train",
        "licence": "MIT",
        "language": "Python",
        "functions": [],
        "licence_texts": [],
        "redactions": [],
        "taken_out": [],
        "learning_value": 0.5,
        **dict.fromkeys(("vendored", "generated", "lock", "test", "minified"), False),
    }
    full = []
    for place, row in enumerate(rows):
        sized = {"size_bytes": len(row["text"].encode()), "path": f"f{place}.py"}
        blob_id = hashlib.sha1(row["text"].encode()).hexdigest()
        full.append({**usual, **sized, "blob_id": blob_id, **row})
    columns = {n: pa.array([row.get(n) for row in full], f.type) for n, f in names.items()}
    keys = (columns[n] for n in ("repository", "revision", "path", "blob_id"))
    columns["file_id"] = file_ids(*keys)
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    return STEPS["sign"](config)(batch)


def write(build: Build, name: str, batch: pa.RecordBatch) -> None:
    """Signatures and content of one part."""
    rows = pa.array(range(batch.num_rows), type=pa.int32())
    for path, schema, per_group in (
        (files.signatures_path(name), files.signatures_schema(build.config), 4096),
        (files.content_path(name), arrow_schema(WORK_CONTENT), files.CONTENT_ROWS_PER_GROUP),
    ):
        file = PartFile(build.root, path, schema, rows_per_group=per_group)
        file.write(with_columns(batch, {"row": rows}))
        file.commit()
