"""Ctrl-C that waits for the step to end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interruption:
    """Whether somebody asked to stop."""

    requested = False


@contextmanager
def deferred_interrupts() -> Iterator[Interruption]:
    """Inside, the first SIGINT or SIGTERM sets `requested`; the next acts as it always does.

    Outside the main thread Python gives no signals to handle, and nothing is changed.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.getsignal(number) for number in numbers}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def request(_number: int, _frame: FrameType | None) -> None:
        interruption.requested = True
        restore()

    for number in numbers:
        signal.signal(number, request)
    try:
        yield interruption
    finally:
        restore()
