"""Worker processes for Beam's local runner, forked from a process that has everything imported.

Beam starts a new interpreter for every worker of every pipeline, which takes about four seconds,
and waits for ever on one that dies. These start in a tenth of one, share the memory of what they
import, end when the driver does, and are watched.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from typing import Any, ClassVar

from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    GrpcWorkerHandler,
    WorkerHandler,
)
from apache_beam.runners.worker.sdk_worker import SdkHarness
from apache_beam.transforms import environments

from codemill.pipeline import fork_server, malloc

LOCAL_WORKER_URN = "codemill:env:forked_worker:v1"


def run_worker(control_address: str, worker_id: str) -> None:
    """Serve one Beam runner until it closes the connection or the driver is gone."""
    malloc.use_one_arena()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides what Ctrl-C means
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)  # errors travel to the driver
    threading.Thread(target=_end_with_driver, daemon=True).start()
    SdkHarness(control_address, worker_id=worker_id).run()


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        wait([driver.sentinel])
        os._exit(1)


@WorkerHandler.register_environment(LOCAL_WORKER_URN, bytes)
class LocalWorkerHandler(GrpcWorkerHandler):
    """The driver's side of one worker process."""

    alive: ClassVar[dict[str, ForkServerProcess]] = {}
    """Processes that should be running, by worker id."""

    def __init__(self, payload: bytes, state: Any, provision_info: Any, grpc_server: Any) -> None:
        del payload
        super().__init__(state, provision_info, grpc_server)

    def start_worker(self) -> None:
        """Fork a process and have it connect."""
        fork_server.start()
        context = multiprocessing.get_context("forkserver")
        arguments = (self.control_address, self.worker_id)
        process = context.Process(target=run_worker, args=arguments, daemon=True)
        process.start()
        self.alive[self.worker_id] = process

    def stop_worker(self) -> None:
        """Wait for the process to end, and end it where it does not."""
        process = self.alive.pop(self.worker_id, None)
        if process is None:
            return
        process.join(timeout=10)
        if process.is_alive():
            process.kill()


class LocalWorkerEnvironment(environments.Environment):
    """Tells the runner to run user code in `LocalWorkerHandler`s."""

    def __init__(self) -> None:
        super().__init__(environments.python_sdk_capabilities(), ())

    def to_runner_api_parameter(self, context: Any) -> tuple[str, bytes]:
        """The environment's URN and an empty payload."""
        del context
        return LOCAL_WORKER_URN, b""


def dead_workers() -> list[str]:
    """One line for each worker process that ended while it was needed."""
    ended = [p for p in LocalWorkerHandler.alive.values() if p.exitcode is not None]
    return [f"process {p.pid} {_cause(p.exitcode)}" for p in ended]


def kill_workers() -> None:
    """End every worker process at once."""
    for process in LocalWorkerHandler.alive.values():
        process.kill()
    LocalWorkerHandler.alive.clear()


def _cause(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        name = signal.Signals(-exitcode).name
        hint = ", which is what the kernel does when memory runs out" if name == "SIGKILL" else ""
        return f"was ended by {name}{hint}"
    return f"ended with exit code {exitcode}"
