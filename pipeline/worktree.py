"""Files outside any build: which lie below a path, in which repository, under which licences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from codemill.pipeline.licensing import MAX_LICENCE_BYTES, UNREAD_LICENCE
from codemill.pipeline.sources import SourceRefused
from codemill.pipeline.sources.git_clone import open_clone, origin_repository
from codemill.pipeline.sources.names import published_path
from codemill.transforms.licences.licence_paths import SPEAKING_FOLDERS, is_licence_bearing


@dataclass(frozen=True)
class Root:
    """What stands for a repository: a clone, a folder that was named, or a lone file's folder."""

    folder: str
    is_whole: bool = True
    """Whether all below it belongs to it: a lone file's folder may be anybody's."""


@dataclass(frozen=True)
class Named:
    """A file to look at: as the user named it, and where it lies below its root."""

    shown: str
    root: Root
    path: str


def files_below(path: str) -> Iterator[Named]:
    """The file `path`, or a folder's files in the order of their paths; no links, no `.git`.

    A clone is a root for what lies in it, be it around or below the folder.
    """
    if not os.path.isdir(path):
        yield _named(path, root_of(os.path.dirname(os.path.abspath(path)), is_whole=False))
        return
    roots = {path: root_of(os.path.abspath(path), is_whole=True)}
    for top, folders, files in os.walk(path):
        folders[:] = sorted(f for f in folders if f != ".git")
        root = roots.pop(top)
        for folder in folders:
            below = os.path.join(top, folder)
            roots[below] = Root(os.path.abspath(below)) if _is_clone(below) else root
        for name in sorted(files):
            whole = os.path.join(top, name)
            if _is_file(whole):
                yield _named(whole, root)


def _named(path: str, root: Root) -> Named:
    return Named(path, root, os.path.relpath(os.path.abspath(path), root.folder))


@cache
def root_of(folder: str, *, is_whole: bool) -> Root:
    """The clone that `folder` lies in, else `folder` itself."""
    above = folder
    while not _is_clone(above):
        if os.path.dirname(above) == above:
            return Root(folder, is_whole)
        above = os.path.dirname(above)
    return Root(above)


def _is_clone(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, ".git"))


@cache
def repository_of(root: Root) -> str:
    """A clone's name as a build would know it, else the folder's: it keys the redactions."""
    with suppress(SourceRefused):
        origin = origin_repository(open_clone(root.folder))
        if origin is not None:
            return origin
    return os.path.basename(root.folder)


def licence_files(root: Root) -> dict[str, bytes]:
    """Content of the files that may state a licence, by path below the root.

    Beside a lone file, its own folder's and those in the folders that speak for it (`LICENSES/`).
    """
    paths = sorted(_tracked(root) or _paths(root))
    published = pa.array([published_path(path) for path in paths], pa.string())
    bearing = zip(paths, is_licence_bearing(published).to_pylist(), strict=True)
    found = {}
    for path in (path for path, bears in bearing if bears):
        with suppress(OSError), open(os.path.join(root.folder, path), "rb") as file:
            content = file.read(MAX_LICENCE_BYTES + 1)
            small = len(content) <= MAX_LICENCE_BYTES
            found[published_path(path)] = content if small else UNREAD_LICENCE
    return found


def _tracked(root: Root) -> list[str]:
    """What a clone tracks, as a build would list it; empty where `root` is no clone."""
    if not _is_clone(root.folder):
        return []
    with suppress(SourceRefused):
        tracked = (entry.path for entry in open_clone(root.folder).index)
        return [path for path in tracked if _is_file(os.path.join(root.folder, path))]
    return []


def _is_file(path: str) -> bool:
    return os.path.isfile(path) and not os.path.islink(path)


def _paths(root: Root) -> Iterator[str]:
    for top, folders, files in os.walk(root.folder):
        folders[:] = [f for f in folders if f != ".git" and not _is_clone(os.path.join(top, f))]
        if not root.is_whole:
            folders[:] = [f for f in folders if f.lower() in SPEAKING_FOLDERS]
        for whole in (os.path.join(top, name) for name in files):
            if _is_file(whole):
                yield os.path.relpath(whole, root.folder)
