"""Reads the language files of this folder: one YAML per language, checked key by key.

A language file holds facts and nothing else. Its schema is written out here as frozen dataclasses:
a field's docstring says what its key means. Names and ids are github-linguist's.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache, cached_property
from typing import Any

import yaml

FAMILIES = "families.yaml"
"""The one file of the folder that is not a language's."""

TYPES = ("data", "markup", "programming", "prose")
PACKAGES = ("tree_sitter_language_pack", "tree_sitter_languages")
FILTERS = (
    "alphabetic",
    "alphanumeric",
    "comment_share",
    "digits",
    "encoded_blob",
    "long_lines",
    "mean_line",
    "parse_errors",
    "repetition",
    "too_small",
)
"""The filters whose threshold a language may set for itself."""


@dataclass(frozen=True)
class GrammarSource:
    """Where a language's tree-sitter grammar comes from."""

    name: str
    """The grammar's name inside its package."""

    package: str
    """One of `PACKAGES`."""

    by_extension: tuple[tuple[str, str], ...] = ()
    """Extensions written in another grammar of the package (OCaml's `.mli`), as a mapping."""

    def name_for(self, path: str) -> str:
        """The grammar for a file named `path`."""
        lowered = path.lower()
        return next((g for ext, g in self.by_extension if lowered.endswith(ext)), self.name)


@dataclass(frozen=True)
class Comments:
    """How comments are written."""

    line: tuple[str, ...] = ()
    """What begins a comment that ends with its line; sorted."""

    block: tuple[tuple[str, str], ...] = ()
    """Pairs of opening and closing delimiter."""


@dataclass(frozen=True)
class Nodes:
    """What the grammar calls things: node types, or query patterns where one starts with `(`.

    Every list is sorted.
    """

    comment: tuple[str, ...] = ()
    """Comments."""

    function: tuple[str, ...] = ()
    """Definitions of functions with a body; a pattern stands for its outermost node."""

    body: tuple[str, ...] = ()
    """Node types of a function's body, in grammars that have no field `body`."""

    docstring: tuple[str, ...] = ()
    """Node types that document a function where they come first in its body."""

    doc_markers: tuple[str, ...] = ()
    """What a comment right before a function begins with where it documents it."""

    wrapper: tuple[str, ...] = ()
    """Nodes around a definition that belong to it, as `export` or decorators."""

    attribute: tuple[str, ...] = ()
    """Nodes that may stand between a documentation comment and its function."""

    imports: tuple[str, ...] = ()
    """Imports; the key is `import`."""


@dataclass(frozen=True)
class Heuristic:
    """When a file whose name is shared by languages is in this one.

    RE2 patterns; a list of them in the file stands for any of them.
    """

    pattern: str
    """A file of these names is in this language only where this is found."""

    unless: str | None = None
    """And only where this is not found."""

    extensions: tuple[str, ...] = ()
    """The extensions it decides; a sorted part of the language's."""

    filenames: tuple[str, ...] = ()
    """The whole file names it decides; a sorted part of the language's."""

    rank: int = 0
    """Where the rules of several languages hold, those of the lowest rank decide."""


@dataclass(frozen=True)
class Language:
    """One language. `thresholds` maps a filter's name to a number, or to None for off."""

    name: str
    """github-linguist's name."""

    id: int
    """github-linguist's `language_id`."""

    type: str
    """One of `TYPES`."""

    aliases: tuple[str, ...] = ()
    """Names an editor's modeline may use, sorted and in lower case."""

    extensions: tuple[str, ...] = ()
    """Sorted, in lower case, with the dot; compound ones (`.html.erb`) included."""

    filenames: tuple[str, ...] = ()
    """Whole file names, sorted, as they are written."""

    interpreters: tuple[str, ...] = ()
    """Programs a `#!` line may name, sorted."""

    begins: str | None = None
    """RE2, matched at its very beginning: a file whose name says nothing is in this language."""

    grammar: GrammarSource | None = None
    """None where no grammar is at hand: nothing is parsed."""

    comments: Comments = Comments()
    """Comment delimiters."""

    nodes: Nodes = Nodes()
    """Node types of the grammar."""

    thresholds: tuple[tuple[str, float | None], ...] = ()
    """Overrides for quality filters; a mapping in the file."""

    expects: tuple[tuple[str, tuple[float, float]], ...] = ()
    """Share of its files that a filter is expected to drop, least and most, 0 to 1, where the
    filter's own range does not hold for it; a mapping of pairs in the file."""

    heuristics: tuple[Heuristic, ...] = ()
    """Rules for shared extensions."""

    def rule(self, name: str) -> Heuristic | None:
        """The rule that decides the extension or file name `name`, if this language has one."""
        named = (h for h in self.heuristics if name in h.extensions or name in h.filenames)
        return next(named, None)


