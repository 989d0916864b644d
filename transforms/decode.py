"""From the bytes of a blob to text: UTF-8, line ends LF, no byte order mark.

Nearly every source file is valid UTF-8, so a column is validated as a whole and only the rows that
fail are looked at one by one: a byte order mark, then what the file declares, then detection.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import re2

from codemill.transforms.detect_encoding import (
    detect,
    is_damaged_utf8,
    is_plausible,
    known_encoding,
)

BINARY = "binary"
UNDECODABLE = "undecodable"
LFS_POINTER = "lfs_pointer"

MAX_CONTROL_SHARE = 0.05
"""Share of control bytes above which a file is binary. Compressed data has 27 of 256, or 0.11; text
has a form feed or an escape sequence here and there, and those are not counted."""

HEAD_BYTES = 1024
"""Where a declaration is looked for, as HTML asks of browsers (prescan of 1024 bytes)."""

TAIL_BYTES = 512
"""Where editors look for a file's settings at its end; theirs are 3,000 bytes or five lines."""

MIN_NAME_CHARS = 4
"""A shorter part of a path, as `l1`, is not taken for the name of an encoding."""

MAX_POINTER_BYTES = 1024
"""Git LFS's own limit for a pointer file."""

MAGIC = (
    r"(?s)^(?:%PDF-|%!PS-Adobe|\x89PNG|GIF8[79]a|\xff\xd8\xff|BM....\x00\x00|II\*\x00|MM\x00\*"
    r"|PK\x03\x04|PK\x05\x06|\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ|7z\xbc\xaf|Rar!\x1a|\x28\xb5\x2f\xfd"
    r"|\x7fELF|MZ.\x00|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf]|\x00asm|!<arch>\n"
    r"|OggS|ID3|fLaC|RIFF....W|OTTO|wOF[F2]|\xd0\xcf\x11\xe0|SQLite format 3\x00)"
)
"""First bytes of formats that may pass for text in their first kilobyte (libmagic's database)."""

POINTER = (
    r"^(?:version https://(?:git-lfs|hawser)\.github\.com/spec/v|/annex/objects/"
    r"|(?:\.\./)*\.git/annex/objects/)"
)

DECLARATION = re2.compile(
    rb"(?i)(?:\b(?:file)?(?:en)?coding|\bfenc|\bcharset)\s*[:= ]\s*[\"']?([a-z0-9][-\w.]+)"
)
"""PEP 263, Ruby, Emacs, Vim, XML, HTML, CSS and Perl's `use encoding`."""

BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""Longest first: the one of UTF-32 begins with the one of UTF-16."""

UTF8_MARK = b"\xef\xbb\xbf"

NUL, CONTROL, RETURN, ESCAPE = 1, 2, 3, 4


def _byte_kinds() -> np.ndarray:
    kinds = np.zeros(256, np.uint8)
    kinds[1:32] = CONTROL
    kinds[[0x08, 0x09, 0x0A, 0x0B, 0x0C]] = 0
    kinds[[0x00, 0x7F, 0x0D, 0x1B]] = NUL, CONTROL, RETURN, ESCAPE
    return kinds


BYTE_KINDS = _byte_kinds()


@dataclass(frozen=True)
class Decoded:
    """What `decode` returns: arrays as long as the column it was given."""

    text: pa.LargeStringArray
    """Null where the content is null or `reason` is not."""

    encoding: pa.StringArray
    """Python's name of the codec; null where `text` is."""

    num_lines: pa.Int64Array
    """Lines of `text`, an unfinished last one included; null where `text` is."""

    reason: pa.StringArray
    """BINARY, UNDECODABLE or LFS_POINTER (Git LFS or git-annex); null where there is text."""


