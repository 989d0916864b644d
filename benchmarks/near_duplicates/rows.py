"""The rows of a dataset, and the Parquet files that hold them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("repository", pa.string()),
        ("path", pa.string()),
        ("kind_of_edit", pa.string()),
        ("source_id", pa.int64()),
        ("text", pa.string()),
    ]
)
PART_BYTES = 16 << 20


def write(rows: Iterable[dict[str, Any]], out: Path, part_bytes: int = PART_BYTES) -> int:
    """Write the rows in parts; bytes of text."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.parquet"):
        old.unlink()
    waiting: list[dict[str, Any]] = []
    number = size = total = 0
    for row in rows:
        waiting.append(row)
        size += len(row["text"].encode())
        if size >= part_bytes:
            _write_part(waiting, out, number)
            total, size, number, waiting = total + size, 0, number + 1, []
    if waiting or not number:
        _write_part(waiting, out, number)
    return total + size


def _write_part(rows: list[dict[str, Any]], out: Path, number: int) -> None:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    pq.write_table(table, out / f"{number:05d}.parquet", row_group_size=256)


def part_paths(dataset: Path) -> list[Path]:
    """The Parquet files of a dataset, in order."""
    return sorted(dataset.glob("*.parquet"))


def read_column(dataset: Path, name: str) -> list[Any]:
    """A column of all parts, in row order."""
    return [
        v for p in part_paths(dataset) for v in pq.read_table(p, columns=[name])[name].to_pylist()
    ]


def text_bytes(dataset: Path) -> int:
    """Bytes of text in UTF-8."""
    return sum(len(text.encode()) for text in read_column(dataset, "text"))