@dataclass(frozen=True)
class Languages:
    """All languages, by name in code-point order. Plain values: picklable and comparable."""

    languages: tuple[Language, ...]

    families: tuple[tuple[str, ...], ...] = ()
    """Names of languages that look alike, so that one's files are found under the other's name."""

    @cached_property
    def relatives(self) -> Mapping[str, tuple[str, ...]]:
        """The other languages of its family, under each name that has one."""
        return {
            name: tuple(other for other in family if other != name)
            for family in self.families
            for name in family
        }

    @cached_property
    def by_name(self) -> Mapping[str, Language]:
        """Each language under its name."""
        return {language.name: language for language in self.languages}

    def thresholds(self, filter_name: str) -> dict[str, float | None]:
        """The languages that set a threshold of their own for `filter_name`; None is off."""
        found = ((x.name, dict(x.thresholds)) for x in self.languages)
        return {name: own[filter_name] for name, own in found if filter_name in own}


@cache
def load_languages() -> Languages:
    """Every packaged language file, read once a process.

    Raises ValueError naming file and key where one is wrong.
    """
    folder = importlib.resources.files(__package__)
    texts = {f.name: f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".yaml")}
    families = parse_families(FAMILIES, texts.pop(FAMILIES))
    return languages_from(sorted(texts.items()), families)


def languages_from(
    sources: Iterable[tuple[str, str]], families: tuple[tuple[str, ...], ...] = ()
) -> Languages:
    """Languages from (file name, YAML) pairs; errors as `load_languages`."""
    seen: dict[str, str] = {}
    languages = []
    for file, source in sources:
        language = parse_language(file, source)
        if language.name in seen:
            raise ValueError(f"{file}: name: {language.name!r} is also in {seen[language.name]}")
        seen[language.name] = file
        languages.append(language)
    for name in (name for family in families for name in family):
        if name not in seen:
            raise ValueError(f"{FAMILIES}: no language {name!r} is configured")
    return Languages(tuple(sorted(languages, key=lambda language: language.name)), families)


def parse_families(file: str, source: str) -> tuple[tuple[str, ...], ...]:
    """Families from YAML, a list of names under each family's. A language is in one at most."""
    raw = _yaml(file, source)
    if not isinstance(raw, dict):
        raise ValueError(f"{file}: a mapping is wanted, got {raw!r}")
    families = tuple(_sorted_texts(f"{file}: {key}", names) for key, names in raw.items())
    names = [name for family in families for name in family]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{file}: in two families: {repeated}")
    return families


def parse_language(file: str, source: str) -> Language:
    """One language from YAML; `file` is for messages. Raises ValueError naming file and key."""
    values = _section(file, "", _yaml(file, source), Language)
    for key, read in _SECTIONS.items():
        if key in values:
            values[key] = read(f"{file}: {key}", values[key])
    language = Language(**values)
    _check(file, language)
    return language


def _yaml(file: str, source: str) -> Any:
    # The loader of safe YAML, in C where PyYAML was built with it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(source, Loader=loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{file}: not YAML: {error}") from error


def _section(file: str, key: str, raw: Any, kind: type) -> dict[str, Any]:
    """The keys of one mapping, all known, none missing, plain values checked by type."""
    where = f"{file}: {key}" if key else file
    if not isinstance(raw, dict):
        raise ValueError(f"{where}: a mapping is wanted, got {raw!r}")
    known = {"import" if f.name == "imports" else f.name: f for f in fields(kind)}
    for name in raw:
        if name not in known:
            raise ValueError(f"{where}: {name}: unknown key")
    for name, field in known.items():
        if field.default is MISSING and name not in raw:
            raise ValueError(f"{where}: {name}: missing")
    values = {}
    for name, value in raw.items():
        field = known[name]
        read = _PLAIN.get(str(field.type))
        values[field.name] = read(f"{where}: {name}", value) if read else value
    return values


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{where}: text is wanted, got {value!r}")
    return value


