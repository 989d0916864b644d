"""Which licence governs each folder of a repository.

Licence files, package metadata and, where nothing else speaks, the README of every folder are
read. A folder's own licence file takes the place of what stands above it; metadata alone adds to
it. Where two levels disagree both hold: the expressions are joined by AND and the evidence names
both, so that what is admitted is admitted by all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.licences.expressions import (
    GNU_PREFIXES,
    PROPRIETARY,
    UNRECOGNISED,
    Expressions,
    without_repeated_gnu,
)
from codemill.transforms.licences.metadata import METADATA_NAMES, MetadataReader, is_metadata
from codemill.transforms.licences.notices import NamedLicence
from codemill.transforms.licences.recognise import LicenceRecogniser, Recognition

MAX_MEMO = 20_000
"""Distinct pairs of folder and header remembered; a project has a handful."""
MAX_LICENCE_BYTES = 1_000_000
"""A longer file is judged by its start and counts as not fully recognised."""

_TEXT_ENDING = r"(?:\.(?:md|txt|rst|markdown|html?|org|adoc|rtf|tex|in))?"
_MAIN = (
    rf"(?:[a-z0-9]{{2,12}}[-_.])?(?:un)?licen[cs]es?(?:[-_. ][a-z0-9.+_-]{{1,40}}?)?{_TEXT_ENDING}"
    rf"|copying(?:\d|v\d)?(?:[-_.][a-z0-9.+_-]{{1,40}}?)?{_TEXT_ENDING}"
    rf"|eula{_TEXT_ENDING}"
)
_SIDE = rf"copyrights?{_TEXT_ENDING}"
_CODE_ENDINGS = (
    "bat|c|cc|cfg|cpp|cs|css|ex|go|gradle|h|hs|java|js|json|jsx|kt|lock|lua|ml|php|pl|png|ps1|py|rb"
    "|rs|scala|sh|sql|svg|swift|toml|ts|tsx|vue|xml|ya?ml"
)
_CODE = rf"\.(?:{_CODE_ENDINGS})$"
_COLLECTION = r"(?:^|/)(?:licen[cs]es)/[^/]+$"
_METADATA = "|".join(re.escape(name).replace(r"\*", "[^/]+") for name in METADATA_NAMES)
_README = r"^(?:[^/]+/)?readme(?:\.(?:md|rst|txt|markdown|org|adoc|pod))?$"

_MAIN_NAME = re.compile(_MAIN)
_SIDE_NAME = re.compile(_SIDE)
_CODE_NAME = re.compile(_CODE)
_IN_COLLECTION = re.compile(_COLLECTION)
_README_PATH = re.compile(_README)
_WHEEL_PART = re.compile(r"^((?:.*/)?)[^/]+\.(?:dist-info|egg-info)(?:/licen[cs]es(?:/.*)?)?$")
_OWNER_ONLY = re.compile(r"\s*year:[^\n]{0,80}\n\s*copyright holder:[^\n]{0,200}\s*", re.IGNORECASE)
"""R's form for a licence that DESCRIPTION names and that leaves places for year and owner."""
_NAMED_FILE = re.compile(
    r"^(?:licen[cs]e|copying)[-_.]([a-z0-9.+_-]+?)(?:\.(?:md|txt|rst))?$|^([a-z0-9]+)-licen[cs]e"
)


def is_licence_bearing(path: pa.Array) -> pa.BooleanArray:
    """Per path whether the file can state a licence for its folder; no nulls."""
    low = pc.utf8_lower(path)
    named = pc.match_substring_regex(low, rf"(?:^|/)(?:{_MAIN}|{_SIDE}|{_METADATA})$")
    code = pc.and_(
        pc.match_substring_regex(low, _CODE),
        pc.invert(pc.match_substring_regex(low, rf"(?:^|/)(?:{_METADATA})$")),
    )
    collected = pc.match_substring_regex(low, _COLLECTION)
    readme = pc.match_substring_regex(low, _README)
    either = pc.or_(pc.or_(named, collected), readme)
    return pc.fill_null(pc.and_not(either, code), fill_value=False)


@dataclass(frozen=True)
class Governing:
    """A licence and the evidence for it; both None where there is none."""

    licence: str | None = None
    by: str | None = None