def decode(content: pa.LargeBinaryArray, path: pa.Array) -> Decoded:
    """Decode a column of blobs; `path` (string) may name the encoding, as `ru.koi8-r.msg` does.

    What is neither UTF-8 nor marked nor plausibly declared is detected, which can go wrong on a few
    letters. UTF-16 without a byte order mark passes for binary.
    """
    rare = RareBytes.of(content)
    magic = pc.fill_null(pc.match_substring_regex(content, MAGIC), False)
    binary = pc.or_(magic, pa.array(rare.looks_binary()))
    pointer = _pointers(content)
    marked = _utf16_or_32(content)
    skipped = pc.or_(pc.and_not(binary, marked), pointer)
    candidates = pc.if_else(skipped, pa.scalar(None, content.type), content)
    special = pc.or_(pc.or_(marked, pa.array(rare.has_jis_escape())), _invalid(candidates))
    by_row = pc.and_(special, pc.is_valid(candidates))
    text, encoding = _decode_utf8(pc.if_else(by_row, pa.scalar(None, content.type), candidates))
    text, encoding = _decode_rows(candidates, path, by_row, text, encoding)
    if rare.any_return or pc.any(marked).as_py():
        text = _with_newlines(text)
    failed = pc.and_(pc.is_null(text), pc.and_not(pc.is_valid(content), skipped))
    return Decoded(text, encoding, num_lines(text), _reasons(binary, marked, pointer, failed))


def num_lines(text: pa.LargeStringArray) -> pa.Int64Array:
    """Lines of each text, an unfinished last one included; null for null. `""` has none."""
    finished = pc.count_substring(text, "\n").cast(pa.int64())
    ends_open = pc.and_not(pc.not_equal(text, ""), pc.ends_with(text, "\n"))
    return pc.add(finished, ends_open.cast(pa.int64()))


