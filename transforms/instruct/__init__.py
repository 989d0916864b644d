"""Instruction pairs from code: one kind per file, found by being here.

A kind is a module of this package with a function `pairs`, called by its name in a recipe; `chat`
makes the tokens. What a kind gives is a batch of `PAIRS`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import pyarrow as pa

PairMaker = Callable[..., pa.RecordBatch]
"""`pairs(part, *, languages, seed, limits)`: a batch of WORK_CONTENT to a batch of PAIRS."""


def kinds() -> dict[str, PairMaker]:
    """The kinds there are, by name, sorted. Looks at the package's folder: call it at set-up."""
    makers: dict[str, PairMaker] = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        maker = getattr(importlib.import_module(f"{__name__}.{name}"), "pairs", None)
        if maker is not None:
            makers[name] = maker
    return makers
