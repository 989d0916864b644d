"""`codemill inspect`: what a build would think of files, by the very steps of a build."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codemill.pipeline.config import Config
from codemill.pipeline.errors import UserError
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.licensing import Licensing, load_licences
from codemill.pipeline.listing import MAX_LICENCE_BYTES
from codemill.pipeline.opt_out import read_opt_out
from codemill.pipeline.sources import SourceRefused
from codemill.pipeline.sources.entries import blob_id_of
from codemill.pipeline.sources.git_clone import open_clone, origin_repository
from codemill.pipeline.sources.names import published_path
from codemill.transforms.admission import Admission
from codemill.transforms.columns import with_columns
from codemill.transforms.decision import Decisions
from codemill.transforms.file_steps import Step
from codemill.transforms.licences.licence_paths import SPEAKING_FOLDERS, is_licence_bearing
from codemill.transforms.licences.resolve import FolderLicences
from codemill.transforms.paths import path_kinds
from codemill.transforms.schema import DECISION

BATCH_BYTES = 8 << 20
SCORED_STEPS = ("decode", "redact", "identify", "read header", "judge")
"""All but the signature, which says nothing of a single file."""


@dataclass(frozen=True)
class Named:
    """A file to look at: as the user named it, and where it lies below its root."""

    shown: str
    root: str
    path: str


def inspect_paths(paths: Sequence[str], config: Config) -> Iterator[dict[str, Any]]:
    """One row per file, in the order given; a folder's files in the order of their paths.

    Raises `UserError` for a path that does not exist.
    """
    missing = [path for path in paths if not os.path.exists(path)]
    if missing:
        raise UserError(f"no such file or folder: {missing[0]}")
    inspector = Inspector(config)
    named = (found for path in paths for found in _named(path))
    for chunk in _chunks(named):
        yield from inspector.rows(chunk)


def _named(path: str) -> Iterator[Named]:
    if not os.path.isdir(path):
        root = _enclosing_root(os.path.dirname(os.path.abspath(path)))
        yield Named(path, root, os.path.relpath(os.path.abspath(path), root))
        return
    for top, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if f != ".git")
        for name in sorted(files):
            whole = os.path.join(top, name)
            if os.path.isfile(whole) and not os.path.islink(whole):
                yield Named(whole, path, os.path.relpath(whole, path))


def _enclosing_root(folder: str) -> str:
    """The clone that `folder` lies in, else `folder` itself."""
    above = folder
    while True:
        if os.path.exists(os.path.join(above, ".git")):
            return above
        if os.path.dirname(above) == above:
            return folder
        above = os.path.dirname(above)


def _chunks(named: Iterable[Named]) -> Iterator[list[tuple[Named, bytes | None]]]:
    chunk: list[tuple[Named, bytes | None]] = []
    size = 0
    for one in named:
        content = _content(os.path.join(one.root, one.path))
        chunk.append((one, content))
        size += len(content or b"")
        if size >= BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


class Inspector:
    """The steps of a build over files that belong to none."""

    def __init__(self, config: Config) -> None:
        self._licences: Licensing = load_licences(config.catalog.licences)
        catalog = config.catalog
        self._admission = Admission(
            self._licences.policy,
            catalog.drop,
            catalog.max_file_bytes,
            read_opt_out(catalog.opt_out),
        )
        self._steps: list[Step] = [STEPS[label](config) for label in SCORED_STEPS]
        self._folders: dict[str, FolderLicences] = {}

    def rows(self, chunk: list[tuple[Named, bytes | None]]) -> Iterator[dict[str, Any]]:
        """One row per file of `chunk`."""
        located = self._located(chunk)
        placed = with_columns(located, self._admission(located, opt_out=False))
        batch = located.combine_chunks().to_batches()[0]
        for step in self._steps:
            batch = step(batch)
        kept = pc.is_null(placed["rule"].combine_chunks())
        for name in (column.name for column in DECISION):
            chosen = pc.if_else(kept, batch.column(name), placed[name].combine_chunks())
            batch = with_columns(batch, {name: chosen})
        for (named, _), row in zip(chunk, batch.to_pylist(), strict=True):
            yield _told(published_path(named.shown), row)

    def _located(self, chunk: list[tuple[Named, bytes | None]]) -> pa.Table:
        path = pa.array([published_path(named.path) for named, _ in chunk], pa.string())
        kinds = path_kinds(path)
        found = [self._folder(named).apply(path.slice(i, 1)) for i, (named, _) in enumerate(chunk)]
        contents = [content for _, content in chunk]
        columns = {
            "repository": pa.array([repository_of(named.root) for named, _ in chunk]),
            "path": path,
            "blob_id": pa.array([None if c is None else blob_id_of(c) for c in contents]),
            "size_bytes": pa.array([None if c is None else len(c) for c in contents], pa.int64()),
            "content": pa.array(contents, pa.large_binary()),
            "licence": pa.concat_arrays([licence for licence, _ in found]),
            "licence_by": pa.concat_arrays([by for _, by in found]),
            **dict(zip(kinds.schema.names, kinds.columns, strict=True)),
            **Decisions("catalog", len(chunk)).columns(),
        }
        return pa.table(columns)

    def _folder(self, named: Named) -> FolderLicences:
        """The licences of the folders from a file's own up to its root."""
        folder = os.path.dirname(named.path)
        key = os.path.join(named.root, folder)
        if key not in self._folders:
            files: dict[str, bytes] = {}
            while True:
                files |= _licence_files(named.root, folder)
                if not folder:
                    break
                folder = os.path.dirname(folder)
            self._folders[key] = self._licences.repositories.resolve(files)
        return self._folders[key]


