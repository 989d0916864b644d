"""Licences declared in package metadata.

Every reader takes the text of one kind of file to the values it declares; what the values mean is
the same for all. Content is hostile: what cannot be read declares nothing.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import re2

from codemill.transforms.licences.expressions import PROPRIETARY, UNRECOGNISED
from codemill.transforms.licences.notices import NamedLicence
from codemill.transforms.licences.recognise import LicenceRecogniser

MAX_METADATA_BYTES = 1_000_000
"""Hand-written metadata is a few kilobytes; above this the file is data that has its name."""
MAX_TOML_LINE_CHARS = 4_000
MAX_NAME_CHARS = 120
"""A longer value is the licence's text, not its name."""
MAX_VALUES = 16


@dataclass(frozen=True)
class Declared:
    """Values found in one metadata file."""

    values: tuple[str, ...] = ()
    alternatives: bool = False
    """True where the format says that several values are a choice."""


def _texts(value: Any) -> list[str]:
    """The strings in a licence field: a string, an object with a type or name, or a list."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        inner = value.get("type") or value.get("name") or value.get("text")
        return [inner] if isinstance(inner, str) else []
    if isinstance(value, list):
        return [
            text
            for item in value[:MAX_VALUES]
            if not isinstance(item, list)
            for text in _texts(item)
        ]
    return []


def _table(value: Any, *keys: str) -> Any:
    """`value[key]...` where every step is a table, else None."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _json(text: str) -> Declared:
    data = json.loads(text)
    found = _texts(_table(data, "license")) or _texts(_table(data, "licenses"))
    return Declared(tuple(found), alternatives=True)


def _toml(text: str) -> dict[str, Any]:
    """Parsed TOML. A dotted key takes time quadratic in its length, so long lines are refused."""
    if max(map(len, text.split("\n"))) > MAX_TOML_LINE_CHARS:
        raise ValueError("a line is too long to be written by hand")
    return tomllib.loads(text)


def _pyproject(text: str) -> Declared:
    data = _toml(text)
    project = _table(data, "project")
    found = _texts(_table(project, "license")) or _texts(_table(data, "tool", "poetry", "license"))
    found = found or _texts(_table(data, "tool", "flit", "metadata", "license"))
    return Declared(tuple(found or _classified(_texts(_table(project, "classifiers")))))


def _cargo(text: str) -> Declared:
    data = _toml(text)
    found = _texts(_table(data, "package", "license"))
    return Declared(tuple(found or _texts(_table(data, "workspace", "package", "license"))))


def _setup_cfg(text: str) -> Declared:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    section = dict(parser.items("metadata")) if parser.has_section("metadata") else {}
    stated = (section.get("license_expression") or section.get("license") or "").strip()
    if stated and not stated.startswith("file:"):
        return Declared((stated,))
    classifiers = section.get("classifiers") or section.get("classifier") or ""
    return Declared(tuple(_classified(classifiers.split("\n"))))


def _core_metadata(text: str) -> Declared:
    """Python's METADATA and PKG-INFO: e-mail headers up to the first empty line."""
    head = re.sub(r"\n[ \t]+", " ", text.replace("\r\n", "\n").split("\n\n", 1)[0])
    fields = [line.partition(":") for line in head.split("\n")[:2_000]]
    for wanted in ("license-expression", "license"):
        found = [value.strip() for key, _, value in fields if key.lower() == wanted]
        if found and found[0] and found[0].upper() != "UNKNOWN":
            return Declared((found[0],))
    return Declared(tuple(_classified([v for key, _, v in fields if key.lower() == "classifier"])))


def _classified(classifiers: list[str]) -> list[str]:
    """Licence names of trove classifiers: the last part of `License :: ... :: name`."""
    found = [c.strip().split(" :: ") for c in classifiers]
    return [
        re.sub(r"\s*\([^)]*\)\s*$", "", c[-1]) for c in found if c[0] == "License" and len(c) > 2
    ][:MAX_VALUES]


_QUOTED = re2.compile(r"""["']([^"'\n]{1,200})["']""")


def _by_pattern(pattern: str, *, alternatives: bool = False) -> Callable[[str], Declared]:
    """A reader for a format of which one pattern finds the field; quoted parts are its values."""
    compiled = re2.compile(pattern)

    def read(text: str) -> Declared:
        found = compiled.search(text)
        if found is None:
            return Declared()
        values = _QUOTED.findall(found[1]) or [found[1].strip()]
        return Declared(tuple(values[:MAX_VALUES]), alternatives)

    return read


