"""How a run shows itself: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


class Reporter:
    """Shows steps and notes on `console`."""

    def __init__(self, console: Console, *, steps: int, step_tokens: int, log_every: int) -> None:
        self._console = console
        self._steps = steps
        self._step_tokens = step_tokens
        self._log_every = log_every
        self._done = 0
        self._seconds = 0.0
        self._progress: Progress | None = None

    @contextmanager
    def running(self, step: int) -> Iterator[None]:
        """Show progress from `step` on while inside."""
        if not self._console.is_terminal:
            yield
            return
        columns = (
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TextColumn("{task.fields[shown]}"),
        )
        with Progress(*columns, console=self._console) as self._progress:
            self._progress.add_task("", total=self._steps, completed=step, shown="")
            yield
        self._progress = None

    def step(self, record: dict[str, Any]) -> None:
        """Show the record of one step: its loss, tokens a second so far, time left."""
        self._done += 1
        self._seconds += record["seconds"]
        step = record["step"]
        shown = self._described(record)
        if self._progress:
            self._progress.update(self._progress.task_ids[0], completed=step, shown=shown)
        elif step % self._log_every == 0 or step in (1, self._steps):
            self.note(f"step {step}/{self._steps}  {shown}")

    def note(self, text: str) -> None:
        """Show one line."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _described(self, record: dict[str, Any]) -> str:
        rate = self._done * self._step_tokens / max(self._seconds, 1e-9)
        left = (self._steps - record["step"]) * self._seconds / self._done
        return f"loss {record['loss']:.3f}  {rate:,.0f} tokens/s  {duration(left)} left"


def duration(seconds: float) -> str:
    """Seconds for a person: `42 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
