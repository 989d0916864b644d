"""A batch of texts with what several filters need of it, computed once and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.decode import column_buffers
from codemill.transforms.quality.encoded import EncodedRuns, find_encoded_runs

NEWLINE = 10

HTML = frozenset({"HTML"})

MARKUP = r"(?is)<!--.*?-->|<[!/?a-z][^>]*>"
"""RE2: comments and tags of a page, not what is between them, be it text, a script or a style."""

BLOCK_BYTES = 1 << 20
"""Bytes whose classes are looked up at a time; their counters take eight times as much memory."""


def _class_counters() -> np.ndarray:
    """Byte -> 1 for a letter's first byte, 1 << 32 for a digit: two sums in one uint64.

    Characters above ASCII are told apart by the first byte of their UTF-8: U+0080 to U+00BF, U+2000
    to U+2FFF, private use, presentation forms and all beyond the basic plane hold few letters.
    """
    counters = np.zeros(256, np.uint64)
    counters[[*range(0x41, 0x5B), *range(0x61, 0x7B), *range(0xC3, 0xE2), *range(0xE3, 0xEE)]] = 1
    counters[0x30:0x3A] = 1 << 32
    return counters


CLASS_COUNTERS = _class_counters()


@dataclass(frozen=True)
class CharacterCounts:
    """int64 arrays, one value a row."""

    characters: np.ndarray
    letters: np.ndarray
    """ASCII letters, and characters above ASCII in blocks that hold mostly letters."""
    digits: np.ndarray
    """ASCII digits."""


@dataclass(frozen=True)
class Lines:
    """The lines of all texts of a batch, int64 arrays with one value a line."""

    starts: np.ndarray
    """Byte offset of its first byte."""

    ends: np.ndarray
    """Byte offset after its last byte, the line end not included."""

    rows: np.ndarray
    """The row it belongs to."""


@dataclass(frozen=True)
class QualityBatch:
    """What quality filters look at. All arrays are equally long; nulls mean not known."""

    text: pa.LargeStringArray
    """Line ends `\\n`; null for a file that is dropped already."""

    language: pa.StringArray
    """github-linguist's name."""

    num_lines: pa.Int64Array
    """Lines of `text`, blank ones included."""

    parse_error_share: pa.DoubleArray
    """Share of bytes that the parser made nothing of; null where not parsed."""

    comment_share: pa.DoubleArray
    """Share of bytes in comments; null where not parsed."""

    bytes_per_token: pa.DoubleArray
    """ASCII bytes a token of the reference vocabulary; null where there is too little text."""

    def __post_init__(self) -> None:
        """Raise ValueError where the arrays differ in length."""
        lengths = {len(column) for column in vars(self).values()}
        if len(lengths) != 1:
            raise ValueError(f"columns of different lengths: {sorted(lengths)}")

    @classmethod
    def of(cls, batch: pa.RecordBatch, **measured: pa.Array) -> QualityBatch:
        """The columns of `batch` that filters look at, and what was `measured` for them.

        KeyError where one is missing.
        """
        names = {field.name for field in fields(cls)} - set(measured)
        return cls(**measured, **{name: batch.column(name) for name in names})

    def __len__(self) -> int:
        return len(self.text)

    def masked(self, values: np.ndarray) -> pa.Array:
        """`values`, one a row, as float64 with nulls where the text is null or the value is NaN."""
        absent = np.isnan(values)
        if self.text.null_count:
            absent = absent | ~np.asarray(self.text.is_valid())
        return pa.array(values, pa.float64(), mask=absent)

    def share(self, part: np.ndarray, whole: np.ndarray) -> pa.Array:
        """`part` / `whole` a row; null where the whole is 0."""
        shares = np.full(len(self), np.nan)
        np.divide(part, whole, out=shares, where=whole > 0)
        return self.masked(shares)

    def in_languages(self, names: frozenset[str]) -> pa.BooleanArray:
        """Which rows are in one of the languages; false where the language is null."""
        return pc.is_in(self.language, value_set=pa.array(sorted(names), self.language.type))

    def sum_by_row(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Integers summed by the row each belongs to, as int64."""
        return np.bincount(rows, weights=values, minlength=len(self)).astype(np.int64)

    @cached_property
    def buffers(self) -> tuple[np.ndarray, np.ndarray]:
        """(offsets int64, bytes uint8): row i is bytes[offsets[i]:offsets[i + 1]]."""
        return column_buffers(self.text)

    @cached_property
    def characters(self) -> CharacterCounts:
        """Characters of each row by class; 0 for null."""
        counters = np.zeros(len(self), np.uint64)
        offsets, data = self.buffers
        for first, end in self._blocks():
            starts = offsets[first:end] - offsets[first]
            filled = np.flatnonzero(np.diff(offsets[first : end + 1]))
            looked_up = CLASS_COUNTERS[data[offsets[first] : offsets[end]]]
            counters[first + filled] = np.add.reduceat(looked_up, starts[filled])
        return CharacterCounts(
            characters=np.asarray(pc.fill_null(pc.utf8_length(self.text), 0)),
            letters=(counters & np.uint64(0xFFFFFFFF)).astype(np.int64),
            digits=(counters >> np.uint64(32)).astype(np.int64),
        )

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Ranges of rows that hold about BLOCK_BYTES, at least one byte."""
        offsets, data = self.buffers
        first = 0
        while first < len(self) and offsets[first] < len(data):
            end = int(np.searchsorted(offsets, offsets[first] + BLOCK_BYTES, side="right")) - 1
            end = max(end, int(np.searchsorted(offsets, offsets[first], side="right")))
            yield first, min(end, len(self))
            first = end

    @cached_property
    def lines(self) -> Lines:
        """All lines of all texts, in order. A text that ends in a line end has no line after it."""
        offsets, data = self.buffers
        newlines = data == NEWLINE
        begins = np.zeros(len(data) + 1, bool)
        begins[1:] = newlines
        begins[offsets] = True
        starts = np.flatnonzero(begins[:-1])
        ends = np.append(starts[1:], len(data))[: len(starts)]
        rows = np.searchsorted(offsets, starts, side="right") - 1
        return Lines(starts, ends - newlines[ends - 1], rows)

    @cached_property
    def line_chars(self) -> np.ndarray:
        """Characters of each line, its end not included, int64."""
        _, data = self.buffers
        lengths: np.ndarray = self.lines.ends - self.lines.starts
        continuations = np.flatnonzero(data.view(np.int8) < -64)
        if len(continuations):
            before = np.searchsorted(continuations, np.stack([self.lines.starts, self.lines.ends]))
            lengths = lengths - (before[1] - before[0])
        return lengths

    @cached_property
    def line_texts(self) -> pa.DictionaryArray:
        """Each line without white space around it; equal lines of the batch are held once."""
        _, data = self.buffers
        bounds = pa.py_buffer(np.append(self.lines.starts, len(data)))
        buffers = [None, bounds, pa.py_buffer(data)]
        lines = pa.Array.from_buffers(pa.large_string(), len(self.lines.starts), buffers)
        return pc.ascii_trim_whitespace(lines).dictionary_encode()

    @cached_property
    def distinct_lines(self) -> np.ndarray:
        """A number for each line, int64: equal for lines that are equal but for white space around.

        0 is a blank line.
        """
        return self._by_line(np.where(self._text_bytes == 0, 0, 1 + np.arange(self._num_texts)))

    @cached_property
    def line_text_bytes(self) -> np.ndarray:
        """Bytes of each line, white space around it not included, int64; 0 is a blank line."""
        return self._by_line(self._text_bytes)

    @cached_property
    def written_characters(self) -> np.ndarray:
        """Characters of each row but for indentation, line ends and other white space around lines,
        int64; 0 for null.
        """
        offsets, _ = self.buffers
        written = self.sum_by_row(self.line_text_bytes, self.lines.rows)
        characters: np.ndarray = self.characters.characters - (np.diff(offsets) - written)
        return characters

    @cached_property
    def num_written_lines(self) -> np.ndarray:
        """Lines of each row that are not blank, int64."""
        return np.bincount(self.lines.rows[self.line_text_bytes > 0], minlength=len(self))

    def lines_matching(self, pattern: str) -> np.ndarray:
        """Of each line whether an RE2 pattern is found in it, bool. Each distinct line of the batch
        is looked at once, without the white space around it.
        """
        found = pc.match_substring_regex(self.line_texts.dictionary, pattern)
        return self._by_line(np.asarray(found, dtype=bool))

    def matching_lines(self, pattern: str) -> np.ndarray:
        """Of each row how many lines an RE2 pattern is found in, int64."""
        return np.bincount(self.lines.rows[self.lines_matching(pattern)], minlength=len(self))

    @cached_property
    def _text_bytes(self) -> np.ndarray:
        lengths: np.ndarray = np.asarray(pc.binary_length(self.line_texts.dictionary))
        return lengths

    @property
    def _num_texts(self) -> int:
        return len(self.line_texts.dictionary)

    def _by_line(self, values: np.ndarray) -> np.ndarray:
        """`values`, one a distinct line, at every line."""
        by_line: np.ndarray = values[np.asarray(self.line_texts.indices)] if len(values) else values
        return by_line

    @cached_property
    def encoded_runs(self) -> EncodedRuns:
        """Runs of base64, hexadecimal and escaped bytes."""
        return find_encoded_runs(*self.buffers)

    @cached_property
    def page_chars(self) -> np.ndarray:
        """Characters of a page that are no markup: text, scripts and styles, white space collapsed;
        NaN for other texts.
        """
        chars = np.full(len(self), np.nan)
        rows = np.flatnonzero(np.asarray(pc.and_(self.in_languages(HTML), self.text.is_valid())))
        bare = pc.replace_substring_regex(self.text.take(pa.array(rows)), MARKUP, " ")
        collapsed = pc.ascii_trim_whitespace(pc.replace_substring_regex(bare, r"\s+", " "))
        chars[rows] = np.asarray(pc.utf8_length(collapsed))
        return chars

    def heads(self, num_lines: int) -> pa.LargeStringArray:
        """The first lines of each text; null for null."""
        offsets, _ = self.buffers
        first_lines = np.searchsorted(self.lines.rows, np.arange(len(self) + 1))
        last_lines = np.minimum(first_lines[:-1] + num_lines, first_lines[1:]) - 1
        empty = first_lines[:-1] == first_lines[1:]
        ends = offsets[:-1].copy()
        ends[~empty] = self.lines.ends[last_lines[~empty]]
        return self.parts(offsets[:-1], ends)

    def tails(self, num_bytes: int) -> pa.LargeBinaryArray:
        """The last bytes of each text, from within a character perhaps; null for null."""
        offsets, _ = self.buffers
        starts = np.maximum(offsets[:-1], offsets[1:] - num_bytes)
        return self.parts(starts, offsets[1:]).cast(pa.large_binary())

    def parts(self, starts: np.ndarray, ends: np.ndarray) -> pa.LargeStringArray:
        """bytes[starts[i]:ends[i]] of each row; null where the text is. Must not overlap."""
        _, data = self.buffers
        cuts = np.stack([starts, ends], axis=1).ravel()
        bounds = pa.py_buffer(np.append(cuts, len(data)))
        buffers = [None, bounds, pa.py_buffer(data)]
        alternating = pa.Array.from_buffers(pa.large_string(), len(cuts), buffers)
        parts = alternating.take(pa.array(np.arange(0, len(cuts), 2)))
        return pc.if_else(self.text.is_valid(), parts, pa.scalar(None, pa.large_string()))
