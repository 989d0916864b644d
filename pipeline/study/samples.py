"""Files next to the threshold, on both sides of it, with what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts, storage
from codemill.pipeline.config import Config
from codemill.pipeline.earlier import TEXT_DIR
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.parts import PartSpec
from codemill.pipeline.sources import SourceRefused
from codemill.pipeline.stages.files import ReadPart, content_path
from codemill.pipeline.study.subject import Subject
from codemill.transforms.columns import with_columns
from codemill.transforms.sampling import keyed_bits

POOL = 8
"""Files held for each that is shown, so that not all come from one repository."""

SHOWN = ("file_id", "blob_id", "repository", "path", "language", "size_bytes", "rule")

Row = dict[str, Any]


class Nearest:
    """The files nearest to the line on one side of it.

    First those on which this score alone decides, then by distance, then by a hash of the id.
    """

    def __init__(self, num_rows: int) -> None:
        self._num_rows = num_rows
        self._rows: list[tuple[tuple[bool, float, int], Row]] = []

    def add(self, batch: pa.RecordBatch, part: str, columns: Mapping[str, np.ndarray]) -> None:
        """Consider rows; `columns` are their `value`, `line` and `spared`."""
        distance = np.abs(columns["value"] - columns["line"])
        bits = keyed_bits(batch.column("file_id").to_numpy(), seed=0, purpose="study")
        order = np.lexsort((bits, distance, ~columns["spared"]))[: self._num_rows * POOL]
        rows = batch.select(SHOWN).take(pa.array(order)).to_pylist()
        for index, row in zip(order.tolist(), rows, strict=True):
            values = {name: column[index].item() for name, column in columns.items()}
            key = (not values["spared"], float(distance[index]), int(bits[index]))
            self._rows.append((key, {**row, **values, "part": part}))
        self._rows = sorted(self._rows, key=lambda pair: pair[0])[: self._num_rows * POOL]

    def rows(self) -> list[Row]:
        """The files, one of each repository before the second of any, nearest first."""
        seen: Counter[str] = Counter()
        ranked = []
        for key, row in self._rows:
            ranked.append(((seen[row["repository"]], key), row))
            seen[row["repository"]] += 1
        chosen = sorted(ranked, key=lambda pair: pair[0])[: self._num_rows]
        return [row for _, row in sorted(chosen, key=lambda pair: pair[0][1])]


class Sides:
    """Samples on both sides of a threshold."""

    def __init__(self, num_rows: int) -> None:
        self._sides = {"kept": Nearest(num_rows), "dropped": Nearest(num_rows)}

    def add(self, batch: pa.RecordBatch, part: str, subject: Subject, spared: np.ndarray) -> None:
        """Consider a batch of rows that all have a score and a line."""
        value = subject.values(batch).to_numpy(zero_copy_only=False)
        line = subject.lines(batch.column("language")).to_numpy(zero_copy_only=False)
        drops = value > line if subject.drops_above else value < line
        for side, mask in (("kept", ~drops), ("dropped", drops)):
            columns = {"value": value[mask], "line": line[mask], "spared": spared[mask]}
            self._sides[side].add(batch.filter(pa.array(mask)), part, columns)

    def rows(self) -> list[Row]:
        """Both sides' files, each with `side`."""
        return [{"side": s, **row} for s, nearest in self._sides.items() for row in nearest.rows()]


def with_texts(root: str, rows: list[Row], config: Config) -> list[Row]:
    """`rows` with `text`, null where it is not at hand, and `text_from`, which says whence.

    The text of a file that the stage kept is in the build. That of one it dropped is not: it is
    read from its source where that still is, and decoded and redacted as it was judged.
    """
    kept = [row for row in rows if row["rule"] is None]
    dropped = [row for row in rows if row["rule"] is not None]
    texts = _kept_texts(root, kept)
    missing = dropped + [row for row in kept if row["file_id"] not in texts]
    if missing:
        texts |= _source_texts(root, missing, config)
    nowhere = (None, "not at hand: the build keeps no text of it, and its source is gone")
    return [
        {**row, **dict(zip(("text", "text_from"), texts.get(row["file_id"], nowhere), strict=True))}
        for row in rows
    ]


Texts = dict[int, tuple[str | None, str]]


def _kept_texts(root: str, rows: list[Row]) -> Texts:
    texts: Texts = {}
    for part, wanted in _by_part(rows).items():
        path = content_path(part)
        if storage.exists(storage.join(root, path)):
            texts |= _texts_in(root, path, wanted, "work/files/content")
    left = {row["file_id"] for row in rows} - set(texts)
    for name in sorted(parts.committed(root, TEXT_DIR)) if left else []:
        texts |= _texts_in(root, f"{TEXT_DIR}/{name}.parquet", left, f"text/{name}")
    return texts


def _texts_in(root: str, path: str, wanted: Iterable[int], whence: str) -> Texts:
    ids = parts.read_table(root, path, columns=["file_id"])["file_id"]
    places = np.flatnonzero(np.isin(ids.to_numpy(), np.array(sorted(wanted), np.int64)))
    if not len(places):
        return {}
    found = parts.read_some_rows(root, path, places, columns=["file_id", "text"])
    return {r["file_id"]: (r["text"], whence) for r in found.to_pylist()}


def _by_part(rows: list[Row]) -> dict[str, list[int]]:
    by_part: dict[str, list[int]] = {}
    for row in rows:
        by_part.setdefault(row["part"], []).append(row["file_id"])
    return by_part


def _source_texts(root: str, rows: list[Row], config: Config) -> Texts:
    listed = storage.read_json(storage.join(root, "work", "catalog", "parts.json"))
    if listed is None:
        return {}
    specs = {spec["name"]: PartSpec(**spec) for spec in listed}
    read = _reader(root, config)
    texts: Texts = {}
    for part, wanted in _by_part(rows).items():
        if part in specs:
            texts |= read(specs[part], wanted)
    return texts


def _reader(root: str, config: Config) -> Callable[[PartSpec, list[int]], Texts]:
    """Reads files of a part from their sources, and brings them to the text that was judged."""
    reader = ReadPart(root)
    reader.setup()
    labels = list(STEPS)
    steps = [STEPS[label](config) for label in labels[: labels.index("redact") + 1]]

    def read(spec: PartSpec, wanted: list[int]) -> Texts:
        try:
            rows = parts.read_rows(root, spec.admitted, spec.start, spec.num_rows)
            rows = rows.filter(pc.is_in(rows["file_id"], value_set=pa.array(wanted, pa.int64())))
            rows = with_columns(rows, {"content": reader.content(spec, rows)})
        except (SourceRefused, OSError):
            return {}
        batch = rows.combine_chunks().to_batches()[0] if rows.num_rows else None
        if batch is None:
            return {}
        for step in steps:
            batch = step(batch)
        told = batch.select(["file_id", "text"]).to_pylist()
        return {r["file_id"]: (r["text"], "its source") for r in told if r["text"] is not None}

    return read
