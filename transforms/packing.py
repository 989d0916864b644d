"""Documents to rows of exactly N tokens: best fit, with long documents split at line ends.

Nothing is cropped and nothing truncated: a document longer than a row becomes several pieces, each
of which is a segment of its own. The order of things in a part:

    encode whole files -> split the long ones -> fill-in-the-middle by piece -> best fit -> rows

A part is one call. Its tokens are held in memory, 4.2 bytes each, 6.3 with half of them rearranged;
at the peak it is 12 a token, 3.9 a byte of text (16 MB of source). Rows are made batch by batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms import schema
from codemill.transforms.fill_in_the_middle import (
    PLAIN,
    PSM,
    SPM,
    FimSettings,
    fim_cuts,
    fim_modes,
    fim_tokens,
)
from codemill.transforms.sampling import keyed_bits
from codemill.transforms.tokens import IGNORED_LABEL, Encoder, Tokens

FIM_RESERVE = 8
"""Tokens kept free in a piece cut for rearranging: three sentinels, the end of text, and 4 for the
tokens that the two cuts break up. With 4, 11 of 5,099 pieces of real code were still too long and
stayed plain; with 8 none, but rows of 2,048 were filled to 0.9950 in place of 0.9959."""

_PIECE = np.dtype(
    [
        ("document", "i8"),
        ("number", "i8"),
        ("token_start", "i8"),
        ("token_end", "i8"),
        ("byte_start", "i8"),
        ("byte_end", "i8"),
        ("mode", "i1"),
        ("last", "?"),
    ]
)
"""A stretch of a document: tokens of the part, bytes of the document; ends exclusive."""

_Pieces = np.ndarray[Any, np.dtype[np.void]]


@dataclass(frozen=True)
class PackingSettings:
    """How documents become rows."""

    row_tokens: int = 2048
    """Tokens in a row, N."""
    rows_per_batch: int = 512
    """Rows in a record batch, the row group of a shard; the last of a part may have fewer."""
    fim: FimSettings = field(default_factory=FimSettings)
    """Fill-in-the-middle; off where the tokenizer has no sentinels."""
    seed: int = 0
    """Keys every random choice."""

    def __post_init__(self) -> None:
        if self.row_tokens < 32:
            raise ValueError(f"row_tokens must be at least 32, got {self.row_tokens}")
        if self.rows_per_batch < 1:
            raise ValueError(f"rows_per_batch must be at least 1, got {self.rows_per_batch}")


@dataclass(frozen=True)
class PackingStats:
    """What came of one part. All are counts, so those of several parts add up."""

    n_documents: int = 0
    """Documents with at least one token."""
    n_pieces: int = 0
    """Segments they became."""
    n_rows: int = 0
    n_row_tokens: int = 0
    """Tokens of all rows, padding included: n_rows times N."""
    n_pad: int = 0
    n_document_tokens: int = 0
    """Tokens of the documents as encoded whole."""
    n_kept_tokens: int = 0
    """Those of them that are in the rows, in their place or rearranged."""
    n_psm: int = 0
    n_spm: int = 0
    n_fim_too_long: int = 0
    """Pieces chosen for fill-in-the-middle but left plain: rearranged they would exceed a row."""

    def __add__(self, other: PackingStats) -> PackingStats:
        mine, theirs = asdict(self), asdict(other)
        return PackingStats(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def fill_fraction(self) -> float:
        """Share of the rows that is not padding; 1 where there is no row."""
        return 1 - self.n_pad / self.n_row_tokens if self.n_row_tokens else 1.0

    @property
    def kept_fraction(self) -> float:
        """Share of the documents' tokens that is in the rows; 1 where there is no document."""
        return self.n_kept_tokens / self.n_document_tokens if self.n_document_tokens else 1.0


