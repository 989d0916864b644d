"""Real files: of the clones in a folder, or of the folders in it, each a repository."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pygit2

MIN_BYTES, MAX_BYTES = 30, 1 << 20


class File(NamedTuple):
    repository: str
    path: str
    content: bytes
    """UTF-8 without zeros."""


def repositories(folders: Iterable[Path], half: int | None = None) -> list[Path]:
    """The repositories in `folders`; of `half` 0 or 1 those that their name's hash puts there."""
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_dir()]
    return [path for path in found if half is None or half_of(path.name) == half]


def half_of(name: str) -> int:
    """0 or 1."""
    return hashlib.sha256(name.encode()).digest()[0] & 1


def files(repository: Path, max_bytes: int | None = None) -> Iterator[File]:
    """Its text files in the order of a hash of their path: of a clone those at HEAD.

    With `max_bytes`, Python first, and no more than those many bytes.
    """
    left = max_bytes
    found = ((name, size, read) for name, size, read in _blobs(repository) if _is_fit(size))
    for name, _, read in sorted(found, key=lambda f: _order(f[0], max_bytes is not None)):
        content = read()
        if b"\0" in content or not _is_utf8(content):
            continue
        if left is not None:
            left -= len(content)
            if left < 0:
                return
        yield File(repository.name, name, content)


def _order(path: str, python_first: bool) -> tuple[bool, bytes]:
    return python_first and not path.endswith(".py"), hashlib.sha256(path.encode()).digest()


def _is_fit(size: int) -> bool:
    return MIN_BYTES <= size <= MAX_BYTES


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


_Blob = tuple[str, int, Callable[[], bytes]]


def _blobs(repository: Path) -> Iterator[_Blob]:
    """(path, size, reader) of every file."""
    try:
        clone = pygit2.Repository(str(repository), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError:
        yield from _files_of(repository)
        return
    if not clone.head_is_unborn:
        yield from _blobs_of(clone, clone.head.peel(pygit2.Tree), "")


def _files_of(folder: Path) -> Iterator[_Blob]:
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            yield str(file.relative_to(folder)), file.stat().st_size, file.read_bytes


def _blobs_of(clone: pygit2.Repository, tree: pygit2.Tree, above: str) -> Iterator[_Blob]:
    for entry in tree:
        if isinstance(entry, pygit2.Tree):
            yield from _blobs_of(clone, entry, f"{above}{entry.name}/")
        elif (
            isinstance(entry, pygit2.Blob)
            and entry.filemode != pygit2.enums.FileMode.LINK
            and entry.id in clone  # a partial clone lacks some
        ):
            yield f"{above}{entry.name}", entry.size, lambda blob=entry: blob.data
