"""Lists the files of a commit and reads their blobs, without a working tree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pygit2
from pygit2.enums import ObjectType

from codemill.pipeline.sources.git_clone import commit_of, corrupt, open_clone
from codemill.pipeline.sources.model import LISTING_SCHEMA, MAX_PATH_BYTES, Source, SourceRefused
from codemill.pipeline.sources.names import published_path, unique_name

MAX_FILES = 5_000_000
"""Files of one commit; the largest public repositories have under a million.

A tree that holds the same subtree many times over, some levels deep, unfolds to any number of
files out of a few hundred bytes; this is what stops it.
"""
MAX_TREE_BYTES = 64 << 20
"""Largest tree object: over a million entries in one folder."""
BATCH_ROWS = 8192

_FOLDER = b"40000"
_RULE_OF_MODE = {
    b"100644": None,
    b"100755": None,
    b"100664": None,  # written by git until 2005, still found
    _FOLDER: None,
    b"120000": "symlink",
    b"160000": "submodule",
}
_RULES_OF_BLOBS = frozenset({None, "symlink", "duplicate_path"})
_UNSAFE_NAMES = frozenset({b"", b".", b"..", b".git"})


class TreeEntry(NamedTuple):
    """One entry of one tree object."""

    name: str
    is_folder: bool
    oid: bytes
    rule: str | None


class _Row(NamedTuple):
    path: str
    oid: bytes
    rule: str | None


class _Extent(NamedTuple):
    """What a tree unfolds to."""

    num_files: int
    path_bytes: int


@dataclass(frozen=True)
class Blobs:
    """Contents in the order they were asked for."""

    content: pa.LargeBinaryArray
    """Null where it could not be read."""
    rule: pa.StringArray
    """Why it could not: `missing_object` or `corrupt_object`; null where it could."""


def list_files(source: Source) -> Iterator[pa.RecordBatch]:
    """Every entry of the source's commit, in git's tree order, as `LISTING_SCHEMA` batches.

    No file's content is read. Rules: `symlink`, `submodule`, `unknown_mode`, `unsafe_path` (a
    name that git itself would refuse to check out), `duplicate_path`, `missing_object` and
    `corrupt_object`. A folder that can't be read is one row, with its tree's id.

    Raises `SourceRefused` at the call: `corrupt_repository`, `tree_bomb`, `path_too_long`.
    """
    repository = open_clone(source.location)
    root = commit_of(repository, source.location, source.revision).tree_id.raw
    trees = _read_trees(repository.odb, root)
    if trees[root] is None:
        raise corrupt("the commit's tree is missing or damaged", source.location)
    _check_extent(trees, root)
    return _batches(repository.odb, _rows(trees, root))


def read_blobs(source: Source, blob_ids: Sequence[str]) -> Blobs:
    """The blobs of these ids (40 hex), read in place; the caller bounds their sizes' sum.

    Raises `SourceRefused` where the clone can't be opened.
    """
    odb = open_clone(source.location).odb
    read = [_read_blob(odb, blob_id) for blob_id in blob_ids]
    return Blobs(
        pa.array([content for content, _ in read], pa.large_binary()),
        pa.array([rule for _, rule in read], pa.string()),
    )


def _read_blob(odb: pygit2.Odb, blob_id: str) -> tuple[bytes | None, str | None]:
    try:
        kind, content = odb.read(blob_id)
    except KeyError:
        return None, "missing_object"
    except (pygit2.GitError, ValueError, OSError):
        return None, "corrupt_object"
    return (content, None) if kind == ObjectType.BLOB else (None, "corrupt_object")


def _read_trees(odb: pygit2.Odb, root: bytes) -> dict[bytes, list[TreeEntry] | None]:
    """Each tree below `root` once, by id; None for one that is missing or damaged."""
    trees: dict[bytes, list[TreeEntry] | None] = {}
    pending, num_entries = [root], 0
    while pending:
        oid = pending.pop()
        if oid in trees:
            continue
        entries = trees[oid] = _read_tree(odb, oid)
        num_entries += len(entries or ())
        if num_entries > MAX_FILES:
            raise SourceRefused("tree_bomb", f"more than {MAX_FILES} entries")
        pending.extend(entry.oid for entry in entries or () if entry.is_folder)
    return trees


def _read_tree(odb: pygit2.Odb, oid: bytes) -> list[TreeEntry] | None:
    try:
        kind, size_bytes = odb.read_header(pygit2.Oid(raw=oid))
        if kind != ObjectType.TREE:
            return None
        if size_bytes > MAX_TREE_BYTES:
            raise SourceRefused("tree_bomb", f"a tree object of {size_bytes} bytes")
        return parse_tree(odb.read(pygit2.Oid(raw=oid))[1])
    except (KeyError, ValueError, OSError, pygit2.GitError):
        return None


def parse_tree(data: bytes) -> list[TreeEntry]:
    """The entries of a tree object: mode, space, name, NUL, 20 bytes of id, again and again.

    Raises `ValueError` where the bytes end early.
    """
    entries: list[TreeEntry] = []
    taken: set[str] = set()
    position = 0
    while position < len(data):
        space = data.index(b" ", position)
        name_end = data.index(b"\0", space)
        oid = data[name_end + 1 : name_end + 21]
        if len(oid) < 20:
            raise ValueError("tree object ends inside an entry")
        entries.append(_entry(data[position:space], data[space + 1 : name_end], oid, taken))
        taken.add(entries[-1].name)
        position = name_end + 21
    return entries


def _entry(mode: bytes, raw_name: bytes, oid: bytes, taken: set[str]) -> TreeEntry:
    rule = _RULE_OF_MODE.get(mode, "unknown_mode")
    if raw_name.lower() in _UNSAFE_NAMES or b"/" in raw_name:
        rule = "unsafe_path"
    name = published_path(raw_name).replace("/", "\\x2f")
    if name in taken:
        name, rule = unique_name(name, taken), "duplicate_path"
    return TreeEntry(name, mode == _FOLDER and rule is None, oid, rule)


def _check_extent(trees: dict[bytes, list[TreeEntry] | None], root: bytes) -> None:
    """Refuses a tree that unfolds to too many files or too long paths, without unfolding it."""
    extents: dict[bytes, _Extent] = {}
    pending = [root]
    while pending:
        oid = pending.pop()
        if oid in extents:
            continue
        folders = dict.fromkeys(entry.oid for entry in trees[oid] or () if entry.is_folder)
        unmeasured = [folder for folder in folders if folder not in extents]
        if unmeasured:
            pending += [oid, *unmeasured]
            continue
        extent = extents[oid] = _extent(trees[oid] or [], extents)
        if extent.num_files > MAX_FILES:
            raise SourceRefused("tree_bomb", f"more than {MAX_FILES} files")
        if extent.path_bytes > MAX_PATH_BYTES:
            raise SourceRefused("path_too_long", f"a path of over {MAX_PATH_BYTES} bytes")


def _extent(entries: list[TreeEntry], extents: dict[bytes, _Extent]) -> _Extent:
    num_files, path_bytes = 0, 0
    for entry in entries:
        below = extents[entry.oid] if entry.is_folder else _Extent(1, 0)
        # A folder that can't be read is a row of its own, and an empty one costs its visit.
        num_files += max(1, below.num_files)
        path_bytes = max(path_bytes, len(entry.name.encode()) + 1 + below.path_bytes)
    return _Extent(num_files, path_bytes)


def _rows(trees: dict[bytes, list[TreeEntry] | None], root: bytes) -> Iterator[_Row]:
    levels = [("", iter(trees[root] or ()))]
    while levels:
        prefix, entries = levels[-1]
        entry = next(entries, None)
        if entry is None:
            levels.pop()
            continue
        path = prefix + entry.name
        below = trees[entry.oid] if entry.is_folder else None
        if below is not None:
            levels.append((path + "/", iter(below)))
        else:
            rule = "missing_object" if entry.is_folder else entry.rule
            yield _Row(path, entry.oid, rule)


def _batches(odb: pygit2.Odb, rows: Iterator[_Row]) -> Iterator[pa.RecordBatch]:
    while taken := [_measured(odb, row) for row in itertools.islice(rows, BATCH_ROWS)]:
        yield pa.record_batch([*zip(*taken, strict=True)], schema=LISTING_SCHEMA)


def _measured(odb: pygit2.Odb, row: _Row) -> tuple[str, str, int | None, str | None]:
    """The row in `LISTING`'s columns, its size taken from the object's header."""
    blob_id = row.oid.hex()
    if row.rule not in _RULES_OF_BLOBS:
        return row.path, blob_id, None, row.rule
    try:
        kind, size_bytes = odb.read_header(blob_id)
    except KeyError:
        return row.path, blob_id, None, row.rule or "missing_object"
    except (pygit2.GitError, ValueError, OSError):
        return row.path, blob_id, None, row.rule or "corrupt_object"
    rule = row.rule if kind == ObjectType.BLOB else "corrupt_object"
    return row.path, blob_id, size_bytes, rule
