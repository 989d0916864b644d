"""The NOTICE bundle: every licence text once, with the repositories that it covers.

    work/text/licences/SHARD -> attribution/texts/licences.parquet -> attribution/NOTICE

Both files are ordered by text id, so texts are gathered in as many rounds over ranges of ids as
memory asks for, and the rounds leave no trace in the bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from codemill.pipeline import parts, storage
from codemill.pipeline.parts import PartFile
from codemill.transforms.schema import LICENCE_TEXT, arrow_schema

TEXTS = "attribution/texts/licences.parquet"
NOTICE = "attribution/NOTICE"
SCHEMA = arrow_schema(LICENCE_TEXT)
ROWS_PER_GROUP = 64
MEMORY_SHARE = 8
"""A round gathers an eighth of the memory setting: rows as Python objects take about four times
what they take in Parquet's pages."""

HEAD = """\
This corpus holds files of other people under their licences. Here is each licence text once, and
before it what it covers: repository, revision and path of the file that holds the text, with the
copyright lines of that file, which are left out of the text. Files whose licence is stated by tag
or metadata alone have no text here. The tables beside this file say of every single file which
licence it is under, whose it is, and which of these texts govern it.
"""
RULE = "=" * 78


def write_bundle(root: str, shards: Iterable[str], memory_bytes: int) -> None:
    """Write both files from what the shards of `text` noted at the paths `shards`."""
    listed = sorted(shards)
    volume = sum(_size_bytes(root, path) for path in listed)
    rounds = max(1, -(-volume * MEMORY_SHARE // memory_bytes))
    file = PartFile(root, TEXTS, SCHEMA, rows_per_group=ROWS_PER_GROUP)
    try:
        for number in range(rounds):
            file.write(_gathered(root, listed, number, rounds))
        file.commit()
    except BaseException:
        file.discard()
        raise
    write_notice(root)


def _size_bytes(root: str, path: str) -> int:
    """Bytes of a part before compression."""
    with storage.open_parquet(storage.join(root, path)) as file:
        groups = range(file.metadata.num_row_groups)
        return sum(file.metadata.row_group(group).total_byte_size for group in groups)


def _gathered(root: str, shards: list[str], number: int, rounds: int) -> pa.RecordBatch:
    """The texts of one range of ids, each as in the first of the files that hold it."""
    covers: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    first: dict[str, tuple[tuple[str, str], str, str | None]] = {}
    for row in (r for batch in parts.iterate_parts(root, shards) for r in batch.to_pylist()):
        text_id = row.pop("text_id")
        if int(text_id[:8], 16) * rounds >> 32 != number:
            continue
        place = (row["repository"], row["path"])
        text, licence = row.pop("text"), row.pop("licence")
        if text_id not in first or place < first[text_id][0]:
            first[text_id] = (place, text, licence)
        covers.setdefault(text_id, {})[place] = row
    rows = [
        {
            "text_id": text_id,
            "licence": first[text_id][2],
            "text": first[text_id][1],
            "covers": [covers[text_id][place] for place in sorted(covers[text_id])],
        }
        for text_id in sorted(covers)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=SCHEMA)


def prune_bundle(root: str) -> None:
    """Take out of the bundle of a finished corpus what no file of `attribution/` refers to.

    For a corpus of which files have been removed: nothing under `work/` is read.
    """
    used = set(_referred(root))
    file = PartFile(root, TEXTS, SCHEMA, rows_per_group=ROWS_PER_GROUP)
    try:
        for batch in parts.iterate_parts(root, [TEXTS]):
            file.write(_pruned(batch, used))
        file.commit()
    except BaseException:
        file.discard()
        raise
    write_notice(root)


def _referred(root: str) -> Iterator[tuple[str, str]]:
    """(repository, blob id) of every licence file that a row of `attribution/` names."""
    folder = storage.join(root, "attribution")
    names = [n for n in storage.files_below(folder) if n.endswith(".parquet") and "/" not in n]
    paths = [f"attribution/{name}" for name in names]
    for batch in parts.iterate_parts(root, paths, columns=["repository", "licence_texts"]):
        for row in batch.to_pylist():
            yield from ((row["repository"], blob_id) for blob_id in row["licence_texts"])


def _pruned(batch: pa.RecordBatch, used: set[tuple[str, str]]) -> pa.RecordBatch:
    rows = batch.to_pylist()
    for row in rows:
        row["covers"] = [c for c in row["covers"] if (c["repository"], c["blob_id"]) in used]
    return pa.RecordBatch.from_pylist([row for row in rows if row["covers"]], schema=SCHEMA)


def write_notice(root: str) -> None:
    """Write `attribution/NOTICE` from the table of texts."""
    temporary = storage.join(root, "work", "tmp", f"{uuid.uuid4().hex}.txt")
    with storage.open_write(temporary) as file:
        file.write(HEAD.encode())
        for batch in parts.iterate_parts(root, [TEXTS]):
            for row in batch.to_pylist():
                file.write(_entry(row).encode())
    storage.rename(temporary, storage.join(root, NOTICE))


def _entry(row: dict[str, Any]) -> str:
    """One text with what it covers; lines of the text are indented, so none can pass for ours."""
    lines = ["", RULE, f"{row['licence'] or 'Notice'}   (text {row['text_id'][:16]})", ""]
    for cover in row["covers"]:
        lines.append(f"{_one_line(cover['repository'])} at {cover['revision'][:12]}")
        lines.append(f"  {_one_line(cover['path'])}")
        lines += [f"    {_one_line(said)}" for said in cover["copyright"]]
    lines += ["", *(f"    {line}".rstrip() for line in row["text"].split("\n"))]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
