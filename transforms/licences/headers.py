"""Licences stated inside a file: tags and notices at its head.

Two passes. Over the whole column, one RE2 pattern finds the heads that say anything about
licences; only those rows are read, and equal notices (a project repeats the same one in every
file) are judged once.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import re2

from codemill.transforms.licences.comments import comment_blocks
from codemill.transforms.licences.recognise import LicenceRecogniser, Recognition

HEAD_BYTES = 6_144
"""A file's head. The longest texts put into source files (BSD, MPL 1.1's notice) need about 4 kB,
and stand below at most a page of introduction."""
MAX_MEMO = 20_000
"""Distinct notices remembered. A batch of 64 MB of source has a few hundred."""

_LITERALS = (
    r"(?i)spdx-license|licen[sc]e|copyright|copyleft|all rights reserved|public domain"
    r"|proprietary|confidential|permission|redistribut"
)
_LITERAL = re2.compile(_LITERALS)


@dataclass(frozen=True)
class HeaderLicences:
    """One row per file."""

    licence: pa.Array
    """string: SPDX expression; null where the head states none."""
    by: pa.Array
    """string: `header:` with `tag`, `notice`, `text` or `invalid tag X`; null likewise."""


class HeaderReader:
    """Reads the licence statements at the head of files."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._memo: dict[str, tuple[str | None, str | None]] = {}

    def read(self, text: pa.Array) -> HeaderLicences:
        """Licences stated in `text` (string or large_string, null for a dropped file)."""
        heads = pc.binary_slice(pc.cast(text, pa.large_binary()), 0, HEAD_BYTES)
        hit = pc.fill_null(pc.match_substring_regex(heads, _LITERALS), fill_value=False)
        rows = pc.indices_nonzero(hit)
        found = [self._of_head(head) for head in heads.take(rows).to_pylist()]
        return HeaderLicences(
            _scattered([licence for licence, _ in found], rows, len(text)),
            _scattered([by for _, by in found], rows, len(text)),
        )

    def _of_head(self, head: bytes) -> tuple[str | None, str | None]:
        return self.of_text(head.decode("utf-8", "ignore"))

    def of_text(self, head: str) -> tuple[str | None, str | None]:
        """The licence and its evidence stated in one file's head."""
        notice = "\n\n".join(b for b in comment_blocks(head) if _LITERAL.search(b))
        known = self._memo.get(notice)
        if known is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            known = self._memo[notice] = self._judged(notice)
        return known

    def _judged(self, notice: str) -> tuple[str | None, str | None]:
        stated = self._recogniser.recognition(notice)
        return stated.expression, _evidence(stated)


def _evidence(stated: Recognition) -> str | None:
    if stated.expression is None:
        return None
    if stated.invalid_tag is not None:
        return f"header:invalid tag {stated.invalid_tag}"
    if stated.tagged:
        return "header:tag"
    return "header:text" if stated.by_text else "header:notice"


def _scattered(values: list[str | None], rows: pa.Array, length: int) -> pa.Array:
    """`values` at `rows` of an otherwise null string column."""
    column: list[str | None] = [None] * length
    for row, value in zip(rows.to_pylist(), values, strict=True):
        column[row] = value
    return pa.array(column, pa.string())