def _integer(where: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{where}: an integer is wanted, got {value!r}")
    return value


def _sorted_texts(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{where}: a list with something in it is wanted, got {value!r}")
    texts = tuple(_text(where, item) for item in value)
    if list(texts) != sorted(set(texts)):
        raise ValueError(f"{where}: sorted and without repetition is wanted, got {value!r}")
    return texts


_PLAIN = {
    "str": _text,
    "str | None": _text,
    "int": _integer,
    "tuple[str, ...]": _sorted_texts,
}
"""How a value is read, by its field's annotation."""


def _grammar(where: str, raw: Any) -> GrammarSource:
    values = _section(where, "", raw, GrammarSource)
    if "by_extension" in values:
        mapping = values["by_extension"]
        if not isinstance(mapping, dict):
            raise ValueError(f"{where}: by_extension: a mapping is wanted, got {mapping!r}")
        _sorted_texts(f"{where}: by_extension", list(mapping))
        values["by_extension"] = tuple(
            (ext, _text(f"{where}: by_extension: {ext}", name)) for ext, name in mapping.items()
        )
    return GrammarSource(**values)


def _comments(where: str, raw: Any) -> Comments:
    values = _section(where, "", raw, Comments)
    pairs = values.get("block", [])
    if not isinstance(pairs, list) or any(not isinstance(p, list) or len(p) != 2 for p in pairs):
        raise ValueError(f"{where}: block: a list of pairs is wanted, got {pairs!r}")
    block = tuple((_text(f"{where}: block", a), _text(f"{where}: block", b)) for a, b in pairs)
    return Comments(line=values.get("line", ()), block=block)


def _thresholds(where: str, raw: Any) -> tuple[tuple[str, float | None], ...]:
    if not isinstance(raw, dict):
        raise ValueError(f"{where}: a mapping is wanted, got {raw!r}")
    _sorted_texts(where, list(raw))
    for name, value in raw.items():
        if name not in FILTERS:
            raise ValueError(f"{where}: {name}: unknown key")
        if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
            raise ValueError(f"{where}: {name}: a number or null is wanted, got {value!r}")
    return tuple(raw.items())


def _expects(where: str, raw: Any) -> tuple[tuple[str, tuple[float, float]], ...]:
    if not isinstance(raw, dict):
        raise ValueError(f"{where}: a mapping is wanted, got {raw!r}")
    _sorted_texts(where, list(raw))
    for name, pair in raw.items():
        numbers = isinstance(pair, list) and all(type(n) in (int, float) for n in pair)
        if not numbers or len(pair) != 2 or not 0 <= pair[0] <= pair[1] <= 1:
            raise ValueError(f"{where}: {name}: least and most, 0 to 1, are wanted, got {pair!r}")
    return tuple((name, (float(least), float(most))) for name, (least, most) in raw.items())


def _heuristics(where: str, raw: Any) -> tuple[Heuristic, ...]:
    if not isinstance(raw, list):
        raise ValueError(f"{where}: a list is wanted, got {raw!r}")
    return tuple(Heuristic(**_section(where, "", _joined(where, item), Heuristic)) for item in raw)


def _joined(where: str, rule: Any) -> Any:
    """A rule in which every list of patterns is one pattern."""
    if not isinstance(rule, dict):
        return rule
    joined = dict(rule)
    for key in ("pattern", "unless"):
        if isinstance(patterns := rule.get(key), list):
            texts = [_text(f"{where}: {key}", pattern) for pattern in patterns]
            joined[key] = "|".join(f"(?:{pattern})" for pattern in texts)
    return joined


_SECTIONS = {
    "grammar": _grammar,
    "comments": _comments,
    "nodes": lambda where, raw: Nodes(**_section(where, "", raw, Nodes)),
    "thresholds": _thresholds,
    "expects": _expects,
    "heuristics": _heuristics,
}


def _check(file: str, language: Language) -> None:
    """What no single value shows."""
    if language.type not in TYPES:
        raise ValueError(f"{file}: type: one of {TYPES} is wanted, got {language.type!r}")
    if language.grammar and language.grammar.package not in PACKAGES:
        raise ValueError(f"{file}: grammar: package: {language.grammar.package!r} is not known")
    for ext in language.extensions:
        if not ext.startswith(".") or ext != ext.lower():
            raise ValueError(f"{file}: extensions: a dot and lower case are wanted, got {ext!r}")
    for alias in language.aliases:
        if alias != alias.lower():
            raise ValueError(f"{file}: aliases: lower case is wanted, got {alias!r}")
    for rule in language.heuristics:
        if unknown := set(rule.extensions) - set(language.extensions):
            raise ValueError(f"{file}: heuristics: not its extensions: {sorted(unknown)}")
        if unknown := set(rule.filenames) - set(language.filenames):
            raise ValueError(f"{file}: heuristics: not its filenames: {sorted(unknown)}")
