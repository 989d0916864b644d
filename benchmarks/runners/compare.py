"""One small build on several runners: every file of the corpus must be the same, byte for byte.

    python -m benchmarks.runners.compare [local prism spark flink]

Ends with 1 where files differ, naming them, and with 2 where a tool is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType

from rich.console import Console
from rich.table import Table

from benchmarks.runners.job_servers import (
    DRIVERS,
    FailedError,
    MissingToolError,
    fetch,
    job_server,
    prism,
    started,
)

TESTS = Path(__file__).resolve().parents[2] / "tests"
RUNNERS = ("local", "prism", "spark", "flink")
DEFAULT = ("local", "prism", "spark")
BUILD_SECONDS = 600

SETTINGS = (
    "tokenizer.vocab_size=600",
    "tokenizer.sample_bytes=200000",
    "pretrain.sequence_length=256",
    "catalog.part_bytes=5000000",
    "catalog.repositories_per_part=3",
    "catalog.validation_share=0.2",
)
"""Several parts in both splits, one of them of several batches."""


@dataclass(frozen=True)
class Result:
    """One runner's build."""

    runner: str
    seconds: float
    digests: dict[str, str]
    """sha256 by path."""

    @property
    def digest(self) -> str:
        """sha256 of the digests, 64 hex."""
        lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(self.digests.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def make_sources(folder: Path) -> Path:
    """The sources of the tests, and a clone whose files are several batches of one part."""
    tests = _module(TESTS / "conftest.py")
    tests.make_sources(folder)
    bulk = {f"bulk/{n}.py": tests.python_module(f"bulk{n}", 1200) for n in range(12)}
    tests.commit(folder / "bulk", {"LICENSE": tests.MIT, **bulk})
    return folder


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("sources_of_tests", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_on(runner: str, sources: Path, folder: Path) -> Result:
    """Build on one runner, started for it where it has to be."""
    print(f"building on {runner}", flush=True)
    if runner in DRIVERS:
        with job_server(runner, folder) as endpoint:
            options = [f"--job_endpoint={endpoint}", "--environment_type=LOOPBACK"]
            return build(runner, "PortableRunner", options, sources, folder)
    if runner == "prism":
        return build(runner, "PrismRunner", [f"--prism_location={prism()}"], sources, folder)
    return build(runner, "DirectRunner", [], sources, folder)


def build(runner: str, name: str, options: list[str], sources: Path, folder: Path) -> Result:
    """Run `codemill build` in a process of its own, and take its files' digests."""
    out = folder / runner
    settings = [argument for value in SETTINGS for argument in ("--set", value)]
    command = [sys.executable, "-m", "codemill.pipeline.cli", "build", str(sources)]
    command += ["--out", str(out), "--runner", name, "--workers", "1", *settings, "--", *options]
    log = folder / f"{runner}-build.log"
    start = time.monotonic()
    with started(command, log) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=BUILD_SECONDS)
        code = process.poll()
    seconds = time.monotonic() - start
    if code != 0:
        ended = f"ended with {code}" if code else f"took more than {BUILD_SECONDS} s"
        raise FailedError(f"the build on {runner} {ended}\n{log.read_text()[-8000:]}")
    return Result(runner, seconds, digests(out))


def digests(out: Path) -> dict[str, str]:
    """sha256 by path of all that has to be equal: not run.json, not work/."""
    paths = (path for path in sorted(out.rglob("*")) if path.is_file())
    names = {path.relative_to(out).as_posix(): path for path in paths}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if name != "run.json" and not name.startswith("work/")
    }


def differing(first: Result, other: Result) -> list[str]:
    """Paths that are not the same, or not in both."""
    names = first.digests.keys() | other.digests.keys()
    return sorted(n for n in names if first.digests.get(n) != other.digests.get(n))


def shown(results: list[Result]) -> Table:
    """A line a runner."""
    table = Table()
    for header in ("runner", "seconds", "files", "digest of digests"):
        table.add_column(header, justify="right" if header in ("seconds", "files") else "left")
    for r in results:
        table.add_row(r.runner, f"{r.seconds:.1f}", str(len(r.digests)), r.digest[:16])
    return table


def main() -> int:
    """Compare; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runners", nargs="*", default=DEFAULT, metavar="RUNNER", help=str(RUNNERS))
    wanted = parser.parse_args().runners
    if not set(wanted) <= set(RUNNERS):
        parser.error(f"runners are {', '.join(RUNNERS)}")
    signal.signal(signal.SIGTERM, _exit)  # so that what was started is ended
    try:
        with tempfile.TemporaryDirectory(prefix="codemill-runners-") as name:
            folder = Path(name)
            sources = make_sources(folder / "sources")
            for runner in wanted:
                fetch(runner)
            results = [build_on(runner, sources, folder) for runner in wanted]
    except (MissingToolError, FailedError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, MissingToolError) else 1
    return report(results)


def report(results: list[Result]) -> int:
    """Print the table and what differs; the exit code."""
    Console().print(shown(results))
    code = 0
    for other in results[1:]:
        for path in differing(results[0], other):
            print(f"differs on {other.runner}: {path}", file=sys.stderr)
            code = 1
    return code


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
