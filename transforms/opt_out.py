"""Which locations the entries of an opt-out list name: owners, repositories, paths, contents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

KINDS = ("owner", "repository", "path", "content")
"""Kinds of entry, the broadest first: where several name a row, the first of them counts."""


@dataclass(frozen=True)
class Entry:
    """One line of a list. Owners and repositories are lowered, as forges compare them."""

    kind: str
    """One of `KINDS`."""
    name: str
    """host/owner, repository, or blob id, 40 hex."""
    path: str = ""
    """For a path: where in the repository, with `*`, `**` and `?`; else empty."""

    @property
    def line(self) -> str:
        """The entry as a list writes it, always in the same way."""
        prefix = {"owner": "owner:", "content": "swh:1:cnt:"}.get(self.kind, "")
        return f"{prefix}{self.name}" + (f":{self.path}" if self.path else "")


def path_pattern(path: str) -> str:
    """The regular expression (RE2) of the paths that `path` takes.

    `*` and `?` stay inside a folder, `**` crosses folders; all else is literal and in its own
    case. What stands below a path of that name is taken too; with / at its end nothing else is.
    """
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", path.rstrip("/"))
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    body = "".join(wild.get(part, re.escape(part)) for part in parts)
    return rf"(?s)\A{body}{'/.*' if path.endswith('/') else '(?:/.*)?'}\z"


class OptOut:
    """The entries of a list, ready to be asked.

    An owner takes everything below its name. A repository takes the one of its name and, where
    the name has a / in it, everything below: whoever writes an owner without a star is understood.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries = tuple(sorted(set(entries), key=lambda e: (KINDS.index(e.kind), e.line)))
        self._whole: dict[str, int] = {}
        self._below: dict[str, int] = {}
        self._paths: dict[str, list[tuple[int, str]]] = {}
        contents = []
        for number, entry in enumerate(self.entries):
            if entry.kind in ("owner", "repository"):
                self._whole.setdefault(entry.name, number)
                if entry.kind == "owner" or "/" in entry.name:
                    self._below.setdefault(entry.name, number)
            elif entry.kind == "path":
                pattern = path_pattern(entry.path)
                self._paths.setdefault(entry.name, []).append((number, pattern))
            else:
                contents.append(number)
        # A hostile name may have a million folders: no more are looked at than an entry has.
        self._depth = max((name.count("/") + 1 for name in self._below), default=0)
        self._contents = np.array(contents, dtype=np.int32)
        self._blob_ids = pa.array([self.entries[n].name for n in contents], pa.string())

    def __len__(self) -> int:
        return len(self.entries)

    def of_repository(self, name: str) -> int | None:
        """The number of the entry that takes the whole repository `name`; None where none does."""
        lowered = name.lower()
        folders = lowered.split("/", self._depth)[: self._depth]
        for length in range(1, len(folders) + 1):
            number = self._below.get("/".join(folders[:length]))
            if number is not None:
                return number
        return self._whole.get(lowered)

    def match(self, repository: pa.Array, path: pa.Array, blob_id: pa.Array) -> pa.Int32Array:
        """For every location the number of the entry that names it first; null where none does.

        `path` and `blob_id` are null for a whole repository.
        """
        if not self.entries:
            return pa.nulls(len(repository), pa.int32())
        encoded = repository.dictionary_encode()
        names = encoded.dictionary.to_pylist()
        found = pa.array([self.of_repository(name) for name in names], pa.int32())
        found = found.take(encoded.indices)
        found = pc.coalesce(found, self._by_path(encoded, path))
        return pc.coalesce(found, self._by_content(blob_id))

    def _by_path(self, repository: pa.DictionaryArray, path: pa.Array) -> pa.Int32Array:
        found = pa.nulls(len(path), pa.int32())
        for code, name in enumerate(repository.dictionary.to_pylist()):
            patterns = self._paths.get(name.lower())
            if patterns:
                mine = pc.equal(repository.indices, code)
                numbers = _first_matching(path.filter(mine), patterns)
                found = pc.replace_with_mask(found, mine, numbers)
        return found

    def _by_content(self, blob_id: pa.Array) -> pa.Int32Array:
        index = pc.index_in(blob_id, value_set=self._blob_ids)
        return pa.array(self._contents).take(index)


def _first_matching(path: pa.Array, patterns: list[tuple[int, str]]) -> pa.Int32Array:
    found = pa.nulls(len(path), pa.int32())
    for number, pattern in patterns:
        matches = pc.fill_null(pc.match_substring_regex(path, pattern), False)
        found = pc.coalesce(found, pc.if_else(matches, pa.scalar(number, pa.int32()), None))
    return found
