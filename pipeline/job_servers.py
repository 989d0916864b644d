"""What the runners of other processes need said to them, and how one notices that they are gone.

Prism, Spark and Flink are reached through a job server over gRPC. Found on Beam 2.77.
"""

from __future__ import annotations

import re
import socket
import threading
import time

from apache_beam.options.pipeline_options import PipelineOptions, PortableOptions

from codemill.pipeline.errors import UserError

ANSWER_SECONDS = 20.0
"""How long a job server may take to come up; Beam would wait for five minutes, without a word."""

DEFAULTS = ("--job_server_timeout=2592000",)
"""30 days: on Prism, Beam takes this for the limit of a whole job, and 300 seconds are its own."""

WORKER_GONE = re.compile(
    r"SDK worker disconnected|didn't get control connection|CANCELLED: client cancelled"
)
"""How Prism says it of a worker that answers no more, or never did, and Spark and Flink."""


def check_endpoint(runner: str, options: tuple[str, ...]) -> None:
    """Raise `UserError` where a job server is needed and not named, or does not answer."""
    endpoint = PipelineOptions(list(options)).view_as(PortableOptions).job_endpoint
    if runner.lower() in ("portablerunner", "portable") and not endpoint:
        raise UserError("PortableRunner needs a job server: give -- --job_endpoint=HOST:PORT")
    if endpoint and ":" in endpoint and not _answers(endpoint, ANSWER_SECONDS):
        raise UserError(f"no job server answers at {endpoint}: start it, or mend --job_endpoint")


def _answers(endpoint: str, seconds: float) -> bool:
    host, _, port = endpoint.rpartition(":")
    end = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=seconds).close()
        except (OSError, ValueError):
            if time.monotonic() > end:
                return False
            time.sleep(0.5)
        else:
            return True


def missing_process(error: BaseException) -> str | None:
    """What is gone, where `error` is a runner's that lost its job server or a worker."""
    if hung_up(error):
        return "the runner's job server is gone"
    text = str(error)
    # An error that a worker reports comes with its traceback; a dead one reports none.
    if WORKER_GONE.search(text) and "Traceback (most recent call last)" not in text:
        return "a worker died"
    return None


def hung_up(error: BaseException) -> bool:
    """Whether `error` says that the job server closed the connection."""
    is_rpc_error = type(error).__module__.partition(".")[0] == "grpc"
    return is_rpc_error and bool(re.search(r"StatusCode\.(CANCELLED|UNAVAILABLE)", str(error)))


def quiet_hang_ups() -> None:
    """Have threads that end because the other side hung up end without a word.

    That is how threads of a worker inside the driver (environment LOOPBACK) always end on Spark
    and Flink. Where it was no ordinary end, the job's result says so.
    """
    if getattr(threading.excepthook, "quiet", False):
        return
    before = threading.excepthook

    def hook(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is None or not hung_up(arguments.exc_value):
            before(arguments)

    hook.quiet = True  # type: ignore[attr-defined]
    threading.excepthook = hook
