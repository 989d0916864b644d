"""Opens clones through libgit2, and finds the commit and the name they stand for.

No `git` process is run and nothing is checked out, so hooks, filters, pagers and other programs
that a clone's configuration names are never started. Objects are checked against their ids as
they are read. Not covered: a `.git` file, a link or `objects/info/alternates` may lead out of the
folder, and is followed; who lays out the folder is trusted, what the commits hold is not.
"""

from __future__ import annotations

import functools
import re
from typing import cast

import pygit2
from pygit2.enums import ConfigLevel, RepositoryOpenFlag

from codemill.pipeline.sources.model import SourceRefused
from codemill.pipeline.sources.names import repository_of_url, without_machine_paths

_HEX = re.compile(r"[0-9a-f]{7,40}")


def open_clone(location: str) -> pygit2.Repository:
    """The repository at `location` itself, never one above it.

    Raises `SourceRefused` (`corrupt_repository`) where libgit2 can't open it.
    """
    _isolate_libgit2()
    try:
        return pygit2.Repository(location, RepositoryOpenFlag.NO_SEARCH)
    except (pygit2.GitError, ValueError, OSError) as error:
        raise corrupt(error, location) from error


def corrupt(error: object, location: str) -> SourceRefused:
    """The refusal of a clone that libgit2 fails on."""
    return SourceRefused("corrupt_repository", without_machine_paths(error, location))


@functools.cache
def _isolate_libgit2() -> None:
    """Sets libgit2 so that a clone reads the same whoever owns it and whoever reads it.

    Ownership is not checked: that check guards programs which run what the configuration says.
    The user's and the machine's configuration are not read: they could rewrite a remote's URL.
    """
    pygit2.settings.owner_validation = False
    shared = ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL
    for level in shared:
        pygit2.settings.search_path[level] = ""


def origin_repository(repository: pygit2.Repository) -> str | None:
    """`host/owner/name` of the remote `origin`, or None where it has none on another machine."""
    try:
        return repository_of_url(repository.config["remote.origin.url"] or "")
    except (KeyError, pygit2.GitError, UnicodeDecodeError, ValueError):
        return None


def commit_of(
    repository: pygit2.Repository,
    location: str,
    revision: str | None = None,
    default_branch: str | None = None,
) -> pygit2.Commit:
    """The commit that `revision` names (id, tag or branch), else the branch's, else HEAD's.

    Raises `SourceRefused`: `no_such_revision`, `no_commit` where HEAD has none yet, and
    `corrupt_repository` where the commit or its tree can't be read.
    """
    try:
        commit_id = _commit_id(repository, revision, default_branch)
        commit = repository[commit_id].peel(pygit2.Commit)
        _ = commit.tree  # reads it
    except (KeyError, pygit2.GitError, ValueError, OSError) as error:
        raise corrupt(error, location) from error
    return commit


def _commit_id(
    repository: pygit2.Repository, revision: str | None, default_branch: str | None
) -> pygit2.Oid:
    if revision:
        found = _named(repository, revision)
    elif default_branch:
        found = _branch(repository, default_branch)
    elif repository.head_is_unborn:
        raise SourceRefused("no_commit", "HEAD names a branch without a commit")
    else:
        return cast(pygit2.Oid, repository.head.target)  # resolved, so no name
    if found is None:
        name = revision or default_branch
        raise SourceRefused("no_such_revision", f"no commit, tag or branch named {name}")
    return found


def _named(repository: pygit2.Repository, name: str) -> pygit2.Oid | None:
    is_whole = len(name) == 40 and _HEX.fullmatch(name)
    if not is_whole:  # git, too, takes a whole id for nothing else
        named = _target(repository, f"refs/tags/{name}") or _branch(repository, name)
        if named is not None:
            return named
    found = repository.get(name) if _HEX.fullmatch(name) else None
    return found.id if found else None


def _branch(repository: pygit2.Repository, name: str) -> pygit2.Oid | None:
    local = _target(repository, f"refs/heads/{name}")
    return local or _target(repository, f"refs/remotes/origin/{name}")


def _target(repository: pygit2.Repository, reference: str) -> pygit2.Oid | None:
    try:
        return cast(pygit2.Oid, repository.references[reference].resolve().target)
    except (KeyError, ValueError):
        return None
