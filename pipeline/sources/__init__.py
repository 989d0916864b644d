"""Reading what users point at: clones, archives, manifests and Parquet files of contents.

`discover` turns paths into `Source`s. A clone's files are listed with `list_files` and read in
place, in any order, with `read_blobs`; the other kinds are read once, from front to back, with
`iterate_entries`.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemill.pipeline.sources.archive import iterate_members
from codemill.pipeline.sources.content_parquet import iterate_rows
from codemill.pipeline.sources.discovery import discover
from codemill.pipeline.sources.entries import Entry, entry_batches
from codemill.pipeline.sources.git_tree import Blobs, list_files, read_blobs
from codemill.pipeline.sources.model import (
    ENTRIES_SCHEMA,
    LISTING_SCHEMA,
    Discovery,
    Source,
    SourceRefused,
    Unreadable,
)

__all__ = [
    "ENTRIES_SCHEMA",
    "LISTING_SCHEMA",
    "Blobs",
    "Discovery",
    "Entry",
    "Source",
    "SourceRefused",
    "Unreadable",
    "discover",
    "entry_batches",
    "iterate_entries",
    "list_files",
    "read_blobs",
]


def iterate_entries(source: Source, *, max_entry_bytes: int) -> Iterator[Entry]:
    """Every entry of an archive or Parquet source, larger ones than `max_entry_bytes` unkept.

    Raises `SourceRefused` on iteration: for an archive before its first entry, for Parquet also
    in the middle, when what has been read of the source is to be thrown away. Raises
    `ValueError` for a clone, which is listed with `list_files`.
    """
    if source.kind == "git":
        raise ValueError(f"a clone has no entries to iterate: {source.repository}")
    read = iterate_members if source.kind == "archive" else iterate_rows
    return read(source, max_entry_bytes)