@dataclass(frozen=True)
class Packed:
    """The rows of a part, still to be made, and what is known of them."""

    batches: Iterator[pa.RecordBatch]
    """Batches of `schema.PRETRAIN`; can be gone through once."""
    stats: PackingStats
    file_ids: npt.NDArray[np.int64]
    """The files in the rows, ascending, each once."""


def pack_documents(
    texts: pa.Array, file_ids: pa.Array, encoder: Encoder, settings: PackingSettings
) -> Packed:
    """Packs the documents of one part.

    `texts` is string or large_string, null for a document that is left out; `file_ids` is int64 of
    the same length, without nulls. A document is its tokens and an end of text. A piece that ends
    inside its document has no end of text unless it was rearranged: there the model has to learn
    where the middle ends. Rows come in an order keyed by their first segment.

    The result depends on the part and the settings alone. Cost: encoding, and once more for the
    pieces that are rearranged; the rows themselves are made at 33 million tokens a second.
    """
    texts = texts.cast(pa.large_string())
    ids = file_ids.to_numpy(zero_copy_only=False).astype(np.int64)
    tokens = encoder.encode(texts)
    pieces = _split(texts, ids, tokens, encoder, settings)
    segments, n_fim_too_long = _segments(texts, ids, tokens, pieces, encoder, settings)
    rows = best_fit_rows(segments.lengths, settings.row_tokens)
    rows = _in_keyed_order(rows, segments, settings.seed)
    placed = np.array([i for row in rows for i in row], dtype=np.int64)
    n_row_tokens = len(rows) * settings.row_tokens
    stats = PackingStats(
        n_documents=int(np.count_nonzero(np.diff(tokens.offsets))),
        n_pieces=len(placed),
        n_rows=len(rows),
        n_row_tokens=n_row_tokens,
        n_pad=n_row_tokens - int(segments.lengths[placed].sum()),
        n_document_tokens=len(tokens.ids),
        n_kept_tokens=int((pieces["token_end"] - pieces["token_start"])[placed].sum()),
        n_psm=int(np.count_nonzero(pieces["mode"] == PSM)),
        n_spm=int(np.count_nonzero(pieces["mode"] == SPM)),
        n_fim_too_long=n_fim_too_long,
    )
    batches = _batches(rows, segments, encoder, settings)
    return Packed(batches, stats, np.unique(segments.file_id))


def best_fit_rows(lengths: npt.NDArray[np.int64], capacity: int) -> list[list[int]]:
    """Best-fit decreasing: which of the items go into each row, by index, longest first.

    Each item goes into the row with the least room that still holds it, or into a new one. Rooms
    that some row has are the bits of one integer, so the least one that suffices is found by a
    shift: O(n log n) for the sort and capacity / 64 words an item. Ties: the earlier item first,
    the row used last.

    Raises:
        ValueError: an item is longer than `capacity`.

    """
    if len(lengths) and int(lengths.max()) > capacity:
        raise ValueError(f"an item of {int(lengths.max())} does not fit into {capacity}")
    rows: list[list[int]] = []
    rows_with_room: dict[int, list[int]] = {}
    rooms = 0
    for item in np.argsort(-lengths, kind="stable").tolist():
        length = int(lengths[item])
        fitting = rooms >> length
        if fitting:
            room = length + (fitting & -fitting).bit_length() - 1
            row = rows_with_room[room].pop()
            if not rows_with_room[room]:
                rooms ^= 1 << room
            rows[row].append(item)
        else:
            room, row = capacity, len(rows)
            rows.append([item])
        left = room - length
        rows_with_room.setdefault(left, []).append(row)
        rooms |= 1 << left
    return rows


@dataclass(frozen=True)
class _Segments:
    """What goes into the rows, one for each piece."""

    tokens: list[npt.NDArray[np.int32]]
    """Without the end of text."""
    lengths: npt.NDArray[np.int64]
    """With it, where there is one."""
    file_id: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]


