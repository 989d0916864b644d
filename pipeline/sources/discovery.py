"""From the paths a user gives to the sources they lead to."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from codemill.pipeline.errors import UserError
from codemill.pipeline.sources.content_parquet import check_readable, may_have_content
from codemill.pipeline.sources.git_clone import commit_of, open_clone, origin_repository
from codemill.pipeline.sources.manifest import (
    LOCATION_NAMES,
    MANIFEST_SUFFIXES,
    ManifestRow,
    read_manifest,
)
from codemill.pipeline.sources.model import Discovery, Kind, Source, SourceRefused, Unreadable
from codemill.pipeline.sources.moments import clamped
from codemill.pipeline.sources.names import published_path
from codemill.pipeline.sources.scan import (
    ARCHIVE_SUFFIXES,
    Found,
    file_kind,
    is_clone,
    repository_name,
    scan,
)

_LOOKED_FOR = (
    "looked for git clones (working or bare), archives "
    f"({' '.join(ARCHIVE_SUFFIXES)}) and Parquet files with a content column"
)


@dataclass(frozen=True)
class Claim:
    """Something that will be read, and what is said of it before it has been."""

    kind: Kind
    location: str
    name: str
    """Its repository's name, unless an origin URL gives a better one."""
    named_by_manifest: bool = False
    revision: str | None = None
    default_branch: str | None = None
    stars: int | None = None
    forks: int | None = None
    fork: bool | None = None
    committed_at: int | None = None
    declared_licence: str | None = None
    opt_out: bool = False


def discover(paths: Sequence[str]) -> Discovery:
    """The sources that `paths` lead to, whatever their order and wherever the folders lie.

    Raises `UserError` for a path that doesn't exist, that leads to no source or is of a kind
    that can't be read, and for a manifest with a mistake. A source that is there and can't be
    read is no error: it is among `Discovery.unreadable`.
    """
    if not paths:
        raise UserError("no source given: name a folder of clones, an archive or a manifest")
    claims: list[Claim] = []
    unreadable: set[Unreadable] = set()
    for path in paths:
        found, failed = _claims_of(path)
        claims += found
        unreadable.update(failed)
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        resolved = list(pool.map(_resolve, _once_per_place(claims)))
    unreadable.update(item for item in resolved if isinstance(item, Unreadable))
    found_sources = [item for item in resolved if isinstance(item, Source)]
    sources = _once_per_identity(found_sources)
    return Discovery(
        sources=sources,
        unreadable=tuple(
            sorted(unreadable, key=lambda u: (u.repository, u.location_label, u.rule))
        ),
        num_duplicates=len(found_sources) - len(sources),
    )


def _claims_of(path: str) -> tuple[list[Claim], list[Unreadable]]:
    """What one path leads to."""
    if "://" in path:
        raise UserError(f"{path}: remote sources are not supported; copy it to a local folder")
    if not os.path.exists(path):
        raise UserError(f"no such file or folder: {path}")
    path = os.path.abspath(path)
    if os.path.isdir(path):
        return _claims_of_folder(path)
    kind = file_kind(path)
    if kind == "archive":
        return [Claim("archive", path, published_path(os.path.basename(path)))], []
    if kind == "parquet" and may_have_content(path):
        return [Claim("parquet", path, published_path(os.path.basename(path)))], []
    if path.lower().endswith(MANIFEST_SUFFIXES):
        return _claims_of_manifest(path), []
    raise UserError(
        f"{path}: not a kind of source; {_LOOKED_FOR}, or manifests ({' '.join(MANIFEST_SUFFIXES)})"
    )


def _claims_of_folder(path: str) -> tuple[list[Claim], list[Unreadable]]:
    below = scan(path)
    claims = [_claim_of_found(found, path) for found in below.found if _is_source(found)]
    if not claims and not below.unreadable:
        raise UserError(f"no repository in {path}: {_LOOKED_FOR}")
    return claims, below.unreadable


def _is_source(found: Found) -> bool:
    """Whether what was found by its name is a source; Parquet of anything else is passed over."""
    return found.kind != "parquet" or may_have_content(found.location)


def _claim_of_found(found: Found, root: str) -> Claim:
    name = found.name or repository_name(_base_name(root))
    return Claim(found.kind, os.path.normpath(found.location), name)


def _base_name(folder: str) -> str:
    """The folder's name; for a `.git` folder given by itself its clone's."""
    name = os.path.basename(folder)
    return os.path.basename(os.path.dirname(folder)) if name == ".git" else name


def _claims_of_manifest(path: str) -> list[Claim]:
    rows = read_manifest(path)
    if not rows:
        raise UserError(f"{path}: the manifest lists nothing")
    missing = [row.written_location for row in rows if not os.path.exists(row.location)]
    if missing:
        shown = ", ".join(missing[:3])
        raise UserError(f"{path}: {len(missing)} of its locations do not exist: {shown}")
    return [_claim_of_row(row, path) for row in rows]


