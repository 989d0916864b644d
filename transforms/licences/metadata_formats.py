"""Formats of package metadata: each reader takes a file's text to the values of its licence field.

What a value means is the same for all formats and is told elsewhere (`values`). Content is
hostile: no reader executes, expands entities or backtracks, and `ValueError` (with its kin that
parsers raise) means that nothing can be read.
"""

from __future__ import annotations

import configparser
import html
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import re2

MAX_TOML_LINE_CHARS = 4_000
MAX_VALUES = 16
MAX_HEADER_LINES = 2_000

PARSE_ERRORS = (ValueError, configparser.Error, RecursionError)
"""What a reader raises for text that is not of its format."""


@dataclass(frozen=True)
class Declared:
    """Values found in one metadata file."""

    values: tuple[str, ...] = ()
    alternatives: bool = False
    """True where the format says that several values are a choice."""
    file: str | None = None
    """Where the terms are instead: a path from the metadata's folder; None where it names none."""


Reader = Callable[[str], Declared]


def _texts(value: Any) -> list[str]:
    """The strings in a licence field: a string, an object with a type or name, or a list."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        inner = next((value[k] for k in ("type", "name", "text", "url") if value.get(k)), None)
        return [inner] if isinstance(inner, str) else []
    if isinstance(value, list):
        flat = [item for item in value[:MAX_VALUES] if not isinstance(item, list)]
        return [text for item in flat for text in _texts(item)]
    return []


def _table(value: Any, *keys: str) -> Any:
    """`value[key]...` where every step is a table, else None."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _path(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _json_field(*, alternatives: bool) -> Reader:
    def read(text: str) -> Declared:
        data = json.loads(text)
        found = _texts(_table(data, "license")) or _texts(_table(data, "licenses"))
        return Declared(tuple(found), alternatives)

    return read


def _toml(text: str) -> dict[str, Any]:
    """Parsed TOML. A dotted key takes time quadratic in its length, so long lines are refused."""
    if max(map(len, text.split("\n"))) > MAX_TOML_LINE_CHARS:
        raise ValueError("a line is too long to be written by hand")
    return tomllib.loads(text)


def _pyproject(text: str) -> Declared:
    data = _toml(text)
    stated = _table(data, "project", "license")
    file = _path(_table(stated, "file"))
    places = (("project",), ("tool", "poetry"), ("tool", "flit", "metadata"))
    found = [f for place in places for f in _texts(_table(data, *place, "license"))][:1]
    classifiers = [c for place in places for c in _texts(_table(data, *place, "classifiers"))]
    values = tuple(found or _classified(classifiers))
    return Declared(values, file=None if values else file)


def _cargo(text: str) -> Declared:
    """A member with `license.workspace = true` says nothing: the folder above it does."""
    data = _toml(text)
    for package in (_table(data, "package"), _table(data, "workspace", "package")):
        found = _texts(_table(package, "license"))
        file = _path(_table(package, "license-file"))
        if found or file:
            return Declared(tuple(found), file=None if found else file)
    return Declared()


def _toml_field(*keys: str) -> Reader:
    def read(text: str) -> Declared:
        data = _toml(text)
        return Declared(tuple(next(filter(None, (_texts(_table(data, k)) for k in keys)), [])))

    return read


def _setup_cfg(text: str) -> Declared:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    section = dict(parser.items("metadata")) if parser.has_section("metadata") else {}
    stated = (section.get("license_expression") or section.get("license") or "").strip()
    if stated and not stated.startswith("file:"):
        return Declared((stated,))
    classifiers = section.get("classifiers") or section.get("classifier") or ""
    return Declared(tuple(_classified(classifiers.split("\n"))))


_SETUP_LICENCE = re2.compile(r"""(?m)^[^#\n]*\blicense\s*=\s*("[^"\n]*"|'[^'\n]*')""")
_SETUP_CLASSIFIER = re2.compile(r"""["'](License :: [^"'\n]{1,200})["']""")


def _setup_py(text: str) -> Declared:
    """Read, never run: the keyword's literal, else the classifiers that stand in it as strings."""
    found = _SETUP_LICENCE.search(text)
    stated = found[1][1:-1].strip() if found else ""
    return Declared((stated,) if stated else tuple(_classified(_SETUP_CLASSIFIER.findall(text))))


def _core_metadata(text: str) -> Declared:
    """Python's METADATA and PKG-INFO: e-mail headers up to the first empty line."""
    fields = _headers(text)
    for wanted in ("license-expression", "license"):
        found = [value for key, value in fields if key == wanted]
        if found and found[0] and found[0].upper() != "UNKNOWN":
            return Declared((found[0],))
    return Declared(tuple(_classified([value for key, value in fields if key == "classifier"])))


