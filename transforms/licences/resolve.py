"""Which licence governs each folder of a repository.

Licence files, package metadata and, where nothing else speaks, the README of every folder are
read. A folder's own licence file takes the place of what stands above it; metadata alone adds to
it. DEP-5 and REUSE files state licences path by path. Where two levels disagree both hold: the
expressions are joined by AND and the evidence names both, so that what is admitted is admitted by
all of them.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.licences.copyrights import without_copyright_lines
from codemill.transforms.licences.dep5 import Dep5Reader, is_dep5
from codemill.transforms.licences.expressions import (
    GNU_PREFIXES,
    UNRECOGNISED,
    Expressions,
    without_repeated_gnu,
)
from codemill.transforms.licences.licence_paths import place_of
from codemill.transforms.licences.merge import COLLECTION, Governing, evidence, merged
from codemill.transforms.licences.metadata import MetadataReader
from codemill.transforms.licences.notices import NamedLicence
from codemill.transforms.licences.path_rules import PathRule, last_matching
from codemill.transforms.licences.recognise import LicenceRecogniser, Recognition
from codemill.transforms.licences.reuse import reuse_rules

MAX_UNEXPLAINED_WORDS = 150
"""Words of a licence file that no rule explains before it may have terms of its own."""
MAX_LICENCE_BYTES = 1_000_000
"""A longer file is judged by its start and counts as not fully recognised."""

_OFTEN_OFFERED = frozenset([
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT",
    "MIT-0", "Unlicense", "Zlib",
])  # fmt: skip
"""Licences that projects offer side by side in files named for them. Beside any other, a file's
name does not say that it may be chosen."""
_OWNER_ONLY = re.compile(r"\s*year:[^\n]{0,80}\n\s*copyright holder:[^\n]{0,200}\s*", re.IGNORECASE)
"""R's form for a licence that DESCRIPTION names and that leaves places for year and owner."""
_NAMED_FILE = re.compile(
    r"^(?:licen[cs]e|copying)[-_.]([a-z0-9.+_-]+?)(?:\.(?:md|txt|rst))?$|^([a-z0-9]+)-licen[cs]e"
)


