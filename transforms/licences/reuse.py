"""`REUSE.toml`: a licence for every path by globs (the REUSE specification, version 3.3)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from codemill.transforms.licences.expressions import UNRECOGNISED, Expressions
from codemill.transforms.licences.metadata_formats import MAX_TOML_LINE_CHARS
from codemill.transforms.licences.path_rules import (
    MAX_RULES,
    PathRule,
    joined_patterns,
    reuse_pattern,
)

MAX_GLOBS = 5_000


def reuse_rules(text: str, folder: str, by: str, expressions: Expressions) -> list[PathRule]:
    """The annotations of `text` about the paths below `folder`, in their order.

    A header that says something else is joined to what is stated here whatever `precedence` says:
    that is the narrower reading. What is no TOML states nothing.
    """
    if max(map(len, text.split("\n"))) > MAX_TOML_LINE_CHARS:
        return []
    try:
        annotations = tomllib.loads(text).get("annotations", [])
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    listed = annotations if isinstance(annotations, list) else []
    rules: list[PathRule] = []
    for annotation in listed[:MAX_RULES]:
        licence = _licence(annotation, expressions)
        if licence is not None:
            globs = _strings(annotation.get("path"))[:MAX_GLOBS]
            patterns = joined_patterns(folder, map(reuse_pattern, globs))
            rules += [PathRule(pattern, licence, by, folder) for pattern in patterns]
    return rules[:MAX_RULES]


def _licence(annotation: Any, expressions: Expressions) -> str | None:
    """Several expressions all hold; None where the annotation states none."""
    if not isinstance(annotation, Mapping):
        return None
    stated = _strings(annotation.get("SPDX-License-Identifier"))
    return expressions.all_of([expressions.parse(e) or UNRECOGNISED for e in stated])


def _strings(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, str)]
