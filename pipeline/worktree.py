"""Files outside any build: which lie below a path, in which repository, under which licences."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from codemill.language_configs import load_languages
from codemill.pipeline.licensing import MAX_LICENCE_BYTES, UNREAD_LICENCE
from codemill.pipeline.listing import meet
from codemill.pipeline.sources import SourceRefused
from codemill.pipeline.sources.git_clone import commit_of, open_clone, origin_repository
from codemill.pipeline.sources.moments import clamped
from codemill.pipeline.sources.names import published_path
from codemill.transforms.language import LanguageIdentifier
from codemill.transforms.licences.licence_paths import SPEAKING_FOLDERS, is_licence_bearing
from codemill.transforms.paths import path_kinds
from codemill.transforms.repository_signs import repository_signs


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
    paths = paths_of(root)
    published = pa.array([published_path(path) for path in paths], pa.string())
    bearing = zip(paths, is_licence_bearing(published).to_pylist(), strict=True)
    found = {}
    for path in (path for path, bears in bearing if bears):
        with suppress(OSError), open(os.path.join(root.folder, path), "rb") as file:
            content = file.read(MAX_LICENCE_BYTES + 1)
            small = len(content) <= MAX_LICENCE_BYTES
            found[published_path(path)] = content if small else UNREAD_LICENCE
    return found


@cache
def paths_of(root: Root) -> tuple[str, ...]:
    """The paths of all that belongs to `root`, in their order: what a clone tracks, else files."""
    return tuple(sorted(_tracked(root) or _paths(root)))


@cache
def committed_at(root: Root) -> int | None:
    """When a clone's HEAD was committed, seconds since 1970 UTC; None where there is none."""
    if _is_clone(root.folder):
        with suppress(SourceRefused):
            return clamped(commit_of(open_clone(root.folder), root.folder).commit_time)
    return None


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


class SignReader:
    """What the paths of a work tree tell of its repository."""

    def __init__(self) -> None:
        languages = load_languages()
        self._identifier = LanguageIdentifier(languages)
        self._programming = {x.name for x in languages.languages if x.type == "programming"}
        self._by_root: dict[Root, dict[str, Any] | None] = {}

    def __call__(self, root: Root) -> dict[str, Any] | None:
        """`schema.REPOSITORY_SIGNS`; None for a lone file's folder, which may be anybody's."""
        if root not in self._by_root:
            self._by_root[root] = self._read(root) if root.is_whole else None
        return self._by_root[root]

    def _read(self, root: Root) -> dict[str, Any] | None:
        path = pa.array(map(published_path, paths_of(root)), pa.string())
        named = (self._identifier.by_name(p).names for p in path.to_pylist())
        regular = pa.array([True] * len(path), pa.bool_())
        code = meet(named, self._programming)
        signs = repository_signs(path, regular=regular, code=code, kinds=path_kinds(path))
        return dict(signs[0].as_py()) if len(signs) else None
