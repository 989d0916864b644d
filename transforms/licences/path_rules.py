"""Licences stated path by path: globs of DEP-5 and REUSE files, applied to a column of paths."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MAX_RULES = 2_000
"""Statements read of one file; the longest copyright files of Debian have some hundreds."""
MAX_PATTERN_CHARS = 4_000
"""Globs joined into one pattern: RE2 refuses far longer ones."""
MAX_GLOB_CHARS = 500


@dataclass(frozen=True)
class PathRule:
    """One statement about the paths that its pattern matches."""

    pattern: str
    """RE2, for the whole path from the repository's root."""
    licence: str
    """SPDX expression."""
    by: str
    """The evidence, as `metadata:debian/copyright`."""
    replaces_from: str | None = None
    """Folder at or above which whatever governs is replaced by the rule; None where the rule joins
    what governs."""


def dep5_pattern(glob: str) -> str:
    r"""DEP-5: `*` and `?` match every character, `/` too; `\` takes a wildcard's meaning away."""
    return _pattern(glob, {"*": ".*", "?": "."})


def reuse_pattern(glob: str) -> str:
    r"""REUSE: `*` stays within a folder, `**` does not; `\` takes their meaning away."""
    return _pattern(glob, {"**": ".*", "*": "[^/]*"})


_TOKEN = re.compile(r"\\.|\*\*|.", re.DOTALL)


def _pattern(glob: str, wildcards: dict[str, str]) -> str:
    tokens = []
    for token in _TOKEN.findall(glob[:MAX_GLOB_CHARS]):
        if token in wildcards:
            tokens.append(wildcards[token])
        elif token == "**":
            tokens.append(wildcards["*"])
        else:
            tokens.append(re.escape(token[1:] if len(token) == 2 else token))
    return "".join(tokens)


def joined_patterns(folder: str, patterns: Iterable[str]) -> Iterable[str]:
    """Patterns of paths below `folder` joined by "or", each no longer than RE2 likes."""
    prefix = re.escape(f"{folder}/") if folder else ""
    waiting: list[str] = []
    for pattern in patterns:
        if waiting and sum(map(len, waiting)) + len(pattern) > MAX_PATTERN_CHARS:
            yield f"^{prefix}(?:{'|'.join(waiting)})$"
            waiting = []
        waiting.append(pattern)
    if waiting:
        yield f"^{prefix}(?:{'|'.join(waiting)})$"


def last_matching(rules: Sequence[PathRule], path: pa.Array) -> np.ndarray:
    """Per path the index of the last rule that matches it, -1 where none does; int64."""
    found = np.full(len(path), -1, np.int64)
    for index, rule in enumerate(rules):
        hit = pc.fill_null(pc.match_substring_regex(path, rule.pattern), fill_value=False)
        found[hit.to_numpy(zero_copy_only=False)] = index
    return found