def _split(
    texts: pa.LargeStringArray,
    file_ids: npt.NDArray[np.int64],
    tokens: Tokens,
    encoder: Encoder,
    settings: PackingSettings,
) -> _Pieces:
    sizes = np.diff(tokens.offsets)
    whole_at = np.flatnonzero((sizes > 0) & (sizes < settings.row_tokens))
    whole = np.zeros(len(whole_at), dtype=_PIECE)
    whole["document"] = whole_at
    whole["token_start"] = tokens.offsets[whole_at]
    whole["token_end"] = tokens.offsets[whole_at + 1]
    n_bytes = pc.fill_null(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
    whole["byte_end"] = n_bytes[whole_at]
    fim = _fim(encoder, settings)
    whole["mode"] = fim_modes(file_ids[whole_at], whole["number"], fim, seed=settings.seed)
    whole["last"] = True
    cut = [
        _cut(texts[document].as_py(), document, int(file_ids[document]), tokens, encoder, settings)
        for document in np.flatnonzero(sizes >= settings.row_tokens).tolist()
    ]
    return np.sort(np.concatenate([whole, *cut]), order=("document", "number"))


def _cut(
    text: str,
    document: int,
    file_id: int,
    tokens: Tokens,
    encoder: Encoder,
    settings: PackingSettings,
) -> _Pieces:
    """The pieces of a document longer than a row: each ends at the last line end that fits.

    Where a line is longer than a row it is cut between two tokens, never inside a character.
    """
    fim = _fim(encoder, settings)
    ends = encoder.byte_ends(text, tokens.of(document))
    places = _cut_places(text, ends)
    first, n_tokens = int(tokens.offsets[document]), len(ends)
    pieces = []
    start = number = 0
    while start < n_tokens:
        mode = int(fim_modes(np.array([file_id]), np.array([number]), fim, seed=settings.seed)[0])
        room = settings.row_tokens - (FIM_RESERVE if mode != PLAIN else 0)
        last = n_tokens - start + (mode == PLAIN) <= room
        end = n_tokens if last else _last_place(places, start, min(start + room, n_tokens - 1))
        byte_start = int(ends[start - 1]) if start else 0
        span = (first + start, first + end, byte_start, int(ends[end - 1]))
        pieces.append((document, number, *span, mode, last))
        start, number = end, number + 1
    return np.array(pieces, dtype=_PIECE)


def _cut_places(text: str, ends: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Numbers of tokens after which a text may be cut: at line ends, and between characters."""
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    before = np.concatenate([[0], data])[ends]
    after = np.append(data, 0)[ends]
    moves = np.append(ends[1:] != ends[:-1], True)  # several tokens may spell one character
    between_characters = moves & ((after & 0xC0) != 0x80)
    at_line_end = between_characters & (before == ord("\n"))
    return np.flatnonzero(at_line_end) + 1, np.flatnonzero(between_characters) + 1


def _last_place(places: tuple[npt.NDArray[np.int64], ...], start: int, limit: int) -> int:
    """The last place in (start, limit], line ends first; `limit` where there is none."""
    for allowed in places:
        i = int(np.searchsorted(allowed, limit, side="right")) - 1
        if i >= 0 and allowed[i] > start:
            return int(allowed[i])
    return limit


def _fim(encoder: Encoder, settings: PackingSettings) -> FimSettings:
    return settings.fim if encoder.spec.fim_ids else FimSettings(rate=0.0)


def _segments(
    texts: pa.LargeStringArray,
    file_ids: npt.NDArray[np.int64],
    tokens: Tokens,
    pieces: _Pieces,
    encoder: Encoder,
    settings: PackingSettings,
) -> tuple[_Segments, int]:
    """The segments of the pieces; pieces that rearranged exceed a row become PLAIN in `pieces`."""
    spans = zip(pieces["token_start"].tolist(), pieces["token_end"].tolist(), strict=True)
    segments = [tokens.ids[start:end] for start, end in spans]
    file_id = file_ids[pieces["document"]]
    n_too_long = 0
    chosen = np.flatnonzero(pieces["mode"] != PLAIN)
    if len(chosen):
        some = pieces[chosen]
        bytes_ = _piece_bytes(texts, some)
        cuts = fim_cuts(bytes_, file_id[chosen], some["number"], seed=settings.seed)
        rearranged = fim_tokens(bytes_, some["mode"], cuts, encoder)
        for piece, ids in zip(chosen.tolist(), rearranged, strict=True):
            if len(ids) < settings.row_tokens:
                segments[piece] = ids
            else:
                pieces["mode"][piece] = PLAIN
                n_too_long += 1
    ended = pieces["last"] | (pieces["mode"] != PLAIN)
    lengths = np.array([len(ids) for ids in segments], dtype=np.int64) + ended
    return _Segments(segments, lengths, file_id, pieces["number"]), n_too_long


def _piece_bytes(texts: pa.LargeStringArray, pieces: _Pieces) -> list[bytes]:
    _, offsets_buffer, data = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[texts.offset :]
    starts = offsets[pieces["document"]]
    spans = zip(
        (starts + pieces["byte_start"]).tolist(),
        (starts + pieces["byte_end"]).tolist(),
        strict=True,
    )
    view = memoryview(data)
    return [bytes(view[start:end]) for start, end in spans]


def _in_keyed_order(rows: list[list[int]], segments: _Segments, seed: int) -> list[list[int]]:
    """Best fit makes full rows of long pieces first; training wants them mixed."""
    first = np.array([row[0] for row in rows], dtype=np.int64)
    keys = keyed_bits(
        segments.file_id[first], seed=seed, purpose="row-order", index=segments.number[first]
    )
    return [rows[i] for i in np.argsort(keys, kind="stable").tolist()]


def _batches(
    rows: list[list[int]], segments: _Segments, encoder: Encoder, settings: PackingSettings
) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(rows), settings.rows_per_batch):
        some = rows[start : start + settings.rows_per_batch]
        yield _batch(some, segments, encoder, settings.row_tokens)


def _batch(
    rows: list[list[int]], segments: _Segments, encoder: Encoder, row_tokens: int
) -> pa.RecordBatch:
    spec = encoder.spec
    input_ids = np.full(len(rows) * row_tokens, spec.padding, dtype=np.int32)
    is_padding = np.zeros(len(input_ids), dtype=bool)
    seq_lengths: list[int] = []
    file_ids: list[int] = []
    row_offsets, n_pad = [0], []
    for number, row in enumerate(rows):
        at, row_end = number * row_tokens, (number + 1) * row_tokens
        for i in row:
            tokens, length = segments.tokens[i], int(segments.lengths[i])
            input_ids[at : at + len(tokens)] = tokens
            input_ids[at + len(tokens) : at + length] = spec.end_of_text
            at += length
            seq_lengths.append(length)
            file_ids.append(int(segments.file_id[i]))
        n_pad.append(row_end - at)
        if at < row_end:
            is_padding[at:row_end] = True
            seq_lengths.append(row_end - at)
            file_ids.append(0)
        row_offsets.append(len(seq_lengths))
    lengths = np.array(seq_lengths, dtype=np.int32)
    starts = np.cumsum(lengths, dtype=np.int32) - lengths
    labels = np.where(is_padding, np.int32(IGNORED_LABEL), input_ids)
    labels[starts] = IGNORED_LABEL
    positions = np.arange(len(input_ids), dtype=np.int32) - np.repeat(starts, lengths)
    token_offsets = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(row_tokens)
    return pa.record_batch(
        [
            *(_lists(token_offsets, values) for values in (input_ids, labels, positions)),
            _lists(row_offsets, lengths),
            pa.array(n_pad, pa.int32()),
            _lists(row_offsets, np.array(file_ids, dtype=np.int64)),
        ],
        schema=schema.arrow_schema(schema.PRETRAIN),
    )


def _lists(offsets: npt.ArrayLike, values: npt.NDArray[Any]) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(values))
