"""Packed shards as batches of tensors: shuffled, resumable, dealt over ranks.

Letters in shapes: B rows of a batch, N tokens in a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from codemill.training.shards import Footer, RowGroup, Rows, ShardSet
from codemill.transforms.sampling import keyed_bits

Batch = dict[str, torch.Tensor]
"""int64 [B, N] each: `input_ids`, `labels`, `position_ids`, `segment_ids`."""

BUFFER_TOKENS = 1 << 22
"""Tokens held and shuffled together: 64 MB at the four int32 columns of a `Rows`."""


class PackedShards:
    """One epoch of a split, batch by batch.

    The order of the rows follows from (`seed`, `epoch`, the shards) alone. Row groups are read in a
    keyed permutation; as many as make `buffer_tokens` are held at a time, and their rows permuted
    together. Memory is bounded by that and one row group.

    Consecutive runs of `batch_size * world_size` rows are dealt out, `batch_size` to each rank in
    turn: ranks never overlap, all get as many batches (with `drop_last`), and a run with half
    the ranks and twice the batch sees the same rows in every step. Every rank reads every row
    group; decoding is some hundred times faster than training on what is decoded.

    `state_dict` says how far it got; after `load_state_dict` iteration goes on there, reading no
    row group that lies behind. Iterating again after an epoch's end gives nothing until
    `start_epoch`. Raises `ValueError` where the shards do not fit together.
    """

    def __init__(
        self,
        folder: Path | str,
        split: str,
        *,
        seed: int,
        epoch: int = 0,
        batch_size: int,
        rank: int = 0,
        world_size: int = 1,
        drop_last: bool = True,
        buffer_tokens: int = BUFFER_TOKENS,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, not {batch_size}")
        if not 0 <= rank < world_size:
            raise ValueError(f"rank must be in 0..{world_size - 1}, not {rank}")
        self._shards = ShardSet(Path(folder), split)
        self._seed = seed
        self._epoch = epoch
        self._position = 0
        self._batch_size = batch_size
        self._first = rank * batch_size
        self._global_batch = batch_size * world_size
        self._drop_last = drop_last
        self._buffer_rows = max(1, buffer_tokens // self.footer.sequence_length)

    @property
    def footer(self) -> Footer:
        """What the shards say of themselves."""
        return self._shards.footer

    @property
    def shards(self) -> ShardSet:
        """The shards read."""
        return self._shards

    @property
    def num_rows(self) -> int:
        """Rows of the split, over all ranks."""
        return self._shards.num_rows

    @property
    def epoch(self) -> int:
        """The epoch that iteration is in."""
        return self._epoch

    def start_epoch(self, epoch: int) -> None:
        """Go to the beginning of `epoch`."""
        self._epoch, self._position = epoch, 0

    def state_dict(self) -> dict[str, Any]:
        """Where iteration stands: the rows of this epoch that all ranks were given together."""
        return {
            "seed": self._seed,
            "epoch": self._epoch,
            "position": self._position,
            "num_rows": self.num_rows,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken; `ValueError` if it was of other rows or another seed."""
        for name, mine in (("seed", self._seed), ("num_rows", self.num_rows)):
            if state[name] != mine:
                raise ValueError(
                    f"the saved position has {name} {state[name]}, these shards {mine}"
                )
        self._epoch, self._position = state["epoch"], state["position"]

    def __iter__(self) -> Iterator[Batch]:
        for rows in self._global_batches():
            self._position += _count(rows)
            mine = _cut(rows, self._first, self._first + self._batch_size)
            if _count(mine):
                yield {name: torch.from_numpy(v.astype(np.int64)) for name, v in mine.items()}

    def _global_batches(self) -> Iterator[Rows]:
        rest: Rows = {}
        for rows in self._windows():
            rows = _join(rest, rows)
            whole = _count(rows) // self._global_batch * self._global_batch
            for start in range(0, whole, self._global_batch):
                yield _cut(rows, start, start + self._global_batch)
            rest = _cut(rows, whole, None)
        if rest and _count(rest) and not self._drop_last:
            yield rest

    def _windows(self) -> Iterator[Rows]:
        """The rows from the present position on, a buffer at a time."""
        position, start = self._position, 0
        for number, groups in enumerate(self._buffers()):
            end = start + sum(group.num_rows for group in groups)
            if position < end:
                yield _cut(self._shuffled(number, groups), max(0, position - start), None)
            start = end

    def _buffers(self) -> list[list[RowGroup]]:
        """The row groups in this epoch's order, cut where a buffer is full."""
        groups = self._shards.row_groups
        order = self._permutation(len(groups), "row groups")
        ends = np.cumsum([groups[i].num_rows for i in order])
        buffer = (ends - 1) // self._buffer_rows
        cuts = [0, *(np.flatnonzero(np.diff(buffer)) + 1).tolist(), len(groups)]
        return [[groups[i] for i in order[a:b]] for a, b in pairwise(cuts)]

    def _shuffled(self, number: int, groups: list[RowGroup]) -> Rows:
        blocks = [self._shards.read(group) for group in groups]
        order = self._permutation(sum(map(_count, blocks)), f"rows of buffer {number}")
        return {name: np.concatenate([b[name] for b in blocks])[order] for name in blocks[0]}

    def _permutation(self, size: int, what: str) -> npt.NDArray[np.int64]:
        return keyed_permutation(size, seed=self._seed, purpose=f"epoch {self._epoch}, {what}")


def keyed_permutation(size: int, *, seed: int, purpose: str) -> npt.NDArray[np.int64]:
    """The permutation of `size` items that (`seed`, `purpose`) name, int64 [size]."""
    keys = np.arange(size, dtype=np.int64)
    return np.argsort(keyed_bits(keys, seed=seed, purpose=purpose), kind="stable")


def document_mask(segment_ids: torch.Tensor) -> torch.Tensor:
    """Which positions may attend to which: bool [B, 1, N, N] of segment ids [B, N].

    True where the key stands in the query's own segment and not after it. Hand it to a
    transformers model as `attention_mask`: a 4D mask is used as it is.
    """
    same_segment = segment_ids[:, :, None] == segment_ids[:, None, :]
    return same_segment.tril().unsqueeze(1)


def _count(rows: Rows) -> int:
    return len(rows["input_ids"])


def _cut(rows: Rows, start: int, end: int | None) -> Rows:
    return {name: values[start:end] for name, values in rows.items()}


def _join(first: Rows, second: Rows) -> Rows:
    if not first or not _count(first):
        return second
    return {name: np.concatenate((first[name], second[name])) for name in second}
