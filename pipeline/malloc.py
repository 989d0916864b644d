"""Keeps the C library from holding memory that Beam's threads have given back."""

from __future__ import annotations

import ctypes
import functools
import sys

_M_ARENA_MAX = -8
"""glibc's mallopt: the most arenas, of which each thread is given one of its own by default."""


@functools.cache
def use_one_arena() -> None:
    """Have all threads allocate from one arena, where the C library is glibc.

    What is grouped travels through a dozen of the local runner's threads, and each arena keeps what
    it once held: the driver's peak in an exchange of 192 MB fell from 757 to 485 MB.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 1)