@dataclass
class _Folder:
    """What was found for one folder."""

    files: list[tuple[str, Recognition]] = field(default_factory=list)
    collected: list[tuple[str, Recognition]] = field(default_factory=list)
    metadata: list[tuple[str, NamedLicence]] = field(default_factory=list)
    readmes: list[tuple[str, Recognition]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


class FolderLicences:
    """The licences of a repository's folders."""

    def __init__(
        self,
        folders: Mapping[str, Governing],
        rules: Sequence[PathRule] = (),
        *,
        expressions: Expressions,
        stated: Mapping[str, str] | None = None,
    ) -> None:
        """`folders` maps a folder's path ("" for the root) to what governs it.

        `rules` are statements about single paths, of which the last that matches counts. `stated`
        maps the path of a licence file to what it states.
        """
        self.stated = dict(stated or {})
        self._folders = dict(folders)
        self._rules = rules
        self._expressions = expressions

    @property
    def repository(self) -> Governing:
        """What governs the root."""
        return self.of_path("")

    def of_path(self, path: str) -> Governing:
        """What governs one path."""
        rule = int(last_matching(self._rules, pa.array([path]))[0])
        return self._ruled(path.rpartition("/")[0], rule)

    def _nearest(self, folder: str) -> str:
        while folder not in self._folders and folder:
            folder = folder.rpartition("/")[0]
        return folder

    def of_folder(self, folder: str) -> Governing:
        """What governs `folder`: its own licence or that of the nearest folder above it."""
        return self._folders.get(self._nearest(folder), Governing())

    def _ruled(self, folder: str, number: int) -> Governing:
        """What governs a path in `folder` about which rule `number` speaks, -1 for none."""
        nearest = self._nearest(folder)
        governing = self._folders.get(nearest, Governing())
        if number < 0:
            return governing
        rule = self._rules[number]
        own = Governing(rule.licence, rule.by, governing.files)
        if rule.replaces_from is not None and _is_within(rule.replaces_from, nearest):
            return own
        return merged(self._expressions, governing, own)

    def governing(self, path: pa.Array) -> tuple[list[Governing], pa.Array]:
        """Distinct governings, and per path (string, no nulls) which of them is its."""
        folders = pc.replace_substring_regex(path, r"(?s)(?:^|/)[^/]*$", "").dictionary_encode()
        rule = pa.array(last_matching(self._rules, path))
        codes = pc.add(pc.multiply(folders.indices.cast(pa.int64()), len(self._rules) + 1), rule)
        pairs = codes.dictionary_encode()
        names = folders.dictionary.to_pylist()
        found = []
        for code in pairs.dictionary.to_pylist():
            folder, number = divmod(code + 1, len(self._rules) + 1)
            found.append(self._ruled(names[folder], number - 1))
        return found, pairs.indices

    def apply(self, path: pa.Array) -> tuple[pa.Array, pa.Array]:
        """(licence, licence_by) of each path, string arrays; null where nothing governs it."""
        return columns_of(*self.governing(path))


def columns_of(found: Sequence[Governing], at: pa.Array) -> tuple[pa.Array, pa.Array]:
    """(licence, licence_by) per row of `at`, which says which of `found` is each row's."""
    licence = pa.array([g.licence for g in found], pa.string()).take(at)
    return licence, pa.array([g.by for g in found], pa.string()).take(at)


def _is_within(folder: str, above: str) -> bool:
    """Whether `folder` is `above` or lies below it."""
    return not above or folder == above or folder.startswith(f"{above}/")


class RepositoryLicences:
    """Resolves the licences of one repository after another."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._expressions = recogniser.expressions
        self._metadata = MetadataReader(recogniser)
        self._dep5 = Dep5Reader(recogniser)

    def resolve(self, files: Mapping[str, bytes]) -> FolderLicences:
        """The folders' licences, from the content of the repository's licence-bearing files."""
        folders: dict[str, _Folder] = defaultdict(_Folder)
        rules: list[PathRule] = []
        for path in sorted(files):
            kind, folder = place_of(path)
            if kind in ("dep5", "reuse"):
                rules += self._read_rules(folders, kind, folder, path, files[path])
            elif kind != "none":
                self._read(folders[folder], kind, path, files)
        resolved: dict[str, Governing] = {}
        for folder in sorted(folders, key=lambda f: (f.count("/") + bool(f), f)):
            above = FolderLicences(resolved, expressions=self._expressions).of_folder(folder)
            own = self._folder(folder, folders[folder], above)
            if own.licence is not None:
                resolved[folder] = own
        stated = _of_files(folders.values())
        return FolderLicences(resolved, rules, expressions=self._expressions, stated=stated)

    def _read(self, found: _Folder, kind: str, path: str, files: Mapping[str, bytes]) -> None:
        """Note one file's statement."""
        if kind == "metadata":
            found.metadata += self._declared(path, files)
        elif kind == "notice":
            found.notices.append(path)
        elif kind in ("licence", "collected"):
            kept = found.files if kind == "licence" else found.collected
            kept.append((path, self._licence_file(files[path])))
        else:
            stated = self._weakly(files[path])
            if stated.expression is not None:
                (found.readmes if kind == "readme" else found.files).append((path, stated))

    def _read_rules(
        self, folders: dict[str, _Folder], kind: str, folder: str, path: str, content: bytes
    ) -> list[PathRule]:
        """Statements about single paths; a copyright file in free form is heard as a README is."""
        text = _text(content)
        if kind == "reuse":
            return reuse_rules(text, folder, f"path:{path}", self._expressions)
        own = path.lower().endswith(".reuse/dep5")
        if own or is_dep5(text):
            by = f"path:{path}" if own else f"metadata:{path}"
            return self._dep5.rules(text, folder, by, replaces=own)
        stated = self._weakly(content)
        if stated.expression is not None:
            folders[folder].readmes.append((path, stated))
        return []

    def _declared(self, path: str, files: Mapping[str, bytes]) -> list[tuple[str, NamedLicence]]:
        """What a metadata file declares, itself and by the file that it points to."""
        said = self._metadata.declared(path, files[path])
        found = [] if said.licence is None else [(path, said.licence)]
        if said.file is None:
            return found
        target = posixpath.normpath(posixpath.join(path.rpartition("/")[0], said.file))
        kind, folder = place_of(target)
        if target in files and kind in ("licence", "weak", "collected"):
            if not _is_within(place_of(path)[1], folder):
                stated = self._licence_file(files[target]).expression
                found += [] if stated is None else [(path, NamedLicence(stated))]
        elif kind == "none" and "readme" not in target.lower():
            found.append((path, NamedLicence(UNRECOGNISED)))  # terms in a file that is not read
        return found

    def _licence_file(self, content: bytes) -> Recognition:
        """What a licence file states, recognised or not; nothing where it only names owners."""
        text = _text(content)
        found = self._recogniser.recognition(text)
        if _OWNER_ONLY.fullmatch(text):
            return Recognition(None)
        if found.expression is None:
            says_more = bool(without_copyright_lines(text).strip())
            return Recognition(UNRECOGNISED) if says_more else found
        stated = self._expressions.spoken(found.expression) or found.expression
        if _has_own_terms(found):
            stated = self._expressions.listed([stated, UNRECOGNISED]) or stated
        return replace(found, expression=stated)

    def _weakly(self, content: bytes) -> Recognition:
        """COPYRIGHT and README files: heard where they state a licence, else silent."""
        return self._recogniser.recognition(_text(content))

    def _folder(self, folder: str, found: _Folder, above: Governing) -> Governing:
        own = self._stated(folder, found, above)
        notices = tuple(found.notices)
        if own.licence is None and notices:
            return replace(above, files=(*above.files, *notices))
        return replace(own, files=(*own.files, *notices))

    def _stated(self, folder: str, found: _Folder, above: Governing) -> Governing:
        files = [(p, r) for p, r in found.files if r.expression]
        if files:
            return self._of_files("folder:" if folder else "repository:", files, found)
        collected = [(p, r) for p, r in found.collected if r.expression]
        if collected:
            return self._of_files(COLLECTION, collected, found)
        if found.metadata:
            return self._of_metadata(found.metadata, above)
        if above.licence is None and found.readmes:
            return self._joined((r.expression, f"readme:{p}") for p, r in found.readmes)
        return Governing()

    def _of_files(
        self, level: str, files: Sequence[tuple[str, Recognition]], found: _Folder
    ) -> Governing:
        stated = [r.expression for _, r in files if r.expression]
        expression = self._offered(files, found) or self._expressions.all_of(stated) or UNRECOGNISED
        told = [(f"{level}{path}", r.expression or UNRECOGNISED) for path, r in files]
        for path, declared in found.metadata:
            joined = self._with_declared(expression, files, declared)
            if joined != expression:
                expression = joined
                told.append((f"metadata:{path}", declared.expression))
        for path, readme in found.readmes:
            later = self._as_later(expression, files, readme.expression or "")
            if later != expression:
                expression = later
                told.append((f"readme:{path}", readme.expression or later))
        return Governing(expression, evidence(told), tuple(path for path, _ in files))

    def _offered(self, files: Sequence[tuple[str, Recognition]], found: _Folder) -> str | None:
        """The choice offered between several licence files, or None where none is.

        Offered by metadata, a README or one of the files, in an expression with OR over all the
        licences found; or by the files' names, as in LICENSE-MIT and LICENSE-APACHE.
        """
        ids = {i for _, r in files for i in self._expressions.ids(r.expression or "")}
        stated = [d.expression for _, d in found.metadata]
        stated += [r.expression or "" for _, r in (*files, *found.readmes)]
        if len(files) > 1:
            for expression in stated:
                if " OR " in expression and _bare(self._expressions.ids(expression)) == _bare(ids):
                    return expression
            if ids <= _OFTEN_OFFERED and all(self._named_for(p, r) for p, r in files):
                return self._expressions.any_of(r.expression or "" for _, r in files)
        return None

    def _named_for(self, path: str, found: Recognition) -> bool:
        """Whether the file's name says which licence it holds: `LICENSE-MIT`."""
        name = path.rpartition("/")[2].lower()
        match = _NAMED_FILE.match(name)
        suffix = "unlicense" if name.startswith("unlicense") else match and (match[1] or match[2])
        named = self._recogniser.notices.by_name(re.sub(r"[-_]", " ", suffix)) if suffix else None
        families = {i.split("-")[0] for i in self._expressions.ids(found.expression or "")}
        return named is not None and families == {named.family}

    def _with_declared(
        self, expression: str, files: Sequence[tuple[str, Recognition]], declared: NamedLicence
    ) -> str:
        """`expression` of the licence files with what metadata declares."""
        ids = self._expressions.ids(expression)
        families = {spdx_id.split("-")[0] for spdx_id in ids}
        if declared.vague and declared.family in families:
            return expression
        refined = self._as_later(expression, files, declared.expression)
        if set(self._expressions.ids(declared.expression)) <= set(self._expressions.ids(refined)):
            told = self._expressions.all_of([refined, declared.expression]) or refined
            return refined if " OR " in declared.expression else told
        return self._expressions.all_of([refined, declared.expression]) or refined

    def _as_later(
        self, expression: str, files: Sequence[tuple[str, Recognition]], declared: str
    ) -> str:
        """A GNU licence's bare text read as `-or-later` where a statement says so."""
        told = set(self._expressions.ids(declared)) if declared else set()
        for spdx_id in self._expressions.ids(expression):
            later = spdx_id.replace("-only", "-or-later")
            by_text = any(r.by_text for _, r in files if spdx_id in (r.expression or ""))
            if spdx_id.startswith(GNU_PREFIXES) and later != spdx_id and later in told and by_text:
                expression = expression.replace(spdx_id, later)
        return expression

    def _of_metadata(
        self, metadata: Sequence[tuple[str, NamedLicence]], inherited: Governing
    ) -> Governing:
        """Metadata without a licence file: added to what governs the folder from above."""
        own = self._joined((d.expression, f"metadata:{p}") for p, d in metadata)
        if inherited.licence is None or own.licence is None:
            return own
        families = {i.split("-")[0] for i in self._expressions.ids(inherited.licence)}
        if all(d.vague and d.family in families for _, d in metadata):
            return inherited
        return merged(self._expressions, inherited, own)

    def _joined(self, parts: Iterable[tuple[str | None, str]]) -> Governing:
        listed = [(by, expression) for expression, by in parts if expression]
        told = without_repeated_gnu(dict.fromkeys(expression for _, expression in listed))
        return Governing(self._expressions.all_of(told), evidence(listed) if listed else None)


def _of_files(folders: Iterable[_Folder]) -> dict[str, str]:
    """What each licence file states, by its path."""
    listed = (pair for folder in folders for pair in (*folder.files, *folder.collected))
    return {path: found.expression for path, found in listed if found.expression}


def _text(content: bytes) -> str:
    return content[:MAX_LICENCE_BYTES].decode("utf-8", "replace")


def _has_own_terms(found: Recognition) -> bool:
    """Whether most of a licence file's words, and a page of them, are of no known licence."""
    return found.unexplained > max(MAX_UNEXPLAINED_WORDS, found.num_words // 2)


def _bare(ids: Iterable[str]) -> set[str]:
    """Ids without `-only` and `-or-later`."""
    return {i.removesuffix("-only").removesuffix("-or-later") for i in ids}
