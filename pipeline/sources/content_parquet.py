"""Parquet files that carry contents, one row per file: The Stack's layout and its relatives."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from codemill.pipeline.sources.entries import Entry, blob_id_of
from codemill.pipeline.sources.model import MAX_PATH_BYTES, Source, SourceRefused
from codemill.pipeline.sources.moments import in_seconds, moment_of
from codemill.pipeline.sources.names import repository_of_url, without_machine_paths

_NAMES: Mapping[str, tuple[str, ...]] = {
    "content": ("content",),
    "repository": ("repository", "repo_name", "max_stars_repo_name", "repo", "repository_name"),
    "path": ("path", "max_stars_repo_path", "file_path", "filename"),
    "extension": ("ext", "extension"),
    "licence": (
        "licence",
        "license",
        "licences",
        "licenses",
        "max_stars_repo_licenses",
        "detected_licenses",
    ),
    "stars": ("stars", "star_events_count", "max_stars_count", "star_count"),
    "forks": ("forks", "fork_events_count", "max_forks_count", "forks_count"),
    "fork": ("fork", "is_fork"),
    "committed_at": ("committed_at", "committer_date", "commit_date"),
}
"""Each field with the column names it goes by; the first that the file has is taken."""

_ROWS_AT_ONCE = 256
_BUFFER_BYTES = 1 << 20


def may_have_content(location: str) -> bool:
    """Whether the Parquet file has a content column, or can't be read and so may have had one."""
    try:
        return bool(_columns(_open(location)).get("content"))
    except SourceRefused:
        return True


def check_readable(location: str) -> None:
    """Raises `SourceRefused` (`corrupt_parquet`) where the file's footer can't be read."""
    _open(location)


def iterate_rows(source: Source, max_entry_bytes: int) -> Iterator[Entry]:
    """The rows of a Parquet source as entries, in file order, a few hundred in memory at a time.

    A row's repository is its own where it names one, else the source's; a path it lacks is made
    from its number. Licences are taken as the file gives them, joined by ` AND ` where there are
    several. Rules: `too_large`, `no_content` (null), `unsafe_path`, `path_too_long` and
    `duplicate_row` (same repository, path and content as an earlier row).

    Raises `SourceRefused` (`corrupt_parquet`), for a damaged row group in the middle.
    """
    file = _open(source.location)
    columns = _columns(file)
    taken: set[bytes] = set()
    number = 0
    try:
        batches = file.iter_batches(_ROWS_AT_ONCE, columns=list(columns.values()))
        for batch in batches:
            for row in _rows(batch, columns):
                yield _unrepeated(_entry(row, number, source, max_entry_bytes), number, taken)
                number += 1
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _corrupt(error, source.location) from error


def _rows(batch: pa.RecordBatch, columns: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    arrays = {field: in_seconds(batch.column(name)) for field, name in columns.items()}
    # As bytes: text in Parquet is not always UTF-8, and one such row must not end the file.
    arrays["content"] = arrays["content"].cast(pa.large_binary())
    values = [array.to_pylist() for array in arrays.values()]
    for row in zip(*values, strict=True):
        yield dict(zip(arrays, row, strict=True))


def _open(location: str) -> pq.ParquetFile:
    try:
        # Pages are streamed instead of whole column chunks, which can be a row group's gigabyte.
        return pq.ParquetFile(location, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _corrupt(error, location) from error


def _corrupt(error: Exception, location: str) -> SourceRefused:
    return SourceRefused("corrupt_parquet", without_machine_paths(error, location))


def _columns(file: pq.ParquetFile) -> dict[str, str]:
    """The file's column for each field it has one for; a content column holds text or bytes."""
    schema = file.schema_arrow
    present = {column.name for column in schema if column.name != "content" or _is_bytes(column)}
    chosen = {
        field: next((name for name in names if name in present), None)
        for field, names in _NAMES.items()
    }
    return {field: name for field, name in chosen.items() if name is not None}


def _is_bytes(column: pa.Field) -> bool:
    is_type = pa.types
    tests = is_type.is_string, is_type.is_large_string, is_type.is_binary, is_type.is_large_binary
    return any(test(column.type) for test in tests)


def _unrepeated(entry: Entry, number: int, taken: set[bytes]) -> Entry:
    """The entry, or where the file has had it before its mark as a repetition."""
    name = f"{entry.repository}\0{entry.path}\0{entry.blob_id}".encode()
    # 16 bytes a row instead of its names: a file can have millions of rows.
    key = hashlib.sha256(name).digest()[:16]
    if key not in taken:
        taken.add(key)
        return entry
    path = f"{entry.path}~row-{number}"
    return dataclasses.replace(entry, path=path, rule="duplicate_row", content=None)


def _entry(row: Mapping[str, Any], number: int, source: Source, max_entry_bytes: int) -> Entry:
    content: bytes | None = row["content"]
    path = _path(row, number)
    rule = _rule(content, path, max_entry_bytes)
    return Entry(
        repository=_repository(row.get("repository")) or source.repository,
        path=path,
        blob_id=blob_id_of(content or b""),
        size_bytes=len(content or b""),
        rule=rule,
        content=content if rule is None else None,
        declared_licence=_licence(row.get("licence")),
        stars=_count(row.get("stars")),
        forks=_count(row.get("forks")),
        fork=_flag(row.get("fork")),
        committed_at=moment_of(row.get("committed_at")),
    )


def _rule(content: bytes | None, path: str, max_entry_bytes: int) -> str | None:
    if content is None:
        return "no_content"
    if len(path.encode()) > MAX_PATH_BYTES:
        return "path_too_long"
    if path.startswith("/") or ".." in path.split("/"):
        return "unsafe_path"
    return "too_large" if len(content) > max_entry_bytes else None


def _path(row: Mapping[str, Any], number: int) -> str:
    if row.get("path"):
        return str(row["path"])
    extension = str(row.get("extension") or "").lstrip(".")
    return f"row-{number:09d}" + (f".{extension}" if extension else "")


def _repository(name: Any) -> str | None:
    """A row's repository; a URL is treated like an origin's, anything else is taken as it is."""
    if not name:
        return None
    return repository_of_url(str(name)) or str(name)


def _licence(value: Any) -> str | None:
    if isinstance(value, list):
        distinct = sorted({str(licence) for licence in value if licence})
        return " AND ".join(distinct) or None
    return str(value) if value else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    """A whole number from 0 on; counts come as floats where a column has nulls."""
    is_count = isinstance(value, int | float) and value >= 0 and value == value // 1
    return int(value) if is_count else None