def _headers(text: str) -> list[tuple[str, str]]:
    head = re.sub(r"\n[ \t]+", " ", text.replace("\r\n", "\n").split("\n\n", 1)[0])
    fields = [line.partition(":") for line in head.split("\n")[:MAX_HEADER_LINES]]
    return [(key.strip().lower(), value.strip()) for key, _, value in fields]


def _description(text: str) -> Declared:
    """R: `A | B` is a choice, `file LICENSE` a pointer that says nothing beside a name."""
    found = [value for key, value in _headers(text) if key == "license"]
    return Declared(tuple(v.strip() for v in "|".join(found).split("|")[:MAX_VALUES]), True)


def _classified(classifiers: list[str]) -> list[str]:
    """Licence names of trove classifiers: the last part of `License :: ... :: name`."""
    found = [c.strip().split(" :: ") for c in classifiers]
    return [
        re.sub(r"\s*\([^)]*\)\s*$", "", c[-1]) for c in found if c[0] == "License" and len(c) > 2
    ][:MAX_VALUES]


_QUOTED = re2.compile(r"""["']([^"'\n]{1,200})["']""")
_WORDS = re2.compile(r"""^%[wW][\[({<]([^\])}>\n]*)""")


def _by_pattern(pattern: str, *, alternatives: bool = False) -> Reader:
    """A reader for a format of which one pattern finds the field; quoted parts are its values."""
    compiled = re2.compile(pattern)

    def read(text: str) -> Declared:
        found = compiled.search(text)
        if found is None:
            return Declared()
        words = _WORDS.search(found[1])
        values = words[1].split() if words else _QUOTED.findall(found[1]) or [found[1].strip()]
        return Declared(tuple(values[:MAX_VALUES]), alternatives)

    return read


_XML_COMMENT = re2.compile(r"(?s)<!--.*?-->")
_MAVEN_BLOCK = re2.compile(r"(?s)<licenses>(.*?)</licenses>")
_MAVEN_LICENCE = re2.compile(r"(?s)<license>(.*?)</license>")
_MAVEN_FIELD = {key: re2.compile(rf"(?s)<{key}>([^<]{{1,500}})</{key}>") for key in ("name", "url")}


def _pom(text: str) -> Declared:
    """Maven reads several licences as a choice. The name counts, or the URL where there is none."""
    block = _MAVEN_BLOCK.search(_XML_COMMENT.sub("", text))
    values = []
    for licence in _MAVEN_LICENCE.findall(block[1] if block else "")[:MAX_VALUES]:
        fields = [pattern.search(licence) for pattern in _MAVEN_FIELD.values()]
        told = [" ".join(html.unescape(field[1]).split()) for field in fields if field]
        values.append("\n".join(told))
    return Declared(tuple(filter(None, values)), alternatives=True)


_NUSPEC_FILE = re2.compile(r"""<license\s+type\s*=\s*["']file["']\s*>([^<]{1,300})</license>""")


def _nuspec(text: str) -> Declared:
    text = _XML_COMMENT.sub("", text)
    for pattern in (
        r"""<license\s+type\s*=\s*["']expression["'][^>]*>([^<]{1,300})</license>""",
        r"<PackageLicenseExpression>([^<]{1,300})</PackageLicenseExpression>",
    ):
        found = re2.search(pattern, text)
        if found:
            return Declared((html.unescape(found[1]).strip(),))
    file = _NUSPEC_FILE.search(text) or re2.search(
        r"<PackageLicenseFile>([^<]{1,300})</PackageLicenseFile>", text
    )
    if file:
        return Declared(file=file[1].strip().replace("\\", "/"))
    url = re2.search(r"<(?:licenseUrl|PackageLicenseUrl)>([^<]{1,300})</", text)
    return Declared((html.unescape(url[1]).strip(),) if url else ())


_GRADLE_BLOCK = re2.compile(r"(?s)\blicenses\s*(?:=\s*)?[({]+(.{1,1000})")
_GRADLE_FIELD = re2.compile(
    r"""\b(name|url)\b[.\w]*\s*(?:\(|=)?\s*(?:uri\()?["']([^"'\n]{1,300})["']"""
)


def _gradle(text: str) -> Declared:
    """The first name, else URL, of a POM block: `licenses { license { name = '...' } }`."""
    block = _GRADLE_BLOCK.search(text)
    found = _GRADLE_FIELD.findall(block[1]) if block else []
    named = [value for key, value in found if key == "name"][:1]
    return Declared(tuple(named or [value for _, value in found][:1]))


