"""Entries of sources that are read once, from front to back, and the batches they travel in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from codemill.pipeline.sources.model import ENTRIES_SCHEMA

BATCH_BYTES = 16 << 20
BATCH_ROWS = 8192


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive, or one row of a Parquet file; the fields are `ENTRIES`'s columns."""

    repository: str
    path: str
    blob_id: str
    size_bytes: int
    rule: str | None
    content: bytes | None
    declared_licence: str | None = None
    stars: int | None = None
    forks: int | None = None
    fork: bool | None = None
    committed_at: int | None = None


def read_entry(
    repository: str,
    path: str,
    size_bytes: int,
    chunks: Iterable[bytes],
    max_entry_bytes: int,
    rule: str | None = None,
) -> Entry:
    """A regular file from its chunks: hashed whole, kept up to `max_entry_bytes`.

    With a `rule`, and with `too_large` where it is larger, it has no content. Raises `EOFError`
    where the chunks don't add up to `size_bytes`.
    """
    if rule is None and size_bytes > max_entry_bytes:
        rule = "too_large"
    digest = _blob_digest(size_bytes)
    kept: list[bytes] = []
    num_read = 0
    for chunk in chunks:
        digest.update(chunk)
        num_read += len(chunk)
        if rule is None:
            kept.append(chunk)
    if num_read != size_bytes:
        raise EOFError(f"{num_read} bytes of {size_bytes}")
    content = b"".join(kept) if rule is None else None
    return Entry(repository, path, digest.hexdigest(), size_bytes, rule, content)


def blob_id_of(content: bytes) -> str:
    """The id that git gives these bytes, 40 hex."""
    digest = _blob_digest(len(content))
    digest.update(content)
    return digest.hexdigest()


def _blob_digest(size_bytes: int) -> hashlib._Hash:
    return hashlib.sha1(b"blob %d\0" % size_bytes, usedforsecurity=False)


def entry_batches(
    entries: Iterable[Entry], batch_bytes: int = BATCH_BYTES
) -> Iterator[pa.RecordBatch]:
    """The entries as `ENTRIES_SCHEMA` batches of about `batch_bytes` of content each."""
    pending: list[Entry] = []
    num_bytes = 0
    for entry in entries:
        pending.append(entry)
        num_bytes += len(entry.content or b"")
        if num_bytes >= batch_bytes or len(pending) == BATCH_ROWS:
            yield _batch(pending)
            pending, num_bytes = [], 0
    if pending:
        yield _batch(pending)


def _batch(entries: list[Entry]) -> pa.RecordBatch:
    columns = [
        pa.array([getattr(entry, field.name) for entry in entries], field.type)
        for field in ENTRIES_SCHEMA
    ]
    return pa.record_batch(columns, schema=ENTRIES_SCHEMA)