_VALUE = r"""("[^"\n]*"|'[^'\n]*')"""
_PODSPEC = r"(?m)^\s*\w+\.license\s*=\s*(?:\{[^}\n]*:?type['\"]?\s*(?:=>|:))?\s*([^,}\n]+)"
_READERS: tuple[tuple[str, Callable[[str], Declared]], ...] = (
    ("package.json", _json),
    ("bower.json", _json),
    ("composer.json", _json),
    ("elm.json", _json),
    ("deno.json", _json),
    ("dub.json", _json),
    ("meta.json", _json),
    ("meta6.json", _json),
    ("pyproject.toml", _pyproject),
    ("cargo.toml", _cargo),
    ("setup.cfg", _setup_cfg),
    ("metadata", _core_metadata),
    ("pkg-info", _core_metadata),
    ("setup.py", _by_pattern(rf"(?m)\blicense\s*=\s*{_VALUE}")),
    ("*.gemspec", _by_pattern(r"(?m)^\s*\w+\.licenses?\s*=\s*(.+)$")),
    ("*.podspec", _by_pattern(_PODSPEC)),
    ("*.rockspec", _by_pattern(rf"(?m)^\s*license\s*=\s*{_VALUE}")),
    ("*.nimble", _by_pattern(rf"(?m)^\s*license\s*=\s*{_VALUE}")),
    ("*.cabal", _by_pattern(r"(?mi)^license:\s*(\S[^\n]*)$")),
    ("*.opam", _by_pattern(r"(?m)^license:\s*(\[[^\]]*\]|\"[^\"\n]*\")")),
    ("opam", _by_pattern(r"(?m)^license:\s*(\[[^\]]*\]|\"[^\"\n]*\")")),
    ("dune-project", _by_pattern(r"\(license\s+([^()\n]+)\)")),
    ("description", _by_pattern(r"(?m)^License:\s*(\S[^\n]*)$")),
    ("shard.yml", _by_pattern(r"(?m)^license:\s*(\S[^\n]*)$")),
    ("meta.yml", _by_pattern(r"(?m)^license:\s*(\S[^\n]*)$")),
    ("dub.sdl", _by_pattern(rf"(?m)^license\s+{_VALUE}")),
    ("mix.exs", _by_pattern(r"\blicenses:\s*(\[[^\]]*\])")),
    ("*.app.src", _by_pattern(r"\{\s*licenses\s*,\s*(\[[^\]]*\])")),
    ("pom.xml", _by_pattern(r"(?s)<licenses>.{0,200}?<license>.{0,400}?<name>([^<]*)</name>")),
    ("*.nuspec", _by_pattern(r"<license\s+type=\"expression\">([^<]*)</license>")),
    ("*.csproj", _by_pattern(r"<PackageLicenseExpression>([^<]*)</PackageLicenseExpression>")),
    ("project.clj", _by_pattern(rf":license\s+\{{[^}}]*:name\s+{_VALUE}")),
    ("info.rkt", _by_pattern(r"\(define\s+license\s+'?([^\n]*?)\)\s*$")),
)  # fmt: skip

METADATA_NAMES = tuple(name for name, _ in _READERS)
"""Lower-case file names (with `*`) of the metadata that can be read."""

_POINTS_TO_FILE = re.compile(
    r"see (?:the )?licen[cs]e|^file\b|licen[cs]e\.(?:md|txt)|^licen[cs]es?$", re.I
)
_R_FILE = re.compile(r"\s*[+|]\s*file\s+licen[cs]e\b", re.IGNORECASE)
_R_LATER = re.compile(r"\(\s*>=\s*([\d.]{1,8})\s*\)")
_SPLIT_OR = re.compile(r"\s+or\s+|\s*[/|]\s*", re.IGNORECASE)
_SPLIT_AND = re.compile(r"\s+and\s+|\s*[,;&]\s*", re.IGNORECASE)


class MetadataReader:
    """Reads the licence that a package's metadata declares."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._expressions = recogniser.expressions

    def declared(self, path: str, content: bytes) -> NamedLicence | None:
        """What the metadata file at `path` declares; None where it declares nothing.

        A value that is there and means no known licence gives `LicenseRef-codemill-unrecognised`.
        """
        read = _reader(path)
        if read is None or len(content) > MAX_METADATA_BYTES:
            return None
        try:
            found = read(content.decode("utf-8", "replace").lstrip("\ufeff"))
        except (ValueError, configparser.Error, RecursionError):
            return None
        named = [licence for licence in map(self._named, found.values) if licence is not None]
        if not named:
            return None
        join = self._expressions.any_of if found.alternatives else self._expressions.all_of
        joined = join([licence.expression for licence in named])
        return NamedLicence(joined or UNRECOGNISED, vague=all(licence.vague for licence in named))

    def _named(self, value: str) -> NamedLicence | None:
        """What one value means; None where it is empty or points to a licence file."""
        stated = _R_LATER.sub(r"\1 or later", _R_FILE.sub("", value)).strip()
        if not stated or _POINTS_TO_FILE.search(stated):
            return None
        if stated == "UNLICENSED":
            return NamedLicence(PROPRIETARY)
        if len(stated) > MAX_NAME_CHARS:
            return NamedLicence(self._recogniser.recognise(stated) or UNRECOGNISED)
        return self._simple(stated) or self._split(stated) or NamedLicence(UNRECOGNISED)

    def _simple(self, value: str) -> NamedLicence | None:
        expression = self._expressions.parse(value)
        if expression is not None:
            return NamedLicence(expression)
        named = self._recogniser.notices.by_name(value.replace("_", " "))
        legacy = self._expressions.parse(value, legacy=True) if named is None else None
        return NamedLicence(legacy) if legacy else named

    def _split(self, value: str) -> NamedLicence | None:
        """`Apache 2.0 or MIT`, `GPLv2, LGPLv2`: names joined by words, every one known."""
        for split, join in (
            (_SPLIT_OR, self._expressions.any_of),
            (_SPLIT_AND, self._expressions.all_of),
        ):
            parts = [self._simple(part) for part in split.split(value) if part.strip()]
            known = [part.expression for part in parts if part is not None]
            if 1 < len(known) == len(parts) <= MAX_VALUES:
                return NamedLicence(join(known) or UNRECOGNISED)
        return None


def _reader(path: str) -> Callable[[str], Declared] | None:
    name = path.rsplit("/", 1)[-1].lower()
    return next((read for pattern, read in _READERS if fnmatchcase(name, pattern)), None)


def is_metadata(path: str) -> bool:
    """Whether `path` is package metadata that can be read."""
    return _reader(path) is not None
