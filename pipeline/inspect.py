"""`codemill inspect`: what a build would think of files, by the very steps of a build."""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from codemill.language_configs import load_languages
from codemill.pipeline.config import Config
from codemill.pipeline.errors import UserError
from codemill.pipeline.file_steps import STEPS, make_judge, make_learning_value
from codemill.pipeline.held import Held, held, held_table
from codemill.pipeline.licensing import Licensing, load_licences
from codemill.pipeline.opt_out import read_opt_out
from codemill.pipeline.report.words import measure, one_line
from codemill.pipeline.sources.names import published_path
from codemill.pipeline.worktree import (
    Named,
    Root,
    SignReader,
    committed_at,
    files_below,
    licence_files,
    repository_of,
)
from codemill.transforms.admission import Admission
from codemill.transforms.columns import with_columns
from codemill.transforms.decision import Decisions
from codemill.transforms.file_steps import Step
from codemill.transforms.licences.resolve import FolderLicences
from codemill.transforms.paths import path_kinds
from codemill.transforms.schema import DECISION, REPOSITORY_SIGNS

BATCH_BYTES = 8 << 20
BATCH_FILES = 4_096
MAX_CONTENT_BYTES = 64 << 20
"""A longer file is not held in memory: it is too large for a build unless that is set higher."""

SCORED_STEPS = ("decode", "identify", "redact", "decontaminate", "read header", "judge", "value")
"""All but the signature, which says nothing of a single file."""

PLAIN = ("blob_id", "size_bytes", "language", "language_by", "licence", "licence_by")
"""Columns that are shown as they are."""

ALSO_SHOWN = ("contamination", "taken_out", "parse_error_share", "comment_share", "unparsed")
"""Columns that are shown where there are such."""

SHOWN = (
    *PLAIN,
    "repository_licence",
    "repository_licence_by",
    "scores",
    "learning_value",
    "redactions",
)


@dataclass(frozen=True)
class Seen:
    """A file as it was read."""

    named: Named
    blob_id: str | None
    """None where it cannot be read."""
    size_bytes: int | None
    content: bytes | None
    """None where it cannot be read or is too long to be held."""


