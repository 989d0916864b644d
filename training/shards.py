"""The packed shards of a build: which there are, what their footers say, row group by row group.

Letters in shapes: R rows of a row group, N tokens in a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

TOKEN_COLUMNS = ("input_ids", "labels", "position_ids")
SHARD_NAME = re.compile(r"^(?P<split>[a-z]+)-(?P<index>\d{5,})-of-(?P<count>\d{5,})\.parquet$")
IGNORED_LABEL = -100
"""Label of a position that is not predicted: PyTorch's `ignore_index`."""

Rows = dict[str, npt.NDArray[np.int32]]
"""Columns of some rows, each int32 [rows, N]: `TOKEN_COLUMNS` and `segment_ids`."""


@dataclass(frozen=True)
class Footer:
    """What the shards say of themselves in their key-value metadata."""

    sequence_length: int
    """Tokens in a row, N."""
    tokenizer_digest: str
    """Digest of the tokenizer that encoded them."""
    special_tokens: Mapping[str, int]
    """Token id by role, as `end_of_text`."""
    vocab_size: int
    """Entries of the vocabulary; every id is below it."""
    corpus_version: str
    """Version of the rows."""
    packing: Mapping[str, Any] = field(compare=False)
    """How they were packed and how full they are; not the same in both splits."""

    @classmethod
    def of(cls, path: Path, metadata: Mapping[bytes, bytes] | None) -> Footer:
        """Read the `codemill.` keys of one file; `ValueError` names what is missing or wrong."""
        values = {k.decode(): v.decode() for k, v in (metadata or {}).items()}
        try:
            return cls(
                sequence_length=int(values["codemill.sequence_length"]),
                tokenizer_digest=values["codemill.tokenizer_digest"],
                special_tokens=json.loads(values["codemill.special_tokens"]),
                vocab_size=int(values["codemill.vocab_size"]),
                corpus_version=values["codemill.corpus_version"],
                packing=json.loads(values["codemill.packing"]),
            )
        except KeyError as error:
            raise ValueError(f"{path} is no codemill shard: its footer has no {error}") from None
        except ValueError as error:
            raise ValueError(f"{path}: its footer cannot be read: {error}") from None

    def require_same(self, other: Footer, path: Path) -> None:
        """Raise `ValueError` naming the first field in which `path`'s footer differs."""
        for name in ("sequence_length", "tokenizer_digest", "vocab_size", "corpus_version"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ValueError(f"{path} has {name} {theirs}, the shards before it {mine}")
        if self != other:
            raise ValueError(f"{path} has other special tokens than the shards before it")


@dataclass(frozen=True)
class RowGroup:
    """One row group of one shard."""

    shard: int
    index: int
    num_rows: int


class ShardSet:
    """All shards of one split, their footers checked against each other.

    Raises `ValueError` where there is no shard, one is missing, one is not Parquet, lacks a column,
    or differs from the others in what its footer says.
    """

    def __init__(self, folder: Path, split: str) -> None:
        self.paths = shard_paths(folder, split)
        metadata = [_metadata(path) for path in self.paths]
        self.footer = Footer.of(self.paths[0], metadata[0].metadata)
        for path, one in zip(self.paths, metadata, strict=True):
            self.footer.require_same(Footer.of(path, one.metadata), path)
        self.row_groups = tuple(
            RowGroup(shard, index, one.row_group(index).num_rows)
            for shard, one in enumerate(metadata)
            for index in range(one.num_row_groups)
        )
        self.num_rows = sum(group.num_rows for group in self.row_groups)

    def read(self, group: RowGroup) -> Rows:
        """The token columns and `segment_ids` of a row group, each int32 [R, N].

        `segment_ids` numbers the segments of a row from 0, padding its own. `ValueError` where a
        row is not N tokens, or a token not in the vocabulary.
        """
        table = self._table(group, (*TOKEN_COLUMNS, "seq_lengths"))
        rows = {name: self._matrix(group, table[name], name) for name in TOKEN_COLUMNS}
        ids = rows["input_ids"]
        if ids.size and not 0 <= ids.min() <= ids.max() < self.footer.vocab_size:
            self._refuse(group, f"a token outside 0..{self.footer.vocab_size - 1}")
        rows["segment_ids"] = self._segments(group, _whole(table["seq_lengths"]))
        return rows

    def read_labels(self, group: RowGroup) -> npt.NDArray[np.int32]:
        """The labels of a row group, int32 [R, N]."""
        return self._matrix(group, self._table(group, ("labels",))["labels"], "labels")

    def _table(self, group: RowGroup, columns: tuple[str, ...]) -> pa.Table:
        with pq.ParquetFile(self.paths[group.shard]) as file:
            return file.read_row_group(group.index, columns=list(columns))

    def _matrix(self, group: RowGroup, column: pa.ChunkedArray, name: str) -> npt.NDArray[np.int32]:
        lists = _whole(column)
        length = self.footer.sequence_length
        expected = np.arange(len(lists) + 1, dtype=np.int64) * length
        starts = lists.offsets.to_numpy().astype(np.int64)
        if lists.null_count or not np.array_equal(starts - starts[0], expected):
            self._refuse(group, f"{name} of other than {length} tokens")
        return _values(lists).reshape(-1, length)

    def _segments(self, group: RowGroup, lists: pa.ListArray) -> npt.NDArray[np.int32]:
        length = self.footer.sequence_length
        starts = lists.offsets.to_numpy().astype(np.int64)
        starts = starts - starts[0]
        lengths = _values(lists)
        ends = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))[starts]
        whole_rows = np.array_equal(ends, np.arange(len(lists) + 1) * length)
        if lists.null_count or not whole_rows or (lengths < 0).any():
            self._refuse(group, f"seq_lengths that do not sum to {length}")
        numbers = np.arange(len(lengths)) - np.repeat(starts[:-1], np.diff(starts))
        return np.repeat(numbers.astype(np.int32), lengths).reshape(-1, length)

    def _refuse(self, group: RowGroup, what: str) -> None:
        raise ValueError(f"{self.paths[group.shard]}, row group {group.index}: {what}")