@dataclass
class _Folder:
    """What was found in one folder."""

    files: list[tuple[str, Recognition]] = field(default_factory=list)
    collected: list[tuple[str, Recognition]] = field(default_factory=list)
    metadata: list[tuple[str, NamedLicence]] = field(default_factory=list)
    readmes: list[tuple[str, Recognition]] = field(default_factory=list)


class FolderLicences:
    """The licences of a repository's folders."""

    def __init__(self, folders: Mapping[str, Governing]) -> None:
        """`folders` maps a folder's path ("" for the root) to what governs it."""
        self._folders = dict(folders)

    @property
    def repository(self) -> Governing:
        """What governs the root."""
        return self._folders.get("", Governing())

    def of_folder(self, folder: str) -> Governing:
        """What governs `folder`: its own licence or that of the nearest folder above it."""
        while folder not in self._folders and folder:
            folder = folder.rpartition("/")[0]
        return self._folders.get(folder, Governing())

    def apply(self, path: pa.Array) -> tuple[pa.Array, pa.Array]:
        """(licence, licence_by) of each path, string arrays; null where nothing governs it."""
        folders = pc.replace_substring_regex(path, r"(?:^|/)[^/]*$", "")
        distinct = pc.unique(folders)
        found = [self.of_folder(folder or "") for folder in distinct.to_pylist()]
        at = pc.index_in(folders, value_set=distinct)
        licence = pa.array([g.licence for g in found], pa.string()).take(at)
        return licence, pa.array([g.by for g in found], pa.string()).take(at)


class RepositoryLicences:
    """Resolves the licences of one repository after another."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._expressions = recogniser.expressions
        self._metadata = MetadataReader(recogniser)

    def resolve(self, files: Mapping[str, bytes]) -> FolderLicences:
        """The folders' licences, from the content of the repository's licence-bearing files."""
        folders: dict[str, _Folder] = defaultdict(_Folder)
        for path in sorted(files):
            self._read(folders, path, files[path])
        resolved: dict[str, Governing] = {}
        for folder in sorted(folders, key=lambda f: (f.count("/") + bool(f), f)):
            own = self._folder(folder, folders[folder], FolderLicences(resolved))
            if own.licence is not None:
                resolved[folder] = own
        return FolderLicences(resolved)

    def _read(self, folders: dict[str, _Folder], path: str, content: bytes) -> None:
        """Files one file's statement under the folder that it governs."""
        folder, _, name = path.rpartition("/")
        wheel = _WHEEL_PART.match(folder)
        in_collection = _IN_COLLECTION.search(path.lower()) is not None and not wheel
        scope = wheel[1].rstrip("/") if wheel else folder
        scope = folder.rpartition("/")[0] if in_collection else scope
        if is_metadata(path):
            declared = self._metadata.declared(path, content)
            if declared is not None:
                folders[scope].metadata.append((path, declared))
        elif in_collection:
            folders[scope].collected.append((path, self._licence_file(content)))
        elif _MAIN_NAME.fullmatch(name.lower()):
            folders[scope].files.append((path, self._licence_file(content)))
        elif _SIDE_NAME.fullmatch(name.lower()) or _README_PATH.match(path.lower()):
            self._read_weak(folders[scope], path, content)

    def _licence_file(self, content: bytes) -> Recognition:
        """What a licence file states: it always states something, recognised or not."""
        text = content[:MAX_LICENCE_BYTES].decode("utf-8", "replace")
        found = self._recogniser.recognition(text)
        if _OWNER_ONLY.fullmatch(text):
            return Recognition(None)
        return found if found.expression or not text.strip() else Recognition(UNRECOGNISED)

    def _read_weak(self, folder: _Folder, path: str, content: bytes) -> None:
        """COPYRIGHT and README files: heard where they state a licence, else silent."""
        text = content[:MAX_LICENCE_BYTES].decode("utf-8", "replace")
        found = self._recogniser.recognition(text)
        if found.expression is not None:
            kept = folder.readmes if _README_PATH.match(path.lower()) else folder.files
            kept.append((path, found))

    def _folder(self, folder: str, found: _Folder, above: FolderLicences) -> Governing:
        files = [(p, r) for p, r in found.files if r.expression] or [
            (p, r) for p, r in found.collected if r.expression
        ]
        if files:
            return self._of_files(folder, files, found)
        inherited = above.of_folder(folder)
        if found.metadata:
            return self._of_metadata(found.metadata, inherited)
        if inherited.licence is None and found.readmes:
            return self._joined((r.expression, f"readme:{p}") for p, r in found.readmes)
        return Governing()

    def _of_files(
        self, folder: str, files: Sequence[tuple[str, Recognition]], found: _Folder
    ) -> Governing:
        stated = [r.expression for _, r in files if r.expression]
        expression = self._offered(files, found) or self._expressions.all_of(stated) or UNRECOGNISED
        level = "folder" if folder else "repository"
        evidence = [f"{level}:{path}" for path, _ in files]
        for path, declared in found.metadata:
            joined = self._with_declared(expression, files, declared)
            if joined != expression:
                expression, evidence = joined, [*evidence, f"metadata:{path}"]
        for path, readme in found.readmes:
            later = self._as_later(expression, files, readme.expression or "")
            if later != expression:
                expression, evidence = later, [*evidence, f"readme:{path}"]
        return Governing(expression, "; ".join(evidence))

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
            if UNRECOGNISED not in ids and all(self._named_for(p, r) for p, r in files):
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
            return refined if " OR " in refined else told
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
        listed = [(expression, by) for expression, by in parts if expression]
        told = without_repeated_gnu(dict.fromkeys(expression for expression, _ in listed))
        return Governing(self._expressions.all_of(told), "; ".join(by for _, by in listed))


