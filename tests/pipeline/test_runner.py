"""What a run says where it can't begin, or can't go on."""

from __future__ import annotations

import errno
import socket
import threading

import apache_beam as beam
import pytest

from codemill.pipeline import job_servers
from codemill.pipeline.errors import UserError
from codemill.pipeline.runner import GraphError, RunSettings, check_runner, run_graph


def portable(*options: str) -> RunSettings:
    return RunSettings(runner="PortableRunner", beam_options=options)


def test_an_unknown_runner_is_refused_with_the_names_of_runners():
    with pytest.raises(UserError, match=r"^no runner 'Nonsense': Beam has none .*PrismRunner, "):
        check_runner(RunSettings(runner="Nonsense"))


def test_a_job_server_has_to_be_named():
    with pytest.raises(UserError, match=r"give -- --job_endpoint=HOST:PORT"):
        check_runner(portable())


def test_a_job_server_that_does_not_answer_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(job_servers, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        check_runner(portable(f"--job_endpoint={endpoint}"))
    with pytest.raises(UserError, match=f"no job server answers at {endpoint}"):
        check_runner(portable(f"--job_endpoint={endpoint}"))


def run_raising(error: Exception) -> None:
    def fail(number: int) -> int:
        raise error

    run_graph(lambda pipeline: pipeline | beam.Create([1]) | beam.Map(fail), RunSettings())


def test_what_the_user_can_mend_is_one_sentence_without_a_traceback():
    with pytest.raises(UserError) as caught:
        run_raising(RuntimeError("workers cannot see /a: put it where every worker can"))
    assert str(caught.value) == "workers cannot see /a: put it where every worker can"


def test_a_full_disk_is_named():
    with pytest.raises(UserError, match="the disk is full"):
        run_raising(OSError(errno.ENOSPC, "No space left on device"))


def test_a_bug_is_no_users_error():
    with pytest.raises(GraphError, match="missing"):
        run_raising(KeyError("missing"))


class RpcError(Exception):
    """As gRPC words it."""

    __module__ = "grpc._channel"


HUNG_UP = RpcError("terminated with: status = StatusCode.UNAVAILABLE details = 'Socket closed'")


def test_a_job_server_that_hangs_up_is_told_from_other_errors():
    assert job_servers.hung_up(HUNG_UP)
    assert not job_servers.hung_up(RpcError("status = StatusCode.INVALID_ARGUMENT"))
    assert not job_servers.hung_up(RuntimeError("StatusCode.UNAVAILABLE from a storage service"))


@pytest.mark.parametrize(
    ("error", "gone"),
    [
        (HUNG_UP, "the runner's job server is gone"),
        (RuntimeError("stage-002 failed: SDK worker disconnected: worker[1]"), "a worker died"),
        (RuntimeError("StatusRuntimeException: CANCELLED: client cancelled"), "a worker died"),
        (RuntimeError("Traceback (most recent call last) CANCELLED: client cancelled"), None),
        (RuntimeError("a bug"), None),
    ],
)
def test_a_worker_that_is_gone_is_told_from_one_that_reports_an_error(error, gone):
    assert job_servers.missing_process(error) == gone


def test_threads_whose_other_side_hung_up_end_quietly_and_the_others_do_not(monkeypatch):
    said: list[type[BaseException]] = []
    monkeypatch.setattr(threading, "excepthook", lambda a: said.append(a.exc_type))
    job_servers.quiet_hang_ups()
    job_servers.quiet_hang_ups()
    for error in (HUNG_UP, KeyError("missing")):
        thread = threading.Thread(target=run_raising_here, args=(error,))
        thread.start()
        thread.join()
    assert said == [KeyError]


def run_raising_here(error: Exception) -> None:
    raise error
