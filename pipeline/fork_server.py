"""The process that local workers are forked from, started before anything slow is imported.

It imports what workers need, four seconds' work, while the driver imports the same: so the first
worker is there when the first graph is.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver

PRELOAD = ("codemill.pipeline.local_workers", "codemill.pipeline.stages.all", "datasketch")


def start() -> None:
    """Start it, unless it runs already."""
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(PRELOAD))
    forkserver.ensure_running()
