"""Runs a command and measures the whole tree of its processes. Linux alone.

Wall time is the command's own. Processor time is what the kernel charges to every descendant,
orphans too: this process adopts them (`PR_SET_CHILD_SUBREAPER`) and waits for them. Memory is the
sum over the tree of proportional set sizes (pages that several processes share count once), read
every 50 ms from `/proc`, so a peak shorter than that goes unseen.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.05
ORPHAN_SECONDS = 10.0
PR_SET_CHILD_SUBREAPER = 36


Sample = tuple[float, int]
"""`time.monotonic()`, which all processes share, and bytes."""


class FailedError(Exception):
    """A command ended badly; the text says how, and the end of what it wrote."""


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    wall_secs: float
    cpu_secs: float
    peak_bytes: int


def run(
    command: Sequence[str],
    log: Path,
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_secs: float = 1800,
    samples: list[Sample] | None = None,
) -> Cost:
    """Run `command` with its output in `log`; raises `FailedError` where it fails.

    What memory was read when is added to `samples`.
    """
    samples = [] if samples is None else samples
    _adopt_orphans()
    before = _children_seconds()
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=output, stderr=output
        )
        wall = _watch(process, start, timeout_secs, samples)
    _wait_for_orphans()
    if process.returncode:
        said = log.read_text(errors="replace")[-2000:]
        raise FailedError(f"ended with {process.returncode} after {wall:.0f} s\n{said}")
    return Cost(wall, _children_seconds() - before, max(size for _, size in samples))


def _watch(
    process: subprocess.Popen[bytes], start: float, timeout: float, samples: list[Sample]
) -> float:
    while process.poll() is None:
        samples.append((time.monotonic(), tree_bytes()))
        if time.monotonic() - start > timeout:
            _end_descendants()
        time.sleep(SAMPLE_SECONDS)
    return time.monotonic() - start


def tree_bytes() -> int:
    """Proportional set size of this process's descendants."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


def tree_seconds() -> float:
    """Processor time of this process and its living descendants, with that of ended children."""
    me = psutil.Process()
    total = 0.0
    for process in [me, *me.children(recursive=True)]:
        with suppress(psutil.Error):
            total += sum(process.cpu_times()[:4])
    return total


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _adopt_orphans() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def _wait_for_orphans() -> None:
    end = time.monotonic() + ORPHAN_SECONDS
    with suppress(ChildProcessError):
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if not pid:
                if time.monotonic() > end:
                    _end_descendants()
                time.sleep(SAMPLE_SECONDS)


def _end_descendants() -> None:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
