"""Finds the clones, archives and Parquet files below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from codemill.pipeline.sources.model import Kind, Unreadable
from codemill.pipeline.sources.names import published_path

ARCHIVE_SUFFIXES = (
    ".crate",
    ".tar",
    ".tar.bz2",
    ".tar.gz",
    ".tar.xz",
    ".tar.zst",
    ".tbz2",
    ".tgz",
    ".txz",
    ".whl",
    ".zip",
)
PARQUET_SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True)
class Found:
    """Something that may be a source: `name` is its path below the folder scanned."""

    kind: Kind
    location: str
    name: str


@dataclass
class Scan:
    """What lies below a folder."""

    found: list[Found] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def is_clone(folder: str, names: set[str]) -> bool:
    """Whether `folder`, which holds `names`, is a clone: working (`.git`) or bare."""
    if ".git" in names:
        return True
    return {"HEAD", "objects", "refs"} <= names and os.path.isdir(os.path.join(folder, "objects"))


def file_kind(name: str) -> Kind | None:
    """The kind of source that a file of this name may be, by its suffix."""
    lowered = name.lower()
    if lowered.endswith(ARCHIVE_SUFFIXES):
        return "archive"
    return "parquet" if lowered.endswith(PARQUET_SUFFIXES) else None


def repository_name(path: str) -> str:
    """The name of what lies at the relative `path`: a bare clone loses its `.git`."""
    return published_path(path.removesuffix("/.git").removesuffix(".git") or path)


def scan(root: str) -> Scan:
    """Finds what lies at or below `root`, without entering clones, each folder once.

    Folders are visited in name order and links to folders last, so that what is reachable both
    ways gets its real path's name, whatever order the file system lists names in.
    """
    result = Scan()
    visited: set[tuple[int, int]] = set()
    folders, links = [""], list[str]()
    while folders or links:
        if not folders:
            links.sort(reverse=True)
        relative = (folders or links).pop()
        for child, is_link in _visit(root, relative, visited, result):
            (links if is_link else folders).append(child)
    return result


def _visit(
    root: str, relative: str, visited: set[tuple[int, int]], result: Scan
) -> Iterator[tuple[str, bool]]:
    """Notes what `relative` holds; yields its folders, last name first, and if they are links."""
    folder = os.path.join(root, relative)
    try:
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in visited:
            return
        visited.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name, reverse=True)
    except OSError as error:
        label = published_path(relative or ".")
        detail = f"folder can't be listed: {error.strerror}"
        result.unreadable.append(Unreadable(label, label, "unreadable_folder", detail))
        return
    if is_clone(folder, {entry.name for entry in entries}):
        result.found.append(Found("git", folder, repository_name(relative)))
        return
    for entry in entries:
        child = os.path.join(relative, entry.name)
        kind = file_kind(entry.name)
        is_folder = _is_folder(entry)
        if kind and is_folder is False:
            result.found.append(Found(kind, entry.path, published_path(child)))
        elif is_folder:
            yield child, entry.is_symlink()


def _is_folder(entry: os.DirEntry[str]) -> bool | None:
    """True for a folder, False for a regular file, None for anything else, broken links too."""
    try:
        return True if entry.is_dir() else False if entry.is_file() else None
    except OSError:  # a link that leads to itself
        return None