def merged(expressions: Expressions, outer: Governing, inner: Governing) -> Governing:
    """Both levels' licences: what the outer one already says leaves it as it is."""
    if outer.licence is None or inner.licence is None:
        return inner if outer.licence is None else outer
    told = [_as_told(expressions, outer.licence, inner.licence), inner.licence]
    joined = expressions.all_of(told)
    if joined == expressions.all_of([outer.licence]) or joined == outer.licence:
        return outer
    return Governing(joined, f"{outer.by}; {inner.by}")


def _as_told(expressions: Expressions, outer: str, inner: str) -> str:
    """`outer` with the inner statement's `-only` or `-or-later` where both name one version."""
    said = {i.rpartition("-o")[0]: i for i in expressions.ids(inner) if i.startswith(GNU_PREFIXES)}
    for spdx_id in expressions.ids(outer):
        stem = spdx_id.rpartition("-o")[0]
        if spdx_id.startswith(GNU_PREFIXES) and stem in said:
            outer = re.sub(rf"(?<![\w.-]){re.escape(spdx_id)}(?![\w.-])", said[stem], outer)
    return outer


def _bare(ids: Iterable[str]) -> set[str]:
    """Ids without `-only` and `-or-later`."""
    return {i.removesuffix("-only").removesuffix("-or-later") for i in ids}


class HeaderMerge:
    """Joins a file's own statement with what governs its folder."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._memo: dict[tuple[str | None, ...], Governing] = {}

    def merge_header(
        self, licence: str | None, by: str | None, header: str | None, header_by: str | None
    ) -> Governing:
        """The effective licence of one file.

        A header that says what the folder says, or less, leaves it. A different one is joined by
        AND. A proprietary notice takes the place of everything.
        """
        if header is not None and PROPRIETARY in self._expressions.ids(header):
            return Governing(PROPRIETARY, header_by)
        return merged(self._expressions, Governing(licence, by), Governing(header, header_by))

    def apply(
        self, licence: pa.Array, by: pa.Array, header: pa.Array, header_by: pa.Array
    ) -> tuple[pa.Array, pa.Array]:
        """(licence, licence_by) per row, from four string arrays of equal length."""
        rows = zip(*(c.to_pylist() for c in (licence, by, header, header_by)), strict=True)
        found = [self._memoised(row) for row in rows]
        return (
            pa.array([g.licence for g in found], pa.string()),
            pa.array([g.by for g in found], pa.string()),
        )

    def _memoised(self, row: tuple[str | None, ...]) -> Governing:
        if row not in self._memo:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            self._memo[row] = self.merge_header(row[0], row[1], row[2], row[3])
        return self._memo[row]
