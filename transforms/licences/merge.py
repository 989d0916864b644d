"""Two levels' licences into one: both hold, and the evidence names both where they disagree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.licences.expressions import GNU_PREFIXES, PROPRIETARY, Expressions

MAX_MEMO = 20_000
"""Distinct pairs of folder and header remembered; a project has a handful."""
COLLECTION = "collection:"
"""Level of a folder of licence texts of which each file's own header says which one is its."""
_JOINT = "; "


@dataclass(frozen=True)
class Governing:
    """A licence and the evidence for it; both None where there is none."""

    licence: str | None = None
    by: str | None = None
    """`level:path`; where several levels or files speak, each with what it states."""
    files: tuple[str, ...] = ()
    """Paths of the licence and notice files that govern."""


def evidence(parts: Sequence[tuple[str, str]]) -> str:
    """Statements as `level:path`, each followed by its expression where there are several."""
    if len(parts) == 1:
        return parts[0][0]
    return _JOINT.join(f"{by} {expression}" for by, expression in parts)


def merged(expressions: Expressions, outer: Governing, inner: Governing) -> Governing:
    """Both levels' licences: what the outer one already says leaves it as it is."""
    files = tuple(dict.fromkeys((*outer.files, *inner.files)))
    if outer.licence is None or inner.licence is None:
        only = inner if outer.licence is None else outer
        return Governing(only.licence, only.by, files)
    spoken = expressions.spoken(inner.licence)
    if spoken is None:  # it only points to where terms stand
        return Governing(outer.licence, outer.by, files)
    if expressions.spoken(outer.licence) is None:
        return Governing(inner.licence, inner.by, files)
    told = [_as_told(expressions, outer.licence, spoken), spoken]
    joined = expressions.all_of(told)
    if joined == expressions.all_of([outer.licence]) or joined == outer.licence:
        return Governing(outer.licence, outer.by, files)
    return Governing(joined, _both(outer, inner), files)


def _both(outer: Governing, inner: Governing) -> str:
    """The evidence of two levels, each with what it states."""
    told = ((g.by or "", g.licence or "") for g in (outer, inner))
    return _JOINT.join(by if _JOINT in by else f"{by} {licence}" for by, licence in told)


def _as_told(expressions: Expressions, outer: str, inner: str) -> str:
    """`outer` with the inner statement's `-only` or `-or-later` where both name one version."""
    said = {i.rpartition("-o")[0]: i for i in expressions.ids(inner) if i.startswith(GNU_PREFIXES)}
    for spdx_id in expressions.ids(outer):
        stem = spdx_id.rpartition("-o")[0]
        if spdx_id.startswith(GNU_PREFIXES) and stem in said:
            outer = re.sub(rf"(?<![\w.-]){re.escape(spdx_id)}(?![\w.-])", said[stem], outer)
    return outer


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
        AND. One that chooses from a collection of texts is heard alone; a proprietary notice takes
        the place of everything.
        """
        outer, inner = Governing(licence, by), Governing(header, header_by)
        if header is not None and PROPRIETARY in self._expressions.ids(header):
            return Governing(header, header_by if licence is None else _both(outer, inner))
        if self._chooses(outer, inner):
            return inner
        return merged(self._expressions, outer, inner)

    def _chooses(self, outer: Governing, inner: Governing) -> bool:
        """Whether `inner` names some of the licences whose texts `outer` collects."""
        if not is_open(outer.by) or outer.licence is None or inner.licence is None:
            return False
        offered = _stems(self._expressions.ids(outer.licence))
        return _stems(self._expressions.ids(inner.licence)) <= offered

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


def is_open(by: str | None) -> bool:
    """Whether all the evidence is collected texts, several of them: a header may yet choose."""
    parts = (by or "").split(_JOINT)
    return len(parts) > 1 and all(part.startswith(COLLECTION) for part in parts)


def are_open(by: pa.Array) -> pa.BooleanArray:
    """`is_open` of each; no nulls."""
    encoded = by.dictionary_encode()
    answers = pa.array(list(map(is_open, encoded.dictionary.to_pylist())), pa.bool_())
    return pc.fill_null(answers.take(encoded.indices), fill_value=False)


def refusal(licence: pa.Array, by: pa.Array) -> pa.Array:
    """What the ledger says of a licence that is not admitted; null where there is none.

    `GPL-2.0-only AND MIT by repository:LICENSE MIT; header:tag GPL-2.0-only`.
    """
    return pc.binary_join_element_wise(licence, by, " by ")


def _stems(ids: Sequence[str]) -> set[str]:
    """Ids without `-only` and `-or-later`, which a text alone does not say."""
    return {i.removesuffix("-only").removesuffix("-or-later") for i in ids}