def _claim_of_row(row: ManifestRow, manifest: str) -> Claim:
    location = os.path.normpath(row.location)
    kind = _kind_of_row(location)
    if kind is None:
        raise UserError(
            f"{manifest}: {row.written_location} is neither a clone nor an archive nor Parquet "
            f"with a content column; a manifest lists them one by one ({LOCATION_NAMES[0]})"
        )
    return Claim(
        kind=kind,
        location=location,
        name=row.name or _name_of_written(row.written_location),
        named_by_manifest=row.name is not None,
        revision=row.revision,
        default_branch=row.default_branch,
        stars=row.stars,
        forks=row.forks,
        fork=row.fork,
        committed_at=row.committed_at,
        declared_licence=row.declared_licence,
        opt_out=row.opt_out,
    )


def _kind_of_row(location: str) -> Kind | None:
    if os.path.isdir(location):
        return "git" if is_clone(location, set(os.listdir(location))) else None
    kind = file_kind(location)
    return None if kind == "parquet" and not may_have_content(location) else kind


def _name_of_written(location: str) -> str:
    """A location as a manifest writes it, without the parts that tell of the machine."""
    normal = os.path.normpath(location)
    outside = os.path.isabs(normal) or normal.startswith("..") or normal == "."
    return repository_name(_base_name(os.path.abspath(normal)) if outside else normal)


_Known = TypeVar("_Known", Claim, Source)


def _merged(copies: Iterable[_Known]) -> _Known:
    """The first of `copies`, with what any of them knows.

    Most stars and forks, the latest commit; a fork or opted out where any says so.
    """
    all_copies = list(copies)

    def known(name: str) -> list[Any]:
        return [value for copy in all_copies if (value := getattr(copy, name)) is not None]

    return dataclasses.replace(
        all_copies[0],
        stars=max(known("stars"), default=None),
        forks=max(known("forks"), default=None),
        fork=max(known("fork"), default=None),
        committed_at=max(known("committed_at"), default=None),
        declared_licence=min(known("declared_licence"), default=None),
        opt_out=any(known("opt_out")),
    )


def _once_per_place(claims: Iterable[Claim]) -> list[Claim]:
    """Merges claims to the same revision at the same place: overlapping paths, manifest and scan.

    A manifest's name goes first, then the longest path, which says most.
    """

    def place(claim: Claim) -> tuple[str, str, str]:
        return os.path.realpath(claim.location), claim.revision or "", claim.default_branch or ""

    def preference(claim: Claim) -> tuple[bool, int, str]:
        return not claim.named_by_manifest, -claim.name.count("/"), claim.name

    ordered = sorted(claims, key=lambda claim: (place(claim), preference(claim)))
    return [_merged(copies) for _, copies in groupby(ordered, key=place)]


def _once_per_identity(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Each (repository, revision) once; a repository opted out anywhere is so in every revision."""
    by_identity = sorted(sources, key=lambda s: (s.repository, s.revision, s.location))
    merged = [
        _merged(copies)
        for _, copies in groupby(by_identity, key=lambda s: (s.repository, s.revision))
    ]
    opted_out = {source.repository for source in merged if source.opt_out}
    return tuple(dataclasses.replace(s, opt_out=s.repository in opted_out) for s in merged)


def _resolve(claim: Claim) -> Source | Unreadable:
    """Learns the identity of what is claimed: opens the clone, or hashes the file."""
    try:
        return _clone(claim) if claim.kind == "git" else _hashed_file(claim)
    except SourceRefused as refusal:
        return Unreadable(claim.name, claim.name, refusal.rule, refusal.detail)
    except OSError as error:
        detail = f"can't be read: {error.strerror}"
        return Unreadable(claim.name, claim.name, "unreadable_file", detail)


def _clone(claim: Claim) -> Source | Unreadable:
    repository = open_clone(claim.location)
    name = origin_repository(repository) or claim.name
    try:
        commit = commit_of(repository, claim.location, claim.revision, claim.default_branch)
    except SourceRefused as refusal:
        return Unreadable(claim.name, name, refusal.rule, refusal.detail)
    source = _source(claim, name, str(commit.id))
    if source.committed_at is not None:
        return source
    return dataclasses.replace(source, committed_at=clamped(commit.commit_time))


def _hashed_file(claim: Claim) -> Source:
    if claim.kind == "parquet":
        check_readable(claim.location)
    with open(claim.location, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _source(claim, claim.name, digest)


def _source(claim: Claim, repository: str, revision: str) -> Source:
    return Source(
        kind=claim.kind,
        location=claim.location,
        repository=repository,
        revision=revision,
        stars=claim.stars,
        forks=claim.forks,
        fork=claim.fork,
        committed_at=claim.committed_at,
        declared_licence=claim.declared_licence,
        opt_out=claim.opt_out,
    )
