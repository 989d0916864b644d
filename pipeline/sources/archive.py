"""Reads release archives entry by entry, after the whole archive has been judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemill.pipeline.sources.archive_members import DAMAGE, MAX_MEMBERS, Member, members
from codemill.pipeline.sources.entries import Entry, read_entry
from codemill.pipeline.sources.model import MAX_PATH_BYTES, Source, SourceRefused
from codemill.pipeline.sources.names import unique_name, without_machine_paths

_LINKS = ("symlink", "hardlink")
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class _Planned:
    """What becomes of one member that is not a folder."""

    path: str
    rule: str | None


def iterate_members(source: Source, max_entry_bytes: int) -> Iterator[Entry]:
    """The archive's entries in its order; folders are no entries.

    A folder that holds everything (`name-1.2.3/`) is taken off the paths, except in wheels. Of
    entries with one path the last counts, as it does when unpacking. Rules: `symlink` and
    `hardlink` (their blob id is that of their target's text, as git has it for links),
    `too_large`, `duplicate_path`, `git_metadata` (inside a `.git` folder), `unknown_entry_type`.

    Raises `SourceRefused` before the first entry: `archive_path_traversal`,
    `archive_link_escape`, `archive_device`, `archive_bomb`, `archive_encrypted`,
    `archive_unsupported`, `archive_corrupt`. That takes a first pass which decompresses all.
    """
    try:
        plan = _plan(source.location)
        yield from _read(source, plan, max_entry_bytes)
    except DAMAGE as error:
        detail = without_machine_paths(error, source.location) or type(error).__name__
        raise SourceRefused("archive_corrupt", detail) from error


def _read(source: Source, plan: list[_Planned], max_entry_bytes: int) -> Iterator[Entry]:
    present = (member for member in members(source.location) if member.kind != "folder")
    for member, planned in zip(present, plan, strict=True):
        is_link = member.kind in _LINKS
        target = member.link_target.encode()
        yield read_entry(
            source.repository,
            planned.path,
            len(target) if is_link else member.size_bytes,
            [target] if is_link else member.chunks(),
            max_entry_bytes,
            planned.rule,
        )


def _plan(location: str) -> list[_Planned]:
    """Judges every member, decompressing each; says what becomes of those that are not folders."""
    paths: list[list[str]] = []
    rules: list[str | None] = []
    for number, member in enumerate(members(location)):
        if number == MAX_MEMBERS:
            raise SourceRefused("archive_bomb", f"more than {MAX_MEMBERS} entries")
        folders = _checked_path(member)
        if member.kind == "folder":
            continue
        if member.kind not in _LINKS:
            _check_readable(member)
        paths.append(folders)
        rules.append(_rule(member, folders))
    if not location.lower().endswith(".whl"):
        paths = _without_common_folder(paths)
    return _last_of_each_path(["/".join(path) for path in paths], rules)


def _checked_path(member: Member) -> list[str]:
    """The member's path in parts; refuses one that leads out of the archive."""
    folders = _parts(member.name)
    if folders is None:
        raise SourceRefused("archive_path_traversal", f"an entry named {member.name}")
    if not folders and member.kind != "folder":
        raise SourceRefused("archive_corrupt", "an entry without a name")
    if len(member.name.encode()) > MAX_PATH_BYTES:
        raise SourceRefused("path_too_long", f"a path of over {MAX_PATH_BYTES} bytes")
    if member.kind == "device":
        raise SourceRefused("archive_device", f"{member.name} is a device or pipe")
    if member.kind in _LINKS and _escapes(member, folders):
        detail = f"{member.name} links to {member.link_target}"
        raise SourceRefused("archive_link_escape", detail)
    return folders


def _parts(name: str) -> list[str] | None:
    """The folders and name of a relative path; None where it is absolute or goes up."""
    slashed = name.replace("\\", "/")
    if slashed.startswith("/") or _WINDOWS_DRIVE.match(name) or ".." in slashed.split("/"):
        return None
    return [part for part in name.split("/") if part not in ("", ".")]


def _escapes(member: Member, folders: list[str]) -> bool:
    """Whether a link leads out: a symbolic one from its folder, a hard one from the top."""
    target = member.link_target
    if target.startswith("/") or _WINDOWS_DRIVE.match(target):
        return True
    depth = len(folders) - 1 if member.kind == "symlink" else 0
    for part in target.split("/"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        if depth < 0:
            return True
    return False


def _check_readable(member: Member) -> None:
    num_read = sum(map(len, member.chunks()))
    if num_read != member.size_bytes:
        raise EOFError(f"{member.name} has {num_read} bytes of {member.size_bytes}")


def _rule(member: Member, folders: list[str]) -> str | None:
    if member.kind in _LINKS:
        return member.kind
    if ".git" in folders:
        return "git_metadata"
    return "unknown_entry_type" if member.kind == "unknown" else None


def _without_common_folder(paths: list[list[str]]) -> list[list[str]]:
    shared = {path[0] if len(path) > 1 else None for path in paths}
    return [path[1:] for path in paths] if len(shared) == 1 and None not in shared else paths


def _last_of_each_path(paths: list[str], rules: list[str | None]) -> list[_Planned]:
    """Marks entries that a later one of the same path replaces, under a name of their own."""
    last = {path: index for index, path in enumerate(paths)}
    taken = set(last)
    plan: list[_Planned] = []
    for index, (path, rule) in enumerate(zip(paths, rules, strict=True)):
        if last[path] == index:
            plan.append(_Planned(path, rule))
            continue
        replaced = unique_name(path, taken)
        taken.add(replaced)
        plan.append(_Planned(replaced, "duplicate_path"))
    return plan
