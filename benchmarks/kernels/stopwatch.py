"""Processor time of pieces of work, and the table of their speeds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rich.table import Table

Result = TypeVar("Result")


@dataclass(frozen=True)
class Measured:
    """One kernel's figures."""

    name: str
    size_bytes: int
    """What it was given to read."""
    seconds: float
    """Processor time."""
    note: str = ""

    @property
    def speed(self) -> float:
        """MB/s a core."""
        return self.size_bytes / 1e6 / max(self.seconds, 1e-9)


def best_of(repeats: int, work: Callable[[], Result]) -> tuple[float, Result]:
    """The least processor time of several runs, and what the last returned."""
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


def table_of(title: str, measured: list[Measured], notes: str) -> Table:
    """A line a kernel; `notes` heads the last column."""
    table = Table("kernel", title=title, title_justify="left")
    for name in ("MB", "seconds", "MB/s a core"):
        table.add_column(name, justify="right")
    table.add_column(notes)
    for each in measured:
        speed = f"{each.speed:,.1f}" if each.speed < 1000 else f"{each.speed:,.0f}"
        size = f"{each.size_bytes / 1e6:.1f}"
        table.add_row(each.name, size, f"{each.seconds:.3f}", speed, each.note)
    return table