_YAML_LINE = re2.compile(r"(?m)^[ \t]{0,8}licen[cs]es?:[ \t]*([^\s#>|{][^\n#]*)")
_YAML_LIST = re2.compile(r"(?m)^[ \t]{0,8}licen[cs]es?:[ \t]*\n((?:[ \t]*-[ \t][^\n]*\n?){1,16})")
_YAML_ITEM = re2.compile(r"""(?m)^[ \t]*-[ \t]+["']?([^\n#"']+)""")


def _yaml_field(text: str) -> Declared:
    """The first `license:` of a YAML file, a scalar or a list, as written by hand."""
    line = _YAML_LINE.search(text)
    if line:
        return Declared(tuple(_QUOTED.findall(line[1]) or [line[1].strip(" []\t\r")]))
    listed = _YAML_LIST.search(text)
    return Declared(tuple(v.strip() for v in _YAML_ITEM.findall(listed[1] if listed else "")))


_VALUE = r"""("[^"\n]*"|'[^'\n]*')"""
_RUBY_VALUE = r"(?m)^[^#\n]*?\.licenses?\s*=\s*(%[wW][^\n]*|\[[^\]]*\]|[\"'][^\n]*)"
_PODSPEC = r"(?m)^\s*\w+\.license\s*=\s*(?:\{[^}\n]*?:?type['\"]?\s*(?:=>|:))?\s*([^,}\n]+)"

_READERS: tuple[tuple[str, Reader], ...] = (
    ("package.json", _json_field(alternatives=True)),
    ("bower.json", _json_field(alternatives=True)),
    ("composer.json", _json_field(alternatives=True)),
    ("elm.json", _json_field(alternatives=True)),
    ("deno.json", _json_field(alternatives=True)),
    ("dub.json", _json_field(alternatives=True)),
    ("codemeta.json", _json_field(alternatives=False)),
    ("meta.json", _json_field(alternatives=False)),
    ("meta6.json", _json_field(alternatives=False)),
    ("pyproject.toml", _pyproject),
    ("cargo.toml", _cargo),
    ("project.toml", _toml_field("license")),
    ("gleam.toml", _toml_field("licences", "licenses")),
    ("fpm.toml", _toml_field("license")),
    ("setup.cfg", _setup_cfg),
    ("metadata", _core_metadata),
    ("pkg-info", _core_metadata),
    ("setup.py", _setup_py),
    ("*.gemspec", _by_pattern(_RUBY_VALUE)),
    ("*.podspec", _by_pattern(_PODSPEC)),
    ("*.rockspec", _by_pattern(rf"(?m)^\s*license\s*=\s*{_VALUE}")),
    ("*.nimble", _by_pattern(rf"(?m)^\s*license\s*=\s*{_VALUE}")),
    ("*.cabal", _by_pattern(r"(?mi)^license:[ \t]*(\S[^\n]*)$")),
    ("package.yaml", _yaml_field),
    ("*.opam", _by_pattern(r"(?m)^license:\s*(\[[^\]]*\]|\"[^\"\n]*\")")),
    ("opam", _by_pattern(r"(?m)^license:\s*(\[[^\]]*\]|\"[^\"\n]*\")")),
    ("dune-project", _by_pattern(r"\(license\s+([^()\n]+)\)")),
    ("description", _description),
    ("shard.yml", _yaml_field),
    ("meta.yml", _yaml_field),
    ("meta.yaml", _yaml_field),
    ("citation.cff", _yaml_field),
    ("dub.sdl", _by_pattern(rf"(?m)^license\s+{_VALUE}")),
    ("mix.exs", _by_pattern(r"\blicenses:\s*(\[[^\]]*\])")),
    ("*.app.src", _by_pattern(r"\{\s*licenses\s*,\s*(\[[^\]]*\])")),
    ("pom.xml", _pom),
    ("*.pom", _pom),
    ("*.nuspec", _nuspec),
    ("*.csproj", _nuspec),
    ("*.fsproj", _nuspec),
    ("directory.build.props", _nuspec),
    ("build.gradle", _gradle),
    ("build.gradle.kts", _gradle),
    ("build.sbt", _by_pattern(r"(?s)\blicenses\s*(?:\+=|:=|\+\+=)([^\n]*?[\"'][^\"'\n]*[\"'])")),
    ("project.clj", _by_pattern(rf":license\s+\{{[^}}]*:name\s+{_VALUE}")),
    ("info.rkt", _by_pattern(r"\(define\s+license\s+'?([^\n]*?)\)\s*$")),
)  # fmt: skip

METADATA_NAMES = tuple(name for name, _ in _READERS)
"""Lower-case file names (with `*`) of the metadata that can be read."""


def reader_of(path: str) -> Reader | None:
    """The reader for the file at `path`; None where it is no metadata."""
    name = path.rsplit("/", 1)[-1].lower()
    return next((read for pattern, read in _READERS if fnmatchcase(name, pattern)), None)