def listed_paths(file: str) -> list[str]:
    """The paths that `file` lists, one a line; `-` is standard input. Raises `UserError`."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else _read(file)
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}") from None
    return [os.fsdecode(line) for line in raw.split(b"\n") if line]


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def inspect_paths(paths: Sequence[str], config: Config) -> Iterator[dict[str, Any]]:
    """One row per file, in the order given; a folder's files in the order of their paths.

    Raises `UserError` for what is neither file nor folder, before any file is read.
    """
    wrong = [path for path in paths if not os.path.isfile(path) and not os.path.isdir(path)]
    if wrong:
        raise UserError(f"no such file or folder: {published_path(wrong[0])}")
    inspector = Inspector(config)
    named = (found for path in paths for found in files_below(path))
    for chunk in _chunks(named, max(MAX_CONTENT_BYTES, config.catalog.max_file_bytes)):
        yield from inspector.rows(chunk)


def _chunks(named: Iterable[Named], max_bytes: int) -> Iterator[list[Seen]]:
    chunk: list[Seen] = []
    size = 0
    for one in named:
        seen = _seen(one, max_bytes)
        chunk.append(seen)
        size += len(seen.content or b"")
        if size >= BATCH_BYTES or len(chunk) >= BATCH_FILES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _seen(named: Named, max_bytes: int) -> Seen:
    try:
        with open(os.path.join(named.root.folder, named.path), "rb") as file:
            content = file.read(max_bytes + 1)
            is_held = len(content) <= max_bytes
            size = len(content) if is_held else os.fstat(file.fileno()).st_size
            digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
            digest.update(content)
            while not is_held and (more := file.read(BATCH_BYTES)):
                digest.update(more)
    except OSError:
        return Seen(named, None, None, None)
    return Seen(named, digest.hexdigest(), size, content if is_held else None)


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
        self._judge = make_judge(config.files, load_languages())
        self._steps: list[Step] = [STEPS[label](config) for label in SCORED_STEPS]
        self._value = make_learning_value(config.files)
        self._signs = SignReader()
        self._by_root: dict[Root, FolderLicences] = {}

    def rows(self, chunk: Sequence[Seen]) -> Iterator[dict[str, Any]]:
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
        scores = batch.column("scores")
        columns = dict(zip(scores.type.names, scores.flatten(), strict=True))
        verdicts = held(self._judge, columns, batch.column("language"))
        components = self._value.components(batch)
        also = [name for name in ALSO_SHOWN if name in batch.schema.names]
        shown = batch.select([*SHOWN, *also, "stage", "rule", "value", "threshold", "detail"])
        for number, (row, by_filter) in enumerate(zip(shown.to_pylist(), verdicts, strict=True)):
            mine = {name: float(values[number]) for name, values in components.items()}
            yield _told(published_path(chunk[number].named.shown), row, by_filter, mine)

    def _located(self, chunk: Sequence[Seen]) -> pa.Table:
        path = pa.array([published_path(seen.named.path) for seen in chunk], pa.string())
        kinds = path_kinds(path)
        roots = [seen.named.root for seen in chunk]
        columns = {
            "repository": pa.array([repository_of(root) for root in roots]),
            "path": path,
            "blob_id": pa.array([seen.blob_id for seen in chunk], pa.string()),
            "size_bytes": pa.array([seen.size_bytes for seen in chunk], pa.int64()),
            "content": pa.array([seen.content for seen in chunk], pa.large_binary()),
            **self._licence(roots, path),
            **self._standing(roots),
            **dict(zip(kinds.schema.names, kinds.columns, strict=True)),
            **Decisions("catalog", len(chunk)).columns(),
        }
        return pa.table(columns)

    def _licence(self, roots: Sequence[Root], path: pa.Array) -> dict[str, pa.Array]:
        """What governs each file from outside it, and what its repository as a whole."""
        columns: dict[str, list[pa.Array]] = {}
        start = 0
        for root, run in groupby(roots):
            number = len(list(run))
            resolved = self._resolved(root)
            licence, by = resolved.apply(path.slice(start, number))
            whole = resolved.repository
            found = {
                "licence": licence,
                "licence_by": by,
                "repository_licence": pa.repeat(pa.scalar(whole.licence, pa.string()), number),
                "repository_licence_by": pa.repeat(pa.scalar(whole.by, pa.string()), number),
            }
            for name, column in found.items():
                columns.setdefault(name, []).append(column)
            start += number
        return {name: pa.concat_arrays(parts) for name, parts in columns.items()}

    def _standing(self, roots: Sequence[Root]) -> dict[str, pa.Array]:
        """What is known of the repositories that files lie in; stars and forks are not."""
        unknown = pa.nulls(len(roots), pa.int64())
        return {
            "stars": unknown,
            "forks": unknown,
            "committed_at": pa.array([committed_at(root) for root in roots], pa.int64()),
            "repository_signs": pa.array([self._signs(root) for root in roots], REPOSITORY_SIGNS),
        }

    def _resolved(self, root: Root) -> FolderLicences:
        if root not in self._by_root:
            self._by_root[root] = self._licences.repositories.resolve(licence_files(root))
        return self._by_root[root]


def _told(
    path: str, row: dict[str, Any], by_filter: list[Held], components: dict[str, float]
) -> dict[str, Any]:
    decision = "keep" if row["rule"] is None else f"{row['stage']}/{row['rule']}"
    return {
        "path": path,
        **{name: row[name] for name in PLAIN},
        "repository_licence": row["repository_licence"],
        "repository_licence_by": row["repository_licence_by"],
        **{name: row[name] for name in ALSO_SHOWN if name in row},
        "scores": {k: v for k, v in row["scores"].items() if v is not None},
        "filters": [each.as_json() for each in by_filter],
        "would_drop": [each.filter for each in by_filter if each.drops],
        "learning_value": row["learning_value"],
        "value_components": {k: round(v, 4) for k, v in components.items() if not math.isnan(v)},
        "redactions": row["redactions"] or [],
        "contamination": row.get("contamination") or [],
        "taken_out": row.get("taken_out") or [],
        "decision": decision,
        "decision_value": row["value"],
        "decision_threshold": row["threshold"],
        "decision_detail": row["detail"],
    }


def print_jsonl(rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    for row in rows:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def print_table(rows: Iterable[dict[str, Any]]) -> None:
    """For a person: all that is known of a single file, of several a line each."""
    rows = list(rows)
    if len(rows) == 1:
        print_page(rows[0])
        return
    names = ("file", "language", "licence", "repository's", "value", "redactions", "would drop it")
    table = Table(*names, "decision")
    for row in rows:
        language = f"{row['language'] or 'binary'} ({row['language_by'] or '-'})"
        redactions = ", ".join(sorted({r["kind"] for r in row["redactions"]}))
        licences = (row["licence"] or "-", row["repository_licence"] or "-")
        value = "-" if row["learning_value"] is None else f"{row['learning_value']:.2f}"
        told = (value, redactions, ", ".join(row["would_drop"]), row["decision"])
        table.add_row(*map(Text, (row["path"], language, *licences, *told)))
    Console().print(table)


def print_page(row: dict[str, Any]) -> None:
    """One file in full: every score with its line, every span that was replaced."""
    console = Console()
    style = "bold green" if row["decision"] == "keep" else "bold red"
    told = Text.assemble((one_line(row["path"]), "bold"), "  ", (_decided(row), style))
    console.print(told, soft_wrap=True)
    facts = Table.grid(padding=(0, 2))
    for name, said in _facts(row):
        facts.add_row(Text(name, "dim"), Text(one_line(said)))
    console.print(facts)
    by_filter = [Held.from_json(each) for each in row["filters"] if each["value"] is not None]
    console.print(held_table(by_filter))
    silent = [each["filter"] for each in row["filters"] if each["value"] is None]
    if silent:
        console.print(Text(f"nothing to measure: {', '.join(silent)}", "dim"))
    parts = (
        ("redactions", row["redactions"]),
        ("benchmark items", _items(row)),
        ("functions taken out", row["taken_out"]),
    )
    for title, found in parts:
        console.print(Text(f"{title}: {len(found) or 'none'}", "bold"))
        if found:
            console.print(_found_table(found))


def _decided(row: dict[str, Any]) -> str:
    if row["decision"] == "keep":
        return "keep"
    said = f"out: {row['decision']}"
    if row["decision_value"] is not None:
        said += f", {measure(row['decision_value'])} against {measure(row['decision_threshold'])}"
    return said + (f" ({one_line(row['decision_detail'])})" if row["decision_detail"] else "")


def _facts(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "blob", f"{row['blob_id']}, {'?' if row['size_bytes'] is None else row['size_bytes']} B"
    yield "language", f"{row['language'] or 'binary'}, by {row['language_by'] or '-'}"
    yield "licence", f"{row['licence'] or 'none'}, by {row['licence_by'] or '-'}"
    whole = row["repository_licence"] or "none"
    yield "repository's", f"{whole}, by {row['repository_licence_by'] or '-'}"
    for name in ("learning_value", "parse_error_share", "comment_share", "unparsed"):
        if row.get(name) is not None:
            yield name.replace("_", " "), str(row[name])


def _items(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Benchmark items as mappings, whatever they are made of."""
    return [x if isinstance(x, dict) else {"item": x} for x in row["contamination"]]


def _found_table(found: list[dict[str, Any]]) -> Table:
    table = Table(*(escape(str(name)) for name in found[0]))
    for each in found:
        table.add_row(*(Text(one_line(str(value))) for value in each.values()))
    return table
