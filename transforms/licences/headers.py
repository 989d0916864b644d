"""Licences stated inside a file: in its comments, or in all of it where it is no code.

Two passes. Over the whole column, one RE2 pattern finds the files that say anything about licences;
only those are read, around the places where they do, and equal notices (a project repeats the same
one in every file) are judged once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import re2

from codemill.transforms.licences.comments import comment_blocks
from codemill.transforms.licences.recognise import LicenceRecogniser, Recognition

HEAD_BYTES = 6_144
"""A file's head, where a notice may be worded in any way. The longest texts put into source files
(BSD, MPL 1.1's notice) need about 4 kB, and stand below at most a page of introduction."""
MAX_BYTES = 400_000
"""How far into a file notices are looked for."""
MAX_WHOLE_BYTES = 100_000
"""A file that is not larger is read whole: no licence is longer."""
MAX_SMALL_BYTES = 2_000
"""A file that is no code and not larger is read whatever its words: it may be but a name."""
BEFORE_BYTES, AFTER_BYTES = 1_500, 3_500
"""What is read around a telling word below the head: the rest of its notice."""
MAX_PLACES = 200
"""Telling words looked at in one file; a whole licence text has some dozens."""
MAX_MEMO = 20_000
"""Distinct notices remembered. A batch of 64 MB of source has a few hundred."""

_LITERALS = (
    r"(?i)spdx-license|licen[sc]|copyright|copyleft|\(c\) (?:19|20)\d\d|rights reserved"
    r"|public domain|proprietary|confidential|permi(?:ssion|tted)|distribut|warrant"
    r"|free software|\bl?gpl"
)
_LITERAL = re2.compile(_LITERALS)
_TELLINGS = (
    r"(?i)spdx-license|licen[sc]ed? (?:under|to |agreement|version|v?\d)|public licen[sc]e"
    r"|(?:mit|bsd|apache|isc|zlib|mozilla|eclipse|artistic|python|boost|commons) licen[sc]e"
    r"|permission (?:is hereby|to use)|redistribution and use|(?:in|to) the public domain"
    r"|terms of (?:the|this) |provided (?:by .{0,60})?as is|proprietary and confidential"
    r"|all rights reserved"
)
"""Words of notices that code has no other use for: below the head they alone are looked for."""
_TELLING = re2.compile(_TELLINGS.encode())
_QUOTED = re2.compile(
    _TELLINGS + r"|licen[sc]e_*[\"']?\s*(?:[:=]|=>)\s*[\"']|licen[sc]e\s*\(\s*[\"']?[A-Z\"']"
)
"""What strings and declarations of code say of a licence: `__license__ = "MIT"`."""


_PARTED = "\n" * 12
"""Between two comments: farther apart than the lines of one notice are."""
_QUOTES = ('"', "'", 'r"', "r'")
"""What begins a docstring: one below a notice is no part of it."""


@dataclass(frozen=True)
class HeaderLicences:
    """One row per file."""

    licence: pa.Array
    """string: SPDX expression; null where the file states none."""
    by: pa.Array
    """string: `header:` with `tag`, `notice`, `text` or `invalid tag X`; null likewise."""


class HeaderReader:
    """Reads the licence statements in files."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._memo: dict[str, tuple[str | None, str | None]] = {}

    def read(self, text: pa.Array, code: pa.BooleanArray) -> HeaderLicences:
        """Licences stated in `text` (string or large_string, null for a dropped file).

        Of a file that is `code` the comments are read, of any other all of it.
        """
        content = pc.cast(text, pa.large_binary())
        heads = pc.binary_slice(content, 0, HEAD_BYTES)
        hit = pc.fill_null(pc.match_substring_regex(heads, _LITERALS), fill_value=False)
        below = pc.fill_null(pc.match_substring_regex(content, _TELLINGS), fill_value=False)
        small = pc.less_equal(pc.binary_length(content), MAX_SMALL_BYTES)
        small = pc.fill_null(pc.and_not(small, code), fill_value=False)
        rows = pc.indices_nonzero(pc.or_(pc.or_(hit, below), small))
        files = zip(content.take(rows), code.take(rows).to_pylist(), strict=True)
        found = [self._of_content(c.as_buffer(), code=is_code) for c, is_code in files]
        return HeaderLicences(
            _scattered([licence for licence, _ in found], rows, len(text)),
            _scattered([by for _, by in found], rows, len(text)),
        )

    def _of_content(self, content: pa.Buffer, *, code: bool) -> tuple[str | None, str | None]:
        kept = bytes(content[:MAX_BYTES])
        told = kept if len(kept) <= MAX_WHOLE_BYTES else b"\n".join(_told(kept))
        return self.of_text(told.decode("utf-8", "ignore"), code=code)

    def of_text(self, told: str, *, code: bool) -> tuple[str | None, str | None]:
        """The licence and its evidence stated in the passages of one file."""
        notice = _PARTED.join(_spoken(told)) if code else told
        known = self._memo.get(notice)
        if known is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            known = self._memo[notice] = self._judged(notice)
        return known

    def _judged(self, notice: str) -> tuple[str | None, str | None]:
        stated = self._recogniser.recognition(notice)
        return stated.expression, _evidence(stated)


def _spoken(told: str) -> Iterator[str]:
    """Of code, the comments and the strings that may state a licence."""
    blocks = comment_blocks(told)
    telling = [_LITERAL.search(block) is not None for block in blocks]
    for index, block in enumerate(blocks):
        beside = any(telling[max(0, index - 1) : index + 2])
        if telling[index] or (beside and not block.lstrip().startswith(_QUOTES)):
            yield block
    commented = {line for block in blocks for line in block.split("\n")}
    yield from _declared(line for line in told.split("\n") if line not in commented)


def _declared(lines: Iterable[str]) -> Iterator[str]:
    """Runs of lines with strings or calls that state a licence."""
    run: list[str] = []
    for line in (*lines, ""):
        if '"' in line or "'" in line or "(" in line:
            run.append(line)
        elif run:
            strings = "\n".join(run)
            if _QUOTED.search(strings):
                yield strings
            run = []


def _told(content: bytes) -> Iterator[bytes]:
    """The head of a file, and below it whole lines around the places that tell of licences."""
    start, end = 0, _line_end(content, min(HEAD_BYTES, len(content)))
    for _, match in zip(range(MAX_PLACES), _TELLING.finditer(content, end), strict=False):
        if match.start() < end:
            continue
        first = content.rfind(b"\n", 0, max(end, match.start() - BEFORE_BYTES)) + 1
        last = _line_end(content, min(len(content), match.end() + AFTER_BYTES))
        if first > end:
            yield content[start:end]
            start = first
        end = last
    yield content[start:end]


def _line_end(content: bytes, place: int) -> int:
    """The end of the line that `place` is in."""
    end = content.find(b"\n", place)
    return len(content) if end < 0 else end


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