@cache
def repository_of(root: str) -> str:
    """A clone's name as a build would know it, else the folder's: it keys the redactions."""
    with suppress(SourceRefused):
        origin = origin_repository(open_clone(root))
        if origin is not None:
            return origin
    return os.path.basename(os.path.abspath(root))


def _licence_files(root: str, folder: str) -> dict[str, bytes]:
    names = sorted(os.listdir(os.path.join(root, folder)))
    inner = [os.path.join(folder, name) for name in names if name.lower() in SPEAKING_FOLDERS]
    found = [os.path.join(folder, name) for name in names]
    found += [os.path.join(i, name) for i in inner for name in _names_in(os.path.join(root, i))]
    bears = is_licence_bearing(pa.array([published_path(path) for path in found], pa.string()))
    bearing = [path for path, yes in zip(found, bears.to_pylist(), strict=True) if yes]
    whole = {path: os.path.join(root, path) for path in bearing}
    small = [
        p for p in bearing if os.path.isfile(whole[p]) and _size(whole[p]) <= MAX_LICENCE_BYTES
    ]
    read = {path: _content(whole[path]) for path in small}
    return {published_path(path): c for path, c in read.items() if c is not None}


def _names_in(folder: str) -> list[str]:
    is_folder = os.path.isdir(folder) and not os.path.islink(folder)
    return sorted(os.listdir(folder)) if is_folder else []


def _size(path: str) -> int:
    return os.stat(path).st_size


def _told(path: str, row: dict[str, Any]) -> dict[str, Any]:
    decision = "keep" if row["rule"] is None else f"{row['stage']}/{row['rule']}"
    plain = ("blob_id", "size_bytes", "language", "language_by", "licence", "licence_by")
    return {
        "path": path,
        **{name: row[name] for name in plain},
        "scores": {k: v for k, v in row["scores"].items() if v is not None},
        "redactions": row["redactions"] or [],
        "contamination": [],
        "decision": decision,
    }


def print_jsonl(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def print_table(rows: Iterable[dict[str, Any]]) -> None:
    """A table for a person: what is a line each, with the score that decided left to --jsonl."""
    table = Table("file", "language", "licence", "redactions", "decision")
    for row in rows:
        language = f"{row['language'] or 'binary'} ({row['language_by'] or '-'})"
        redactions = ", ".join(sorted({r["kind"] for r in row["redactions"]}))
        cells = (row["path"], language, row["licence"] or "-", redactions, row["decision"])
        table.add_row(*map(Text, cells))
    Console().print(table)
