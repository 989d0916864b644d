"""The patterns of what is redacted: plain values, read from `patterns.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Pattern:
    """One thing to look for. Regexes are in the syntax that RE2 and Hyperscan share."""

    name: str
    """Unique, as `github_token`."""

    kind: str
    """What a redaction is recorded as: `email`, `key`, `private_key` or `password`."""

    regex: str
    """Group 1 is the value to replace; the whole match decides between overlapping ones."""

    literals: tuple[str, ...]
    """Every match holds at least one of these."""

    replacement: str
    """The placeholder, with `{tag}` where the value's tag goes."""

    requires: str | None = None
    """Regex that the value must match somewhere; None requires nothing."""

    keeps: tuple[str, ...] = ()
    """Regexes of values that are left alone."""

    top_level: bool = False
    """Whether the value must end in a top-level domain."""

    redacted: tuple[tuple[str, str], ...] = ()
    """Examples: a text, and the part of it that is replaced."""

    kept: tuple[str, ...] = ()
    """Examples in which nothing is replaced."""

    def __post_init__(self) -> None:
        """Raise ValueError where the pattern can't do what it says."""
        if "{tag}" not in self.replacement:
            raise ValueError(f"pattern {self.name}: no {{tag}} in {self.replacement!r}")
        if not self.literals:
            raise ValueError(f"pattern {self.name}: no literals")


@dataclass(frozen=True)
class Patterns:
    """All that a redactor is made from; plain values, so that it pickles."""

    patterns: tuple[Pattern, ...]
    """Earlier ones win between matches of the same extent."""

    placeholders: tuple[str, ...]
    """Regexes of values that are no secrets, of whatever kind but e-mail."""

    top_level_domains: frozenset[str]
    """In lower case."""


def parse_patterns(data: Mapping[str, Any]) -> Patterns:
    """Patterns from the parsed YAML; ValueError names a key that is unknown or missing."""
    return Patterns(
        patterns=tuple(_pattern(entry) for entry in data["patterns"]),
        placeholders=tuple(data["placeholders"]),
        top_level_domains=frozenset(data["top_level_domains"].split()),
    )


def _pattern(entry: Mapping[str, Any]) -> Pattern:
    unknown = sorted(set(entry) - {field.name for field in fields(Pattern)})
    if unknown:
        raise ValueError(f"pattern {entry.get('name')}: unknown keys {unknown}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    values["redacted"] = tuple(entry.get("redacted", {}).items())
    try:
        return Pattern(**values)
    except TypeError as error:
        raise ValueError(f"pattern {entry.get('name')}: {error}") from error