def shard_paths(folder: Path, split: str) -> list[Path]:
    """The shards of `split` in order; `ValueError` where there is none or one is missing."""
    found = {}
    for path in folder.glob(f"{split}-*.parquet"):
        match = SHARD_NAME.match(path.name)
        if match and match["split"] == split:
            found[int(match["index"]), int(match["count"])] = path
    if not found:
        raise ValueError(f"no {split} shards in {folder}: expected {split}-00000-of-....parquet")
    count = max(count for _, count in found)
    if set(found) != {(index, count) for index in range(count)}:
        raise ValueError(f"{folder} does not hold one whole set of {count} {split} shards")
    return [found[index, count] for index in range(count)]


def has_split(folder: Path, split: str) -> bool:
    """Whether `folder` holds any shard of `split`."""
    return any(SHARD_NAME.match(path.name) for path in folder.glob(f"{split}-*.parquet"))


def _metadata(path: Path) -> pq.FileMetaData:
    try:
        metadata = pq.read_metadata(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path} is not Parquet: {error}") from None
    missing = {*TOKEN_COLUMNS, "seq_lengths"} - set(metadata.schema.to_arrow_schema().names)
    if missing:
        raise ValueError(f"{path} lacks the columns {', '.join(sorted(missing))}")
    return metadata


def _whole(column: pa.ChunkedArray) -> pa.ListArray:
    """One array of the column: a row group never passes an array's 2^31 values."""
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _values(lists: pa.ListArray) -> npt.NDArray[np.int32]:
    values: npt.NDArray[Any] = lists.flatten().to_numpy(zero_copy_only=False)
    return values.astype(np.int32, copy=False)
