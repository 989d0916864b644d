"""Sums over batches: what a report counts without holding a corpus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.sampling import keyed_bits


@dataclass(frozen=True)
class Amount:
    """Files, and the bytes they are."""

    files: int = 0
    size_bytes: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.files + other.files, self.size_bytes + other.size_bytes)


Key = str | None


class Tally:
    """Files and bytes by the value of a column."""

    def __init__(self) -> None:
        self._amounts: dict[Key, Amount] = {}

    def add(self, keys: pa.Array, sizes: pa.Array) -> None:
        """Count `keys`, null among them, each with its size in bytes."""
        table = pa.table({"key": keys, "size": sizes}).group_by("key")
        sums = table.aggregate([([], "count_all"), ("size", "sum")])
        columns = (sums[name].to_pylist() for name in ("key", "count_all", "size_sum"))
        for key, files, size in zip(*columns, strict=True):
            self._amounts[key] = self._amounts.get(key, Amount()) + Amount(files, size or 0)

    def __getitem__(self, key: Key) -> Amount:
        return self._amounts.get(key, Amount())

    def __len__(self) -> int:
        return len(self._amounts)

    def __iter__(self) -> Iterator[tuple[Key, Amount]]:
        """Pairs from the most bytes to the least, then the most files, then by name."""
        return iter(
            sorted(
                self._amounts.items(),
                key=lambda item: (-item[1].size_bytes, -item[1].files, item[0] or ""),
            )
        )

    def total(self) -> Amount:
        """The sum over all keys."""
        return sum(self._amounts.values(), Amount())


class Draw:
    """A random-looking choice of files that depends on their ids alone."""

    def __init__(self, num_rows: int, purpose: str) -> None:
        self._num_rows = num_rows
        self._purpose = purpose
        self._rows: dict[int, dict[str, Any]] = {}

    def add(self, rows: pa.RecordBatch, **constants: Any) -> None:
        """Consider `rows`, which have a `file_id`; of several rows of a file the first counts.

        A row is kept with `constants` and with its position in the batch as `row`.
        """
        ids, first = np.unique(rows.column("file_id").to_numpy(), return_index=True)
        keys = keyed_bits(ids, seed=0, purpose=self._purpose)
        chosen = np.argsort(keys, kind="stable")[: self._num_rows]
        taken = rows.take(pa.array(first[chosen])).to_pylist()
        for key, row, place in zip(
            keys[chosen].tolist(), taken, first[chosen].tolist(), strict=True
        ):
            self._rows.setdefault(key, {**row, **constants, "row": place})
        self._rows = dict(sorted(self._rows.items())[: self._num_rows])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was drawn, in the order of the draw."""
        return list(self._rows.values())


SHARE_EDGES = np.linspace(0, 1, 26)
"""25 bins for a score between 0 and 1."""
COUNT_EDGES = np.concatenate([[0.0], 2.0 ** np.arange(0, 41)])
"""0, then a bin for each doubling up to 2^40, for a score that counts."""

Bins = npt.NDArray[np.int64]


@dataclass
class _Bins:
    """Counts on one scale."""

    edges: npt.NDArray[np.float64]
    counts: Bins = field(init=False)
    """int64 [2, bins]: rows kept by the score's rules, and dropped by them."""

    def __post_init__(self) -> None:
        self.counts = np.zeros((2, len(self.edges) - 1), np.int64)

    def add(self, values: npt.NDArray[np.float64], dropped: npt.NDArray[np.bool_]) -> None:
        """Count `values`; what lies outside counts with the bin nearest to it."""
        last = len(self.edges) - 2
        place = np.clip(np.searchsorted(self.edges, values, side="right") - 1, 0, last)
        for index, mask in enumerate((~dropped, dropped)):
            self.counts[index] += np.bincount(place[mask], minlength=last + 1)


class Distribution:
    """Histogram of a score whose range is not known before it has been seen."""

    def __init__(self) -> None:
        self._shares = _Bins(SHARE_EDGES)
        self._counts = _Bins(COUNT_EDGES)
        self._greatest = 0.0

    def add(self, scores: pa.Array, dropped: pa.Array) -> None:
        """Count the scores that are not null; `dropped` says which rows the score's rules drop."""
        there = pc.is_valid(scores).to_numpy(zero_copy_only=False)
        values = scores.to_numpy(zero_copy_only=False)[there].astype(np.float64)
        mask = dropped.to_numpy(zero_copy_only=False)[there]
        finite = np.isfinite(values)
        values, mask = values[finite], mask[finite]
        self._shares.add(values, mask)
        self._counts.add(values, mask)
        self._greatest = max([self._greatest, *values.max(initial=0.0, keepdims=True).tolist()])

    def bins(self) -> tuple[list[float], list[int], list[int]]:
        """Edges, counts of rows kept, counts of rows dropped; empty bins at the ends left out.

        The bins are even shares where no score is above 1, else doublings.
        """
        chosen = self._shares if self._greatest <= 1 else self._counts
        used = np.flatnonzero(chosen.counts.sum(axis=0))
        if not len(used):
            return [], [], []
        first, last = (0, len(SHARE_EDGES) - 2) if self._greatest <= 1 else (used[0], used[-1])
        kept, dropped = chosen.counts[:, first : last + 1].tolist()
        return chosen.edges[first : last + 2].tolist(), kept, dropped
