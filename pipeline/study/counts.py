"""Files by the value of a score: exact at every threshold, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COMPACT_ROWS = 1 << 16
"""Values that wait to be summed up."""
DIGITS = 4
"""Significant digits a value is counted with. Shares have no more; longer values, of five digits
before the point and more, are rounded outwards, away from the kept side, but for those next to a
threshold that is asked for. So some 9,000 values a decade are held at most."""

QUANTILES = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)


@dataclass(frozen=True)
class Amounts:
    """What a threshold drops."""

    files: int
    size_bytes: int
    alone: int
    """Files that no other rule drops."""
    alone_bytes: int


class ValueCounts:
    """Files and bytes by value of one score, those that this score alone decides on apart."""

    def __init__(self, *, upwards: bool, exact: tuple[float, ...] = ()) -> None:
        """`upwards`: what is dropped lies above. Near the values `exact` nothing is rounded."""
        self._upwards = upwards
        self._exact = np.array(sorted(exact), np.float64)
        self._values = np.zeros(0)
        self._sums = np.zeros((4, 0), np.int64)
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = []
        self._num_waiting = 0

    def add(self, values: np.ndarray, sizes: np.ndarray, spared: np.ndarray) -> None:
        """Count files with their sizes in bytes; `spared` are those no other rule drops."""
        ones = np.ones(len(values), np.int64)
        sums = np.stack([ones, sizes, ones * spared, sizes * spared])
        self._waiting.append((self._rounded(values), sums))
        self._num_waiting += len(values)
        if self._num_waiting > COMPACT_ROWS:
            self._compact()

    def _rounded(self, values: np.ndarray) -> np.ndarray:
        outwards = np.ceil if self._upwards else np.floor
        with np.errstate(divide="ignore"):
            power = np.floor(np.log10(np.abs(values))) - (DIGITS - 1)
        step = 10.0 ** np.clip(power, 0, None)
        rounded = outwards(values / step) * step
        is_long = step > 1
        if len(self._exact):
            near = np.searchsorted(self._exact, values)
            for at in (np.clip(near - 1, 0, None), np.clip(near, None, len(self._exact) - 1)):
                is_long = is_long & (np.abs(values - self._exact[at]) > step)
        return np.where(is_long, rounded, values)

    def _compact(self) -> None:
        values = np.concatenate([self._values, *(v for v, _ in self._waiting)])
        sums = np.concatenate([self._sums, *(s for _, s in self._waiting)], axis=1)
        self._waiting, self._num_waiting = [], 0
        self._values, place = np.unique(values, return_inverse=True)
        self._sums = np.zeros((4, len(self._values)), np.int64)
        for row, added in zip(self._sums, sums, strict=True):
            np.add.at(row, place, added)

    @property
    def values(self) -> np.ndarray:
        """Distinct values, ascending."""
        if self._waiting:
            self._compact()
        return self._values

    @property
    def files(self) -> np.ndarray:
        """Files of each value."""
        return self._sums[0] if len(self.values) else np.zeros(0, np.int64)

    def total(self) -> Amounts:
        """All files."""
        _ = self.values
        return Amounts(*self._sums.sum(axis=1).tolist())

    def beyond(self, line: float | None) -> Amounts:
        """What the threshold `line` drops; nothing where it is None."""
        if line is None:
            return Amounts(0, 0, 0, 0)
        taken = self._beyond(line)
        return Amounts(*self._sums[:, taken].sum(axis=1).tolist())

    def _beyond(self, line: float) -> slice:
        if self._upwards:
            return slice(int(np.searchsorted(self.values, line, side="right")), None)
        return slice(0, int(np.searchsorted(self.values, line, side="left")))

    def bins(self, edges: list[float]) -> np.ndarray:
        """Files between neighbours of `edges`, int64; the last bin holds its upper edge too."""
        return self._binned(edges, slice(None))

    def dropped_bins(self, edges: list[float], line: float | None) -> np.ndarray:
        """As `bins`, of what the threshold `line` drops."""
        return self._binned(edges, slice(0, 0) if line is None else self._beyond(line))

    def _binned(self, edges: list[float], taken: slice) -> np.ndarray:
        counted, _ = np.histogram(self.values[taken], edges, weights=self.files[taken])
        return counted.astype(np.int64)

    def quantile(self, share: float) -> float | None:
        """The smallest value that at least `share` of the files do not exceed; None of none."""
        if not len(self.values):
            return None
        reached = np.cumsum(self.files)
        wanted = max(1, int(np.ceil(round(share * int(reached[-1]), 6))))
        return float(self.values[np.searchsorted(reached, wanted)])

    def merge(self, other: ValueCounts) -> None:
        """Add what `other` counted."""
        self._waiting.append((other.values, other._sums))
        self._num_waiting += len(other.values)
