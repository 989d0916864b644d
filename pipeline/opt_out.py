"""Opt-out lists: files that name whose code must not be in a corpus. See docs/opt_out.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline.errors import UserError
from codemill.pipeline.sources.names import repository_of_url
from codemill.transforms.opt_out import Entry, OptOut, path_pattern

FORMS = (
    "owner:github.com/NAME, github.com/NAME/REPOSITORY, github.com/NAME/REPOSITORY:path or "
    "swh:1:cnt: with 40 hex digits"
)
"""What a line may be, for messages."""

MAX_LINE_CHARS = 8192
"""A path has at most 4,096 bytes, a name far fewer."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")


def read_opt_out(path: str) -> OptOut:
    """The list in the file `path`, local or remote; an empty name is an empty list.

    Raises `UserError` naming file and line where a line is none of `FORMS`.
    """
    if not path:
        return OptOut()
    from codemill.pipeline import storage  # Beam's file systems take seconds to import

    try:
        with storage.open_read(path) as file:
            content = file.read()
    except OSError as error:
        raise UserError(f"cannot read the opt-out list {path}: {error.strerror or error}") from None
    entries = []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            entry = parse_line(line.decode())
        except ValueError as error:
            said = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error
            raise UserError(f"{path}, line {number}: {said}; a line is {FORMS}") from None
        if entry is not None:
            entries.append(entry)
    return OptOut(entries)


def parse_line(line: str) -> Entry | None:
    """The entry of a line, None for a blank one or a comment. Raises `ValueError` otherwise."""
    text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
    if len(text) > MAX_LINE_CHARS:
        raise ValueError(f"longer than {MAX_LINE_CHARS:,} characters")
    if not text:
        return None
    if text.lower().startswith("swh:") or _HEX.fullmatch(text):
        return _content(text)
    if text.startswith("owner:"):
        return _owner(_name(text.removeprefix("owner:").strip().removesuffix("/*")))
    if _URL.match(text):
        name = repository_of_url(text)
        if name is None:
            raise ValueError(f"{text!r} is no address of a repository")
        return Entry("repository", name.lower())
    name, colon, path = text.partition(":")
    if colon:
        return _path(_name(name), path)
    if name.endswith("/*"):
        return _owner(_name(name.removesuffix("/*")))
    return _repository(_name(name))


def _content(text: str) -> Entry:
    blob_id = re.sub(r"(?i)\Aswh:1:cnt:", "", text.partition(";")[0]).lower()
    if not re.fullmatch(r"[0-9a-f]{40}", blob_id):
        raise ValueError(f"{text!r} is no content id, which is a git blob's 40 hex digits")
    return Entry("content", blob_id)


def _owner(name: str) -> Entry:
    if "/" not in name and "." in name:
        raise ValueError(f"{name!r} would take everything of a host: name an owner on it")
    return Entry("owner", name)


def _repository(name: str) -> Entry:
    return Entry("repository", name)


def _path(name: str, path: str) -> Entry:
    path = path.strip().removeprefix("./").lstrip("/")
    if not path:
        raise ValueError("there is no path after the colon: leave that out to take all of it")
    try:
        pc.match_substring_regex(pa.array([""]), path_pattern(path))
    except pa.ArrowInvalid:
        raise ValueError("its path has too many wildcards") from None
    return Entry("path", name, path)


def _name(text: str) -> str:
    """An owner's or repository's name, lowered; its parts hold no spaces and no wildcards."""
    name = text.strip().removesuffix("/").removesuffix(".git").lower()
    if re.search(r"\s", name):
        raise ValueError(f"{text!r} has spaces in its name")
    if "*" in name or "?" in name:
        raise ValueError(
            f"{text!r} has a wildcard in its name: one may stand for all of an owner's, at the "
            "end (github.com/NAME/*), or in a path after a colon"
        )
    if {"", ".", ".."} & set(name.split("/")):
        raise ValueError(f"{text!r} is no name of an owner or repository")
    return name


def lines_of(opt_out: OptOut) -> str:
    """The list in its normal form, a line an entry, sorted: it reads back as the same."""
    return "".join(f"{entry.line}\n" for entry in opt_out.entries)


def digest(opt_out: OptOut) -> str:
    """sha256 of the normal form; empty for an empty list, which decides nothing."""
    return hashlib.sha256(lines_of(opt_out).encode()).hexdigest() if opt_out.entries else ""


def hashed(entries: Iterable[Entry], salt: str) -> set[str]:
    """Every entry as 32 hex digits that only who has the entry can make again."""
    key = bytes.fromhex(salt)
    return {
        hashlib.blake2b(entry.line.encode(), digest_size=16, key=key).hexdigest()
        for entry in entries
    }
