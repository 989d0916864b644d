"""The patterns of what is redacted: plain values, read from the YAML files beside this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from codemill.transforms.redact.character_model import CharacterModel
from codemill.transforms.redact.structure import PROOFS, STRUCTURES

KINDS = ("private_key", "key", "password", "email", "ip_address")

JUDGES = (
    *("address", "basic", "email", "jwk", "literal", "none", "random", "secret", "shape", "url"),
)
"""How a value is judged; `judgement.py` says what each asks."""


@dataclass(frozen=True)
class Pattern:
    """One thing to look for. Regexes are in the syntax that RE2 and Hyperscan share."""

    name: str
    """Unique, as `github_token`."""

    kind: str
    """What a redaction is recorded as, one of `KINDS`. With a group `name`, what that says counts:
    a password, or a key."""

    regex: str
    """The group `value`, else group 1, is what is replaced; `name` is what it is assigned to."""

    replacement: str
    """The placeholder, with `{tag}` where the value's tag goes (`{ipv4}`, `{ipv6}`: an address)."""

    judge: str = "shape"
    """One of `JUDGES`."""

    anchor: str | None = None
    """Regex whose matches end near every match of `regex`, quicker to find; None is `regex`."""

    reach: int = 600
    """Bytes before and after an end of the anchor in which the match lies."""

    proof: str | None = None
    """One of `PROOFS`: a value that has it is a secret whatever it looks like."""

    structure: str | None = None
    """One of `STRUCTURES`: a value that has it not is none."""

    requires: str | None = None
    """Regex that the value must match somewhere; None requires nothing."""

    keeps: tuple[str, ...] = ()
    """Regexes of values that are left alone."""

    generic: bool = False
    """Whether a pattern that is not goes before it, of two that claim the same bytes."""

    source: str | None = None
    """Where the format is described, if not at its vendor's under its very name."""

    redacted: tuple[tuple[str, str], ...] = ()
    """Examples: a text, and the part of it that is replaced."""

    kept: tuple[str, ...] = ()
    """Examples in which nothing is replaced."""

    def __post_init__(self) -> None:
        """Raise ValueError where the pattern can't do what it says."""
        if not any(slot in self.replacement for slot in ("{tag}", "{ipv4}", "{ipv6}")):
            raise ValueError(f"pattern {self.name}: no {{tag}} in {self.replacement!r}")
        for value, known in (
            (self.judge, JUDGES),
            (self.proof or next(iter(PROOFS)), PROOFS),
            (self.structure or next(iter(STRUCTURES)), STRUCTURES),
        ):
            if value not in known:
                raise ValueError(f"pattern {self.name}: {value!r} is none of {sorted(known)}")


@dataclass(frozen=True)
class Vocabulary:
    """Words and ranges that judgements rest on; see `vocabulary.yaml`."""

    placeholders: tuple[str, ...]
    """Regexes of values that are no secrets."""

    dummies: frozenset[str]
    """Whole values that are no secrets, in lower case."""

    secret_words: frozenset[str]
    """Last words of names that hold a secret, in lower case; `api key` is two."""

    password_words: frozenset[str]
    """Those of them whose values may be as plain as a person's memory."""

    key_words: frozenset[str]
    """Words that name a secret if the value is long and looks random: `key`, `auth`."""

    suffixes: frozenset[str]
    """Words that may follow: `password_default`."""

    harmless_words: frozenset[str]
    """Words of a name that make it one of something else: `password_field`, `key_id`."""

    top_level_domains: frozenset[str]
    """In lower case."""

    kept_domains: frozenset[str]
    """Domains whose addresses, and their subdomains', are nobody's."""

    kept_networks: tuple[str, ...]
    """CIDR, IPv4 and IPv6: what is not public, and what everybody knows."""


@dataclass(frozen=True)
class Patterns:
    """All that a redactor is made from; plain values, so that it pickles."""

    patterns: tuple[Pattern, ...]
    """Earlier ones win between matches of the same extent."""

    vocabulary: Vocabulary

    model: CharacterModel


def parse_patterns(
    entries: Iterable[Mapping[str, Any]],
    vocabulary: Mapping[str, Any],
    character_model: Mapping[str, Any],
) -> Patterns:
    """Patterns from the parsed YAML; ValueError names a key that is unknown or missing."""
    return Patterns(
        patterns=tuple(_pattern(entry) for entry in entries),
        vocabulary=_vocabulary(vocabulary),
        model=CharacterModel(
            character_model["classes"],
            character_model["log_odds"],
            frozenset(character_model["words"].split()),
        ),
    )


def _vocabulary(data: Mapping[str, Any]) -> Vocabulary:
    lists = {"placeholders", "kept_networks"}
    values: dict[str, Any] = {
        key: tuple(value) if key in lists else frozenset(value.split())
        for key, value in data.items()
    }
    return Vocabulary(**values)


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