def column_buffers(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """(offsets, bytes) of a large_string or large_binary column, sliced or not, without a copy.

    Row i is bytes[offsets[i]:offsets[i + 1]]; offsets are int64 and begin at 0, bytes are uint8. A
    null row is nearly always empty, but the format allows it not to be.
    """
    _, offsets_buffer, data_buffer = column.buffers()
    if not len(column):
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    offsets = np.frombuffer(offsets_buffer, np.int64)[
        column.offset : column.offset + len(column) + 1
    ]
    first, last = int(offsets[0]), int(offsets[-1])
    if data_buffer is None or first == last:
        return np.zeros(len(offsets), np.int64), np.zeros(0, np.uint8)
    return offsets - first, np.frombuffer(data_buffer, np.uint8)[first:last]


@dataclass(frozen=True)
class RareBytes:
    """The bytes of a column that text seldom has, found in one pass over its buffer."""

    sizes: np.ndarray
    """Bytes of each row, int64."""

    rows: np.ndarray
    """Row of each rare byte, int64."""

    kinds: np.ndarray
    """NUL, CONTROL, RETURN or ESCAPE of each rare byte, uint8."""

    followers: np.ndarray
    """The byte after each rare byte, uint8; itself at the end of the column."""

    @classmethod
    def of(cls, content: pa.LargeBinaryArray) -> RareBytes:
        """Find them in `content`."""
        offsets, data = column_buffers(content)
        kinds = BYTE_KINDS[data]
        at = np.flatnonzero(kinds)
        rows = np.searchsorted(offsets, at, side="right") - 1
        followers = data[np.minimum(at + 1, len(data) - 1)]
        return cls(np.diff(offsets), rows, kinds[at], followers)

    @property
    def any_return(self) -> bool:
        """Whether there is a carriage return anywhere."""
        return bool((self.kinds == RETURN).any())

    def count(self, kind: int) -> np.ndarray:
        """Bytes of `kind` in each row, int64."""
        return np.bincount(self.rows[self.kinds == kind], minlength=len(self.sizes))

    def looks_binary(self) -> np.ndarray:
        """Rows with a NUL or with more control bytes than text has, bool."""
        return (self.count(NUL) > 0) | (self.count(CONTROL) > MAX_CONTROL_SHARE * self.sizes)

    def has_jis_escape(self) -> np.ndarray:
        """Rows with `ESC $`, which ISO-2022-JP begins its characters with, bool."""
        starts = self.rows[(self.kinds == ESCAPE) & (self.followers == ord("$"))]
        return np.bincount(starts, minlength=len(self.sizes)) > 0


def _pointers(content: pa.LargeBinaryArray) -> pa.BooleanArray:
    small = pc.less_equal(pc.binary_length(content), MAX_POINTER_BYTES)
    return pc.fill_null(pc.and_(small, pc.match_substring_regex(content, POINTER)), False)


def _utf16_or_32(content: pa.LargeBinaryArray) -> pa.BooleanArray:
    marks = [pc.starts_with(content, pattern=mark) for mark, _ in BYTE_ORDER_MARKS]
    return pc.fill_null(reduce(pc.or_, marks), False)


def _invalid(content: pa.LargeBinaryArray) -> pa.BooleanArray:
    """Which rows are not UTF-8, halving a column that does not validate as a whole."""
    try:
        content.cast(pa.large_string())
    except pa.ArrowInvalid:
        if len(content) == 1:
            return pa.array([True])
        middle = len(content) // 2
        halves = _invalid(content[:middle]), _invalid(content[middle:])
        return pa.concat_arrays(halves)
    return pa.array(np.zeros(len(content), bool))


def _decode_utf8(content: pa.LargeBinaryArray) -> tuple[pa.LargeStringArray, pa.StringArray]:
    marked = pc.fill_null(pc.starts_with(content, pattern=UTF8_MARK), False)
    text = content.cast(pa.large_string())
    if pc.any(marked).as_py():
        text = pc.replace_substring_regex(text, r"^\x{FEFF}", "")
    names = pc.if_else(marked, "utf-8-sig", "utf-8")
    null = pa.scalar(None, pa.string())
    return text, pc.if_else(pc.is_valid(content), names, null)


def _decode_rows(
    content: pa.LargeBinaryArray,
    path: pa.Array,
    by_row: pa.BooleanArray,
    text: pa.LargeStringArray,
    encoding: pa.StringArray,
) -> tuple[pa.LargeStringArray, pa.StringArray]:
    """Fill in the rows that are not plain UTF-8, one at a time: about one file in fifty."""
    rows = zip(content.filter(by_row), path.filter(by_row), strict=True)
    decoded = [_decode_one(row.as_py(), name.as_py() or "") for row, name in rows]
    if not decoded:
        return text, encoding
    texts = pa.array([text for text, _ in decoded], pa.large_string())
    names = pa.array([name for _, name in decoded], pa.string())
    return pc.replace_with_mask(text, by_row, texts), pc.replace_with_mask(encoding, by_row, names)


def _decode_one(content: bytes, path: str) -> tuple[str | None, str | None]:
    """(text, codec) of bytes that are not plain UTF-8, (None, None) where none is plausible."""
    encoding = _encoding_of(content, path)
    if encoding is None:
        return None, None
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError:
        return None, None


def _encoding_of(content: bytes, path: str) -> str | None:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return encoding
    if content.isascii():
        return "iso2022_jp" if is_plausible(content, "iso2022_jp") else "utf-8"
    if is_damaged_utf8(content):
        return None
    declared = map(known_encoding, _declared(content, path))
    fitting = (codec for codec in declared if codec and is_plausible(content, codec))
    return next(fitting, None) or detect(content)


def _declared(content: bytes, path: str) -> Iterator[str]:
    """What the file may name as its encoding near its head or end, or in its path."""
    for part in (content[:HEAD_BYTES], content[-TAIL_BYTES:]):
        for match in DECLARATION.finditer(part):
            yield match.group(1).decode("ascii", "ignore")
    yield from (part for part in re2.split(r"[/.]", path) if len(part) >= MIN_NAME_CHARS)


def _with_newlines(text: pa.LargeStringArray) -> pa.LargeStringArray:
    return pc.replace_substring(pc.replace_substring(text, "\r\n", "\n"), "\r", "\n")


def _reasons(
    binary: pa.BooleanArray,
    marked: pa.BooleanArray,
    pointer: pa.BooleanArray,
    failed: pa.BooleanArray,
) -> pa.StringArray:
    conditions = pc.make_struct(
        pointer, pc.and_not(binary, marked), pc.and_(failed, marked), failed
    )
    return pc.case_when(conditions, LFS_POINTER, BINARY, BINARY, UNDECODABLE)
