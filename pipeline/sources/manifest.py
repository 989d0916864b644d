"""Manifests: tables that list sources and say what is known of them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from codemill.pipeline.errors import UserError
from codemill.pipeline.sources.moments import in_seconds, moment_of

MANIFEST_SUFFIXES = (".csv", ".jsonl", ".ndjson", ".parquet", ".pq")

LOCATION_NAMES = ("location", "path", "clone", "archive")
_NAMES: Mapping[str, tuple[str, ...]] = {
    "location": LOCATION_NAMES,
    "repository": ("repository", "repo", "repo_name", "name"),
    "revision": ("revision", "commit"),
    "default_branch": ("default_branch", "branch"),
    "stars": ("stars", "star_count", "stargazers_count"),
    "forks": ("forks", "fork_count", "forks_count"),
    "fork": ("fork", "is_fork"),
    "committed_at": ("committed_at", "committer_date", "commit_date"),
    "licence": ("licence", "license"),
    "opt_out": ("opt_out", "opted_out"),
}
"""Each field with the column names it goes by; the first that a row fills is taken."""

_TRUE = frozenset({"1", "true", "yes", "y", "t"})
_FALSE = frozenset({"0", "false", "no", "n", "f"})


@dataclass(frozen=True)
class ManifestRow:
    """One row: a location, and whatever else the manifest says of it."""

    location: str
    """Absolute; a relative one is taken from the manifest's folder."""
    name: str | None
    """The repository's name; None where the manifest gives none."""
    written_location: str
    """As the manifest writes it."""
    revision: str | None
    default_branch: str | None
    stars: int | None
    forks: int | None
    fork: bool | None
    committed_at: int | None
    """Seconds since 1970 UTC."""
    declared_licence: str | None
    opt_out: bool


def read_manifest(path: str) -> list[ManifestRow]:
    """The rows of a CSV, JSON Lines or Parquet manifest.

    Raises `UserError` where the file can't be parsed, has no location column, or a value
    isn't of its column's type; the message names the row.
    """
    try:
        return [_row(record, path, number) for number, record in enumerate(_records(path), 1)]
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise UserError(f"cannot read the manifest {path}: {error}") from error


def _records(path: str) -> Iterator[Mapping[str, Any]]:
    lowered = path.lower()
    if lowered.endswith(".csv"):
        with open(path, encoding="utf-8-sig", newline="") as lines:
            yield from csv.DictReader(lines)
    elif lowered.endswith((".jsonl", ".ndjson")):
        yield from _json_records(path)
    else:
        table = pq.ParquetFile(path)
        known = {alias for aliases in _NAMES.values() for alias in aliases}
        columns = [name for name in table.schema_arrow.names if name in known]
        for batch in table.iter_batches(columns=columns):
            readable = [in_seconds(column) for column in batch.columns]
            yield from pa.record_batch(readable, names=batch.schema.names).to_pylist()


def _json_records(path: str) -> Iterator[Mapping[str, Any]]:
    with open(path, encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except ValueError as error:
                raise UserError(f"{path}, line {number}: not JSON ({error})") from error
            if not isinstance(record, dict):
                raise UserError(f"{path}, line {number}: expected a JSON object")
            yield record


def _row(record: Mapping[str, Any], path: str, number: int) -> ManifestRow:
    where = f"{path}, row {number}"
    values = {field: _first(record, aliases) for field, aliases in _NAMES.items()}
    location = values["location"]
    if location is None:
        raise UserError(
            f"{where}: no location; a manifest needs a column named "
            f"{' or '.join(LOCATION_NAMES)} with the path of a clone or archive"
        )
    return ManifestRow(
        location=os.path.join(os.path.dirname(os.path.abspath(path)), str(location)),
        name=_text(values["repository"]),
        written_location=str(location),
        revision=_text(values["revision"]),
        default_branch=_text(values["default_branch"]),
        stars=_count(values["stars"], "stars", where),
        forks=_count(values["forks"], "forks", where),
        fork=_flag(values["fork"], "fork", where),
        committed_at=_moment(values["committed_at"], "committed_at", where),
        declared_licence=_text(values["licence"]),
        opt_out=bool(_flag(values["opt_out"], "opt_out", where)),
    )


def _first(record: Mapping[str, Any], aliases: tuple[str, ...]) -> Any:
    filled = (record.get(alias) for alias in aliases)
    return next((value for value in filled if value is not None and value != ""), None)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _count(value: Any, field: str, where: str) -> int | None:
    if value is None:
        return None
    try:
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        count = -1
    if count < 0 or count >= 1 << 63 or isinstance(value, bool):
        raise UserError(f"{where}: {field} must be a whole number from 0 on, not {value!r}")
    return count


def _moment(value: Any, field: str, where: str) -> int | None:
    moment = moment_of(value)
    if moment is None and value is not None:
        raise UserError(
            f"{where}: {field} must be an ISO 8601 date and time or seconds since 1970, "
            f"not {value!r}"
        )
    return moment


def _flag(value: Any, field: str, where: str) -> bool | None:
    if value is None:
        return None
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise UserError(f"{where}: {field} must be true or false, not {value!r}")
    return word in _TRUE
