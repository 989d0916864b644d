"""Runs a graph on the runner the user named, and notices when it can't go on.

`DirectRunner` means Beam's own local runner with one process per worker. Every other name goes
to Beam as it is, with the options given after `--`.
"""

from __future__ import annotations

import heapq
import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.runner import create_runner

from codemill.pipeline import arrow_coder, job_servers, local_workers, malloc, storage
from codemill.pipeline.errors import StoppedError, UserError
from codemill.pipeline.versions import check_worker, library_versions

LOCAL_RUNNERS = ("DirectRunner", "FnApiRunner")
POLL_SECONDS = 0.5

PROCESS_BYTES = 270 << 20
"""What the driver holds before anything is exchanged, and a worker that works on a part."""
COPIES_IN_PROCESS = 3
COPIES_BETWEEN_PROCESSES = 8
"""How often the local runner holds what is grouped, at its peak (measured: 2.7 and 6 times)."""

Graph = Callable[[beam.Pipeline], Any]
Element = TypeVar("Element")


class GraphError(Exception):
    """A step failed: a bug, with the worker's traceback in its text."""


class WorkerDiedError(StoppedError):
    """A worker, or what it worked for, ended while it was needed; the parts committed stand."""


@dataclass(frozen=True)
class RunSettings:
    """How a build is run. Nothing here changes a byte of what comes out."""

    runner: str = "DirectRunner"
    """A name Beam knows."""
    workers: int = 1
    """Processes of the local runner; 1 works in the driver's own."""
    memory_bytes: int = 2 << 30
    """What all processes may hold while something is exchanged; less means more rounds."""
    beam_options: tuple[str, ...] = ()
    """Passed to Beam as they are."""

    @property
    def is_local(self) -> bool:
        """Whether the graph runs on this machine under our own watch."""
        return self.runner in LOCAL_RUNNERS

    @property
    def free_bytes(self) -> int:
        """What the memory setting leaves to what is exchanged or decided at a time."""
        taken = PROCESS_BYTES * (1 + self.workers)
        return max(self.memory_bytes - taken, self.memory_bytes // 8)

    @property
    def exchange_bytes(self) -> int | None:
        """What one round of an exchange may be large; None where the runner takes it to disk."""
        copies = COPIES_IN_PROCESS if self.workers == 1 else COPIES_BETWEEN_PROCESSES
        return self.free_bytes // copies if self.is_local else None

    def lanes(self, num_items: int) -> int:
        """Into how many bundles to deal `num_items` pieces of work."""
        return min(self.workers, num_items) if self.is_local else num_items


class Deal(beam.PTransform):
    """Deals pieces of work to workers: largest first, each to the lane with least to do.

    Beam's local runner cuts its input into one bundle per worker before it begins, so the cut
    must be even; elsewhere every piece is a bundle of its own.
    """

    def __init__(self, items: Sequence[Any], weights: Sequence[int], settings: RunSettings) -> None:
        super().__init__()
        self._lanes = deal(items, weights, settings.lanes(len(items)))

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        """One element per piece of work."""
        lanes = pipeline | "lanes" >> beam.Create(self._lanes, reshuffle=False)
        if len(self._lanes) > 1:  # one lane goes where it is, and a graph less is set up
            lanes = lanes | "reshuffle" >> beam.Reshuffle()
        return lanes | "pieces" >> beam.FlatMap(lambda lane: lane)


def deal(items: Sequence[Element], weights: Sequence[int], lanes: int) -> list[list[Element]]:
    """Items in `lanes` lists of near-equal total weight (longest processing time first)."""
    dealt: list[list[Element]] = [[] for _ in range(lanes)]
    least = [(0, lane) for lane in range(lanes)]
    for index in sorted(range(len(items)), key=lambda i: (-weights[i], i)):
        total, lane = least[0]
        dealt[lane].append(items[index])
        heapq.heapreplace(least, (total + weights[index], lane))
    return dealt


class CheckedDoFn(beam.DoFn):
    """A DoFn whose worker must have the driver's libraries."""

    def __init__(self) -> None:
        super().__init__()
        self._driver_versions = library_versions()

    def setup(self) -> None:
        """Compare versions, once a worker."""
        check_worker(self._driver_versions)


def check_runner(settings: RunSettings) -> None:
    """Raise `UserError` where Beam has no such runner, or its job server does not answer."""
    if settings.is_local:
        return
    try:
        create_runner(settings.runner)
    except (ValueError, ImportError, AttributeError) as error:
        unknown = isinstance(error, ValueError)  # its text lists names that users have no use for
        why = "Beam has none of this name" if unknown else str(error)
        raise UserError(
            f"no runner {settings.runner!r}: {why}. Use DirectRunner, PrismRunner, SparkRunner, "
            "FlinkRunner, PortableRunner or DataflowRunner."
        ) from None
    job_servers.check_endpoint(settings.runner, settings.beam_options)


def check_workers(settings: RunSettings, wanted: Sequence[str]) -> None:
    """Raise `UserError` where workers elsewhere can't see one of the paths `wanted`.

    On the local runner there is nothing to ask.
    """
    if settings.is_local:
        return
    weights = [1] * len(wanted)
    run_graph(
        lambda pipeline: (
            pipeline | "deal paths" >> Deal(wanted, weights, settings) | beam.ParDo(SeePath())
        ),
        settings,
    )


class SeePath(CheckedDoFn):
    """Raises where a worker has no such path."""

    def process(self, path: str) -> Iterator[None]:
        """Nothing comes out."""
        if not storage.exists(path):
            raise RuntimeError(f"workers cannot see {path}: put it where every worker can")
        return iter(())


def run_graph(graph: Graph, settings: RunSettings) -> None:
    """Run `graph` to its end.

    Raises `WorkerDiedError` within seconds of a local worker's or a job server's death, and
    `StoppedError` for what the user can mend (a full disk, a worker with other libraries), and
    `GraphError` for anything else.
    """
    arrow_coder.register()
    if settings.is_local:
        malloc.use_one_arena()
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    runner, options = _runner(settings)
    pipeline = beam.Pipeline(runner=runner, options=PipelineOptions(options))
    graph(pipeline)
    try:
        if settings.is_local:
            _run_watched(pipeline)
        else:  # in the main thread: Beam sets signal handlers for the servers it starts
            pipeline.run().wait_until_finish()
    except Exception as error:
        raise _explained(error) from error


def _run_watched(pipeline: beam.Pipeline) -> None:
    finish = threading.Event()
    failure: list[BaseException] = []

    def run() -> None:
        try:
            pipeline.run().wait_until_finish()
        except BaseException as error:
            failure.append(error)
        finally:
            finish.set()

    threading.Thread(target=run, daemon=True).start()
    _wait(finish)
    if failure:
        raise failure[0]


def _runner(settings: RunSettings) -> tuple[Any, list[str]]:
    options = list(settings.beam_options)
    if not settings.is_local:
        job_servers.quiet_hang_ups()
        return settings.runner, [*job_servers.DEFAULTS, *options]
    if settings.workers == 1:
        return FnApiRunner(), options
    environment = local_workers.LocalWorkerEnvironment()
    return FnApiRunner(environment), [f"--direct_num_workers={settings.workers}", *options]


def _wait(finish: threading.Event) -> None:
    while not finish.wait(POLL_SECONDS):
        dead = local_workers.dead_workers()
        if dead and not finish.wait(POLL_SECONDS):
            local_workers.kill_workers()
            raise WorkerDiedError(f"a worker died: {'; '.join(dead)}")


_USER_ERRORS = (
    (r"\[Errno 28\]|No space left on device", "the disk is full: free some room"),
    (r"\[Errno 122\]|Disk quota exceeded", "the disk quota is used up: free some room"),
    (r"has other libraries than the driver", None),
    (r"workers cannot see ", None),
)


def _explained(error: BaseException) -> BaseException:
    if isinstance(error, UserError):
        return error
    gone = job_servers.missing_process(error)
    if gone:
        return WorkerDiedError(gone)
    text = str(error)
    for pattern, message in _USER_ERRORS:
        if re.search(pattern, text):
            return StoppedError(message or _sentence(text, pattern))
    return GraphError(text)


def _sentence(text: str, pattern: str) -> str:
    """The last line of tracebacks that matches: an earlier one is the source that raises it."""
    line = [line for line in text.splitlines() if re.search(pattern, line)][-1]
    return re.sub(r"^.*?\b\w+Error: | \[while running .*$", "", line.strip())
