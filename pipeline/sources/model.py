"""What a source is, what could not be read, and the columns files are listed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from codemill.transforms.schema import Column, arrow_schema

Kind = Literal["git", "archive", "parquet"]

MAX_PATH_BYTES = 4096
"""Longest path accepted, in UTF-8: Linux's PATH_MAX, above which nothing could be checked out."""


@dataclass(frozen=True)
class Source:
    """One revision of one repository, and where this machine can read it.

    Plain values only, so that it pickles and `dataclasses.asdict` of it is JSON.
    """

    kind: Kind
    location: str
    """Absolute path on this machine; it must never reach an output."""
    repository: str
    """host/owner/name from the origin URL, else the manifest's name, else the relative path."""
    revision: str
    """Commit, 40 hex; for an archive or a Parquet file the sha256 of its bytes, 64 hex."""
    stars: int | None = None
    forks: int | None = None
    fork: bool | None = None
    """Whether the repository is a fork of another; null where nothing says."""
    committed_at: int | None = None
    """When the revision was made, seconds since 1970 UTC; null where nothing says."""
    declared_licence: str | None = None
    """What the manifest says, as it says it; null where it says nothing."""
    opt_out: bool = False
    """The owner asked not to be included: every file goes to the ledger."""


@dataclass(frozen=True)
class Unreadable:
    """A source that was found and could not be read; one ledger row."""

    location_label: str
    """The path as seen from the folder or manifest that was given, never a machine path."""
    repository: str
    """Its repository as far as it could be learned, else the label."""
    rule: str
    """Completes `dropped because of ...`."""
    detail: str
    """The evidence in words, without machine paths."""


@dataclass(frozen=True)
class Discovery:
    """Everything that the paths given lead to."""

    sources: tuple[Source, ...]
    """Sorted by (repository, revision), which is unique."""
    unreadable: tuple[Unreadable, ...]
    """Sorted by (repository, label, rule)."""
    num_duplicates: int
    """Further copies of a (repository, revision) that were found and not read."""


class SourceRefused(Exception):  # noqa: N818 -- a decision about the source, not a fault
    """A whole source that must not or cannot be read: a ledger row, the others go on.

    `rule` completes `dropped because of ...`; `detail` is evidence without machine paths.
    """

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail


LISTING: tuple[Column, ...] = (
    Column(
        "path", pa.string(), "path in the repository; unique; bytes that are not UTF-8 as \\xNN"
    ),
    Column("blob_id", pa.string(), "git object id, 40 hex; a submodule's is its commit's"),
    Column("size_bytes", pa.int64(), "size of the object; null where it can't be learned"),
    Column("rule", pa.string(), "why the content is not to be read; null for a regular file"),
)
"""One row per entry of a source."""

ENTRIES: tuple[Column, ...] = (
    Column("repository", pa.string(), "the row's own where a Parquet source names one"),
    *LISTING,
    Column("declared_licence", pa.string(), "as the source states it for this row; null if not"),
    Column("stars", pa.int64(), "as the source states it for this row; null if not"),
    Column("forks", pa.int64(), "as the source states it for this row; null if not"),
    Column("fork", pa.bool_(), "as the source states it for this row; null if not"),
    Column("committed_at", pa.int64(), "likewise; seconds since 1970 UTC"),
    Column("content", pa.large_binary(), "the bytes; null where `rule` is not"),
)
"""One row per entry of a source that is read once: an archive or a Parquet file of contents."""

LISTING_SCHEMA = arrow_schema(LISTING)
ENTRIES_SCHEMA = arrow_schema(ENTRIES)
