"""How right a list of removals is, against the exact similarity of all pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.near_duplicates.truth import Pairs

Neighbours = Mapping[int, Sequence[int]]
"""By row number, the rows whose similarity reaches the threshold."""


@dataclass(frozen=True)
class Score:
    """What a list of removals is worth."""

    removed: int
    wrong: int
    """Removed, though unlike the file kept in their stead: the one named, or, where none is named,
    every file that is kept. Also: removed in favour of a file that is itself removed."""
    still_removable: int
    """What an exact greedy pass, in row order, would remove of the files kept."""

    @property
    def right(self) -> int:
        """Removed for a kept file that is similar enough."""
        return self.removed - self.wrong

    @property
    def recall(self) -> float:
        """Share of what could be removed rightly; 1 where nothing could."""
        return self.right / max(1, self.right + self.still_removable) if self.possible else 1.0

    @property
    def possible(self) -> int:
        """Right removals and those that were missed."""
        return self.right + self.still_removable

    @property
    def wrong_share(self) -> float:
        """Share of the removals that are wrong; 0 where there are none."""
        return self.wrong / self.removed if self.removed else 0.0


def neighbours(pairs: Pairs) -> dict[int, list[int]]:
    """Rows by row; `pairs` are those that reach the threshold."""
    near: dict[int, list[int]] = {}
    for a, b in zip(pairs.a.tolist(), pairs.b.tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    return near


def score(removed: Mapping[int, int | None], near: Neighbours, num_rows: int) -> Score:
    """Score `removed`: removed row -> the row kept in its stead, or None where none is named."""
    wrong = sum(not _is_right(row, kept, removed, near) for row, kept in removed.items())
    left = greedy((row for row in range(num_rows) if row not in removed), near)
    return Score(len(removed), wrong, len(left))


def _is_right(
    row: int, kept: int | None, removed: Mapping[int, int | None], near: Neighbours
) -> bool:
    candidates = near.get(row, ())
    if kept is None:
        return any(other not in removed for other in candidates)
    return kept in candidates and kept not in removed


def greedy(rows: Iterable[int], near: Neighbours) -> dict[int, int]:
    """Exact removal in the order of `rows`: a row goes if a kept earlier one is near it."""
    kept: set[int] = set()
    gone: dict[int, int] = {}
    for row in rows:
        better = next((other for other in near.get(row, ()) if other in kept), None)
        if better is None:
            kept.add(row)
        else:
            gone[row] = better
    return gone
