"""Prism's binary, and the job servers of Spark and Flink: fetched by version, started, ended.

What is fetched lies in `.runners/` of the checkout, by version, and is not fetched again.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".runners"

PRISM = "v2.77.0"
JOB_SERVER = "2.62.0"
"""As in spark.xml and flink.xml."""
START_SECONDS = 120.0

DRIVERS = {
    "spark": ("org.apache.beam.runners.spark.SparkJobServerDriver", "--spark-master-url=local[2]"),
    "flink": ("org.apache.beam.runners.flink.FlinkJobServerDriver", "--flink-master=[local]"),
}
OPENED = (
    *("java.lang", "java.lang.invoke", "java.io", "java.net", "java.nio", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "sun.nio.ch", "sun.nio.cs"),
    *("sun.security.action", "sun.util.calendar"),
)
"""Packages of java.base that Spark and Flink reach into, closed since Java 17."""


class MissingToolError(Exception):
    """A program that is needed to fetch or to run something is not on the PATH."""


class FailedError(Exception):
    """Something that was started did not do what it should; the text says what it said."""


def prism() -> Path:
    """The Prism binary, built from the Go module proxy where it is not there yet."""
    folder = CACHE / f"prism-{PRISM}"
    if not (folder / "prism").exists():
        _need("go")
        module = f"github.com/apache/beam/sdks/v2/go/cmd/prism@{PRISM}"
        _run(["go", "install", module], env={**os.environ, "GOBIN": str(folder)})
    return folder / "prism"


def jars(name: str) -> Path:
    """The folder of the job server's jars, from Maven Central where it is not there yet."""
    folder = CACHE / f"{name}-{JOB_SERVER}"
    if not folder.exists():
        _need("mvn")
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = ["mvn", "-B", "-q", "-f", str(HERE / f"{name}.xml")]
        _run([*command, "dependency:copy-dependencies", f"-DoutputDirectory={unfinished}"])
        unfinished.rename(folder)
    return folder


def fetch(runner: str) -> None:
    """Have at hand what a runner needs."""
    if runner in DRIVERS:
        _need("java")
        jars(runner)
    elif runner == "prism":
        prism()


def _need(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            raise MissingToolError(f"{tool} is not on the PATH")


def _run(command: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


@contextmanager
def job_server(name: str, folder: Path) -> Iterator[str]:
    """A job server on this machine's loopback; its endpoint. `folder` takes what it leaves."""
    lib = jars(name)
    job, artifacts, expansion = free_ports(3)
    driver, master = DRIVERS[name]
    opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
    spark = {"ui.enabled": "false", "driver.host": "127.0.0.1", "driver.bindAddress": "127.0.0.1"}
    properties = [f"-Dspark.{key}={value}" for key, value in spark.items()]
    command = [
        *("java", "-Xmx1g", "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED", *opens, *properties),
        *(f"-Djava.io.tmpdir={folder}", "-cp", f"{lib}/*", driver, master, "--job-host=localhost"),
        *(f"--job-port={job}", f"--artifact-port={artifacts}", f"--expansion-port={expansion}"),
        f"--artifacts-dir={folder / 'artifacts'}",
    ]
    log = folder / f"{name}.log"
    with started(command, log) as process:
        _wait_for(job, process, log)
        yield f"localhost:{job}"


@contextmanager
def started(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, ended whatever happens; its litter lies beside `log`."""
    environment = {**os.environ, "TMPDIR": str(log.parent)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_ports(number: int) -> list[int]:
    """Ports of the loopback that nothing listened on a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("localhost", port), timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise FailedError(f"no job server came up\n{log.read_text(errors='replace')[-4000:]}")
