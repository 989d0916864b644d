"""Shows how far a stage is, read from the parts that have been written.

So it works on every runner: nothing has to report. A live bar on a terminal, plain lines
elsewhere, nothing when quiet.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

POLL_SECONDS = 0.5
LINE_SECONDS = 10.0


@dataclass(frozen=True)
class Load:
    """How much work a part is."""

    files: int
    """Or repositories, or parts, where `size_bytes` is 0: then these are counted alone."""
    size_bytes: int = 0


class Reporter:
    """Writes what happens to a console: for a person at a terminal, or as lines in a log."""

    def __init__(
        self,
        console: Console | None = None,
        *,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.console = console or Console(stderr=True)
        self.quiet = quiet
        self._clock = clock

    def say(self, line: str) -> None:
        """One line, unless quiet."""
        if not self.quiet:
            self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def watch(
        self, label: str, loads: Mapping[str, Load], done: Callable[[], set[str]]
    ) -> Iterator[None]:
        """Follow the parts named in `loads` while the body runs; `done` lists the finished."""
        if self.quiet or not loads:
            yield
            return
        stop = threading.Event()
        show = self._bar if self.console.is_terminal else self._lines
        thread = threading.Thread(target=show, args=(label, loads, done, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _bar(
        self,
        label: str,
        loads: Mapping[str, Load],
        done: Callable[[], set[str]],
        stop: threading.Event,
    ) -> None:
        columns = (
            TextColumn(f"{label:<22}"),
            BarColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
        )
        meter = _Meter(loads, done, self._clock)
        with Progress(*columns, console=self.console, transient=True) as bar:
            task = bar.add_task(label, total=meter.total, rate="")
            while not stop.wait(POLL_SECONDS):
                bar.update(task, completed=meter.read(), rate=meter.rate())

    def _lines(
        self,
        label: str,
        loads: Mapping[str, Load],
        done: Callable[[], set[str]],
        stop: threading.Event,
    ) -> None:
        meter = _Meter(loads, done, self._clock)
        while not stop.wait(LINE_SECONDS):
            meter.read()
            self.say(f"  {label}: {meter.rate()}, {meter.remaining()}")


class _Meter:
    """Files and bytes done, their rate, and the time that is left at that rate."""

    def __init__(
        self,
        loads: Mapping[str, Load],
        done: Callable[[], set[str]],
        clock: Callable[[], float],
    ) -> None:
        self._loads = loads
        self._done = done
        self._clock = clock
        self._start = clock()
        self._before = self._sum(done())
        self._now = self._before
        self._all = self._sum(set(loads))
        self.total = max(1, self._work(self._all))

    def read(self) -> int:
        """Look again; work done so far, out of `total`."""
        self._now = self._sum(self._done())
        return self._work(self._now)

    def rate(self) -> str:
        """Files done of all, and MB a second since the start."""
        counted = f"{self._now.files:,}/{self._all.files:,}"
        if not self._all.size_bytes:
            return counted
        return f"{counted} files  {self._speed() / 1e6:.1f} MB/s"

    def remaining(self) -> str:
        """Time left at the rate so far."""
        left = self.total - self._work(self._now)
        speed = self._speed()
        return f"{left / speed:.0f} s left" if speed else "no part finished yet"

    def _work(self, load: Load) -> int:
        return load.size_bytes if self._all.size_bytes else load.files

    def _speed(self) -> float:
        seconds = max(self._clock() - self._start, 1e-9)
        return (self._work(self._now) - self._work(self._before)) / seconds

    def _sum(self, names: set[str]) -> Load:
        loads = [load for name, load in self._loads.items() if name in names]
        return Load(sum(load.files for load in loads), sum(load.size_bytes for load in loads))
