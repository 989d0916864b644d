"""Builds tiny clones, without git, and archives, without files."""

import io
import tarfile
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

AUTHOR = pygit2.Signature("A", "a@example.org", 1_700_000_000, 0)


class Clones:
    """Makes clones below one folder."""

    def __init__(self, root: Path):
        self.root = root

    def make(self, name, files, *, bare=False, origin=None):
        """A clone whose one commit holds `files`: path -> bytes, or (bytes, mode)."""
        repository = pygit2.init_repository(str(self.root / name), bare=bare, initial_head="main")
        if origin is not None:
            repository.config["remote.origin.url"] = origin
        if files:
            self.commit(repository, files)
        return repository

    def commit(self, repository, files, parents=()):
        """Commits `files` to main and returns the commit's id, hex."""
        index = pygit2.Index()
        for path, content in files.items():
            content, mode = content if isinstance(content, tuple) else (content, FileMode.BLOB)
            blob = pygit2.Oid(hex=content) if mode == FileMode.COMMIT else None
            blob = blob or repository.create_blob(content)
            index.add(pygit2.IndexEntry(path, blob, mode))
        tree = index.write_tree(repository)
        return self.commit_tree(repository, tree, parents)

    def commit_tree(self, repository, tree, parents=()):
        """Commits the tree of this id to main."""
        commit = repository.create_commit(None, AUTHOR, AUTHOR, "m", tree, list(parents))
        repository.references.create("refs/heads/main", commit, force=True)
        return str(commit)


@pytest.fixture
def clones(tmp_path):
    return Clones(tmp_path)


def tar_bytes(files, members=()):
    """A tar of `files` (name -> bytes), then of `members` (TarInfo without content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in members:
            archive.addfile(info)
    return buffer.getvalue()


@pytest.fixture(name="tar_bytes")
def tar_bytes_fixture():
    return tar_bytes
