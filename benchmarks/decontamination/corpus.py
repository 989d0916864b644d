"""Real files: of the clones in a folder, or of the folders in it, each a repository."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
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
    """The repositories in `folders`; of `half` 0 or 1 those that a hash of their name puts there."""
    found = [path for folder in folders for path in sorted(folder.iterdir()) if path.is_dir()]
    return [path for path in found if half is None or half_of(path.name) == half]


def half_of(name: str) -> int:
    """0 or 1."""
    return hashlib.sha256(name.encode()).digest()[0] & 1


def files(repository: Path) -> Iterator[File]:
    """Its text files by path: of a clone those at HEAD, else those in the folder."""
    for path, content in _contents(repository):
        if MIN_BYTES <= len(content) <= MAX_BYTES and b"\0" not in content:
            try:
                content.decode()
            except UnicodeDecodeError:
                continue
            yield File(repository.name, path, content)


def _contents(repository: Path) -> Iterator[tuple[str, bytes]]:
    try:
        clone = pygit2.Repository(str(repository), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
    except pygit2.GitError:
        for file in sorted(p for p in repository.rglob("*") if p.is_file() and not p.is_symlink()):
            if file.stat().st_size <= MAX_BYTES:
                yield str(file.relative_to(repository)), file.read_bytes()
        return
    if clone.head_is_unborn:
        return
    for entry, path in _blobs(clone.head.peel(pygit2.Tree), ""):
        if entry.size <= MAX_BYTES:
            yield path, entry.data


def _blobs(tree: pygit2.Tree, above: str) -> Iterator[tuple[pygit2.Blob, str]]:
    for entry in tree:
        if isinstance(entry, pygit2.Tree):
            yield from _blobs(entry, f"{above}{entry.name}/")
        elif isinstance(entry, pygit2.Blob) and entry.filemode != pygit2.enums.FileMode.LINK:
            yield entry, f"{above}{entry.name}"
