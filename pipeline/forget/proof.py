"""The proof that nothing of theirs is left: every file of the corpus's folder is read again.

What is asked is the list itself as well as the ids found, so that a mistake in finding would
show. What others wrote is not theirs: text, messages and samples that mention them stay.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import storage
from codemill.pipeline.forget.rewrite import Theirs, row_groups
from codemill.transforms.forget import is_forgotten, padding_of_others

NOT_SCANNED = "tokenizer/"
"""Trained before, and not trained anew: its vocabulary is no file's."""

TEXT_SUFFIXES = (".html", ".md", ".json", ".jsonl", ".txt", ".csv", ".tsv", ".toml", ".yaml")
BARE_TEXT = ("NOTICE", "LICENSE")

_ID = re.compile(rb"(?<![0-9a-f])(?:[0-9a-f]{40}|[0-9a-f]{16})(?![0-9a-f])")
_SAMPLE = re.compile(r"(?s)<pre\b.*?</pre>")
_TAG = re.compile(r"(?s)<[^>]*>")
_ESCAPED = re.compile(r"\\([^\w\s])")
MAX_PLACE_CHARS = 8192
MAX_FOLDERS = 32
"""Of a repository's name, more than any forge has."""


@dataclass
class Proof:
    """What was looked at and what was found."""

    files: int = 0
    rows: int = 0
    values: int = 0
    """Ids, names and places compared."""
    size_bytes: int = 0
    """Of files that are no Parquet."""
    hits: Counter[str] = field(default_factory=Counter)
    """By file: ids, names or tokens of theirs."""
    not_scanned: list[str] = field(default_factory=list)
    """Files that are neither Parquet nor text."""


def prove(root: str, theirs: Theirs, padding: int, skip: Iterable[str] = ()) -> Proof:
    """Read every file below `root`, but those of `skip`, and count what is theirs."""
    proof = Proof()
    skipped = set(skip)
    for name in storage.files_below(root):
        base = name.rpartition("/")[2]
        if name in skipped or name.startswith(NOT_SCANNED):
            continue
        if name.endswith((".parquet", ".pq")):
            _scan_parquet(proof, root, name, theirs, padding)
        elif name.endswith(TEXT_SUFFIXES) or base.startswith(BARE_TEXT):
            with storage.open_read(storage.join(root, name)) as file:
                scan_text(proof, name, file.read(), theirs)
        else:
            proof.not_scanned.append(name)
    return proof


def _scan_parquet(proof: Proof, root: str, name: str, theirs: Theirs, padding: int) -> None:
    with storage.open_parquet(storage.join(root, name)) as file:
        schema = file.schema_arrow
        proof.rows += file.metadata.num_rows
    proof.files += 1
    columns = set(schema.names)
    lists = [column.name for column in schema if _lists_repositories(column.type)]
    wanted = [*sorted(columns & {*_IDS_OF_FILES, *_NAMES, *_PACKED}), *lists]
    for rows in row_groups(root, name, wanted):
        values, found = _hits(rows, columns, theirs)
        for column in lists:
            listed = rows.column(column).flatten().field("repository")
            values += len(listed)
            found += sum(map(theirs.is_whole, listed.to_pylist()))
        if columns >= set(_PACKED):
            found += padding_of_others(rows, padding)
        proof.values += values
        proof.hits += Counter({name: found})


_IDS_OF_FILES = ("file_id", "kept_file_id")
_NAMES = ("repository", "path", "blob_id", "kept_repository", "kept_path")
_PACKED = ("file_ids", "n_pad", "input_ids")


def _lists_repositories(kind: pa.DataType) -> bool:
    """Whether a column lists, in each row, places with a `repository`, as of a licence text."""
    if not pa.types.is_list(kind) or not pa.types.is_struct(kind.value_type):
        return False
    return any(field.name == "repository" for field in kind.value_type)


def _hits(rows: pa.RecordBatch, columns: set[str], theirs: Theirs) -> tuple[int, int]:
    """Values compared and values that are theirs."""
    masks = [
        is_forgotten(rows.column(name), theirs.file_ids)
        for name in _IDS_OF_FILES
        if name in columns
    ]
    if "file_ids" in columns:
        masks.append(is_forgotten(rows.column("file_ids").flatten(), theirs.file_ids))
    nothing = pa.nulls(rows.num_rows, pa.string())
    for prefix in ("", "kept_"):
        if f"{prefix}repository" in columns or (not prefix and "blob_id" in columns):
            name, path, blob_id = (
                rows.column(c) if c in columns else nothing
                for c in (f"{prefix}repository", f"{prefix}path", f"{prefix}blob_id")
            )
            match = theirs.opt_out.match(pc.fill_null(name, ""), path, blob_id)
            masks.append(pc.is_valid(match))
    return sum(map(len, masks)), sum(pc.sum(mask).as_py() or 0 for mask in masks)


def scan_text(proof: Proof, name: str, content: bytes, theirs: Theirs) -> None:
    """Look for their ids and places in a page, a card or JSON."""
    proof.files += 1
    proof.size_bytes += len(content)
    ids = [match[0].decode() for match in _ID.finditer(content)]
    places = list(_places(name, content.decode("utf-8", "replace")))
    found = _known_ids(ids, theirs) + sum(_is_theirs(place, theirs) for place in places)
    proof.values += len(ids) + len(places)
    proof.hits += Counter({name: found})


def _known_ids(ids: list[str], theirs: Theirs) -> int:
    shown = [int(i, 16) for i in ids if len(i) == 16]
    file_ids = pa.array([n - (1 << 64) if n >> 63 else n for n in shown], pa.int64())
    contents = {entry.name for entry in theirs.opt_out.entries if entry.kind == "content"}
    return (pc.sum(is_forgotten(file_ids, theirs.file_ids)).as_py() or 0) + sum(
        i in contents for i in ids
    )


def _places(name: str, text: str) -> Iterator[str]:
    """Pieces of `text` that may be a repository, or one with a path: those with a / in them."""
    for piece in _pieces(name, text):
        if "/" in piece and len(piece) < MAX_PLACE_CHARS:
            yield piece.strip(" \t\r\n`*")


def _pieces(name: str, text: str) -> Iterator[str]:
    if name.endswith(".html"):
        yield from map(html.unescape, _TAG.split(_SAMPLE.sub("", text)))
    elif name.endswith((".json", ".jsonl")):
        yield from (piece for document in _documents(text) for piece in _strings(document))
    else:
        # A line of a licence text is indented by four in a notice, and is no place.
        lines = (line for line in text.splitlines() if not line.startswith("    "))
        cells = (cell for line in lines for cell in _cells(line))
        yield from (_ESCAPED.sub(r"\1", cell) for cell in cells)


def _cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)[|,\t]| at [0-9a-f]{7,64}$", line)


def _documents(text: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
    except ValueError:
        yield text.splitlines()


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


def _is_theirs(place: str, theirs: Theirs) -> bool:
    """Whether `place` names a repository of theirs, or a path of theirs in some repository."""
    if theirs.is_whole(place):
        return True
    slashes = (match.start() for match in re.finditer("/(?=.)", place))
    ends = list(islice(slashes, MAX_FOLDERS))
    names, paths = [place[:end] for end in ends], [place[end + 1 :] for end in ends]
    columns = (pa.array(names, pa.string()), pa.array(paths, pa.string()))
    match = theirs.opt_out.match(*columns, pa.nulls(len(ends), pa.string()))
    return bool(match.null_count < len(match))
