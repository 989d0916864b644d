"""Names fit to be published: without machine paths, without credentials, in UTF-8."""

from __future__ import annotations

import os
import re

_REMOTE_SCHEMES = frozenset({"http", "https", "ssh", "git", "git+ssh", "ssh+git", "ftp", "ftps"})
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_UNFIT_IN_PATH = re.compile(r"[\x00-\x20\x7f:\\]")
_ABSOLUTE_PATH = re.compile(r"(?:(?<=^)|(?<=[\s'\"(=:]))/[^\s'\"]+")


def repository_of_url(url: str) -> str | None:
    """`host/owner/name` of a remote's URL, or None where it names no other machine.

    Credentials, port, query, fragment and a final `.git` are dropped and the host is lowered.
    URLs and scp's `user@host:path` are understood. Whatever precedes the last `@` counts as
    credentials, because a password with an unescaped `/` would otherwise be published.
    """
    scheme, is_url, rest = url.strip().partition("://")
    rest = re.split(r"[?#]", rest if is_url else scheme, maxsplit=1)[0].rpartition("@")[2]
    if is_url:
        host, _, path = rest.partition("/")
        host = host.partition(":")[0]
        known = scheme.lower() in _REMOTE_SCHEMES
    else:
        host, colon, path = rest.partition(":")
        # One letter before the colon is a Windows drive, a second colon a transport helper.
        known = bool(colon) and len(host) > 1
    host = host.lower()
    folders = [part for part in path.split("/") if part]
    if not known or not _HOST.fullmatch(host) or not folders or _UNFIT_IN_PATH.search(path):
        return None
    folders[-1] = folders[-1].removesuffix(".git")
    return None if {"", ".", ".."} & set(folders) else "/".join([host, *folders])


def published_path(name: str | bytes) -> str:
    r"""`name` as text that UTF-8 can hold: a byte that isn't UTF-8 becomes `\xNN`.

    Distinct names stay distinct, unless one spells such an escape itself.
    """
    raw = name if isinstance(name, bytes) else os.fsencode(name)
    return raw.decode("utf-8", "backslashreplace")


def without_machine_paths(message: object, location: str) -> str:
    """An error's text on one line, with `location` and other absolute paths taken out."""
    text = published_path(" ".join(str(message).split()))
    for path in sorted({location, os.path.realpath(location)}, key=len, reverse=True):
        text = text.replace(published_path(path), "it")
    return _ABSOLUTE_PATH.sub("(path)", text)


def unique_name(name: str, taken: set[str]) -> str:
    """`name`, with `~2`, `~3`, ... after it where `taken` already has it."""
    candidate, copy = name, 2
    while candidate in taken:
        candidate, copy = f"{name}~{copy}", copy + 1
    return candidate
