"""`codemill build`: from a request to a finished corpus."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.table import Table

from codemill.language_configs import load_languages
from codemill.pipeline import storage
from codemill.pipeline.accounting import account
from codemill.pipeline.benchmarks import read_items
from codemill.pipeline.build import (
    Build,
    Counts,
    Planned,
    claimed,
    plan,
    run_stages,
    write_manifest,
)
from codemill.pipeline.config import Config, load_config
from codemill.pipeline.earlier import check_earlier
from codemill.pipeline.errors import Interrupted, StoppedError, UserError
from codemill.pipeline.file_steps import score_fields, wanted_languages
from codemill.pipeline.licensing import checked_policy
from codemill.pipeline.opt_out import read_opt_out
from codemill.pipeline.progress import Reporter
from codemill.pipeline.rule_cache import is_compiled, load_rule_table
from codemill.pipeline.runner import RunSettings, check_runner, check_workers
from codemill.pipeline.sources import Discovery, discover
from codemill.pipeline.stages.all import STAGES
from codemill.tokenizer_training.user import load_user_tokenizer

SMALL_BYTES = 8 << 20
"""Sources below this on disk are built in the driver's process: workers would cost more."""


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    sources: tuple[str, ...]
    out: str
    config_path: str | None = None
    settings: tuple[str, ...] = ()
    runner: str = "DirectRunner"
    workers: int = 1
    memory_bytes: int = 2_000_000_000
    beam_options: tuple[str, ...] = ()
    fresh: bool = False
    quiet: bool = False


def run_build(request: Request, reporter: Reporter | None = None) -> dict[str, Counts]:
    """Build, and return what every stage counted.

    Raises `UserError` for what the user can mend and `Interrupted` at Ctrl-C, both with the
    command that goes on.
    """
    reporter = reporter or Reporter(quiet=request.quiet)
    config = _checked_config(request)
    run_settings = RunSettings(
        request.runner, request.workers, request.memory_bytes, request.beam_options
    )
    check_runner(run_settings)
    inputs = discover(request.sources)
    _say_inputs(reporter, inputs)
    if run_settings.is_local:
        _compile_rules(reporter)
        if _size_on_disk(inputs) < SMALL_BYTES:
            run_settings = replace(run_settings, workers=1)
    build = Build(_absolute(request.out), config, inputs, run_settings, reporter)
    with (
        told_in_a_line(),
        claimed(build, read_opt_out(config.catalog.opt_out), fresh=request.fresh),
    ):
        return _run(build)


def _checked_config(request: Request) -> Config:
    """The configuration, with what only languages, filters and policies can tell is wrong."""
    try:
        config = load_config(request.config_path, request.settings)
        wanted_languages(config.files, load_languages())
        score_fields(config)
        checked_policy(config.catalog.licences)
        read_opt_out(config.catalog.opt_out)
        for path in config.decontaminate.benchmarks:
            read_items(path)
        if config.tokenizer.path:
            load_user_tokenizer(Path(config.tokenizer.path), config.tokenizer.roles)
        config = _with_absolute_paths(config)
        check_earlier(config.duplicates, _absolute(request.out))
    except ValueError as error:
        raise UserError(str(error)) from None
    return config


@contextmanager
def told_in_a_line() -> Iterator[None]:
    """Turn what ends a build from outside into one line with the command that resumes."""
    go_on = f"Go on with: {resume_command()}"
    try:
        yield
    except StoppedError as stopped:
        raise UserError(f"{stopped}. {go_on}") from None
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; what is done is kept. {go_on}") from None
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise UserError(f"{error.strerror or error}{where}. {go_on}") from None


def _run(build: Build) -> dict[str, Counts]:
    start = time.time()
    planned = plan(build, STAGES)
    _say_plan(build.reporter, planned)
    finished = all(step.action == "keep" for step in planned)
    if not finished:
        check_workers(build.settings, _seen_by_workers(build))
    counts = run_stages(build, planned)
    if not finished or not storage.exists(build.path("manifest.json")):
        write_manifest(build, planned, counts, account(build.root, counts))
        _write_run(build, start)
    _say_result(build, counts)
    return counts


def _seen_by_workers(build: Build) -> list[str]:
    """The build's folder, its sources and the earlier builds it is compared with."""
    earlier = [storage.join(d, "manifest.json") for d in build.config.duplicates.against]
    sources = [source.location for source in build.inputs.sources]
    return [build.path("work", "inputs.json"), *sources, *earlier]


def resume_command() -> str:
    """The command that was given, which resumes."""
    program = Path(sys.argv[0])
    module = program.suffix == ".py"
    shown = [sys.executable, "-m", "codemill.pipeline.cli"] if module else [program.name]
    return shlex.join([*shown, *sys.argv[1:]])


def _with_absolute_paths(config: Config) -> Config:
    """`config` with the folders that workers read where they can find them."""
    against = tuple(_absolute(folder) for folder in config.duplicates.against)
    return replace(config, duplicates=replace(config.duplicates, against=against))


def _absolute(path: str) -> str:
    return path if storage.is_remote(path) else os.path.abspath(path)


def _size_on_disk(inputs: Discovery) -> int:
    """Bytes of the sources, counted no further than `SMALL_BYTES`."""
    total = 0
    for source in inputs.sources:
        total += _folder_bytes(source.location, SMALL_BYTES - total)
        if total >= SMALL_BYTES:
            break
    return total


def _folder_bytes(path: str, limit: int) -> int:
    if not os.path.isdir(path):
        return os.path.getsize(path)
    total = 0
    for top, _, names in os.walk(path):
        for name in names:
            total += os.lstat(os.path.join(top, name)).st_size
            if total >= limit:
                return total
    return total


def _say_inputs(reporter: Reporter, inputs: Discovery) -> None:
    reporter.say(f"{len(inputs.sources)} sources")
    for unreadable in inputs.unreadable:
        reporter.say(f"  unreadable: {unreadable.location_label}: {unreadable.detail}")
    if inputs.num_duplicates:
        reporter.say(f"  {inputs.num_duplicates} more copies of the same revision are not read")


def _compile_rules(reporter: Reporter) -> None:
    """Compile the licence rules before workers, all at once, would each do so for themselves."""
    if not is_compiled():
        reporter.say("compiling the licence rules: once on a machine, some fifteen seconds")
        load_rule_table()


def _say_plan(reporter: Reporter, planned: list[Planned]) -> None:
    if all(step.action == "keep" for step in planned):
        reporter.say("complete: nothing to make")
        return
    if all(step.why == "not made yet" for step in planned):
        return
    for step in planned:
        reporter.say(f"  {step.action:<7}{step.stage.name:<12}{step.why}")


def _write_run(build: Build, start: float) -> None:
    run = {
        "argv": sys.argv,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(start)),
        "seconds": round(time.time() - start, 3),
        "seconds_by_step": {name: round(s, 3) for name, s in build.seconds.items()},
        "host": platform.node(),
        "python": platform.python_version(),
        "runner": build.settings.runner,
        "workers": build.settings.workers,
        "memory_bytes": build.settings.memory_bytes,
    }
    storage.write_json(build.path("run.json"), run)


def _say_result(build: Build, counts: dict[str, Counts]) -> None:
    if not build.reporter.quiet:
        build.reporter.console.print(_table(build, counts))
    build.reporter.say(f"corpus: {build.root}   page: {build.path('report.html')}")


def _table(build: Build, counts: dict[str, Counts]) -> Table:
    table = Table(title=None)
    for header in ("stage", "what came out", "what did not", "seconds"):
        table.add_column(header, justify="right" if header == "seconds" else "left")
    for name, came, went in _rows(counts):
        seconds = build.seconds.get(name)
        table.add_row(name, came, went, "kept" if seconds is None else f"{seconds:.1f}")
    return table


def _rows(counts: dict[str, Counts]) -> list[tuple[str, str, str]]:
    catalog, files, near = counts["catalog"], counts["files"], counts["duplicates"]
    text, tokenizer = counts["text"], counts["tokenizer"]
    pretrain, instruct = counts["pretrain"], counts["instruct"]
    admitted = f"{catalog['admitted']:,} of {catalog['locations']:,} locations, "
    return [
        ("catalog", admitted + _mb(catalog["size_bytes"]), _dropped(catalog["dropped"])),
        ("files", f"{files['kept']:,} of {files['files']:,} files", _dropped(files["dropped"])),
        (
            "duplicates",
            f"{near['verified']:,} verified pairs",
            _dropped(near["dropped"]),
        ),
        ("text", f"{text['files']:,} files, {_mb(text['size_bytes'])}", ""),
        ("tokenizer", f"{tokenizer['vocab_size']:,} entries", ""),
        ("pretrain", f"{pretrain['n_kept_tokens']:,} tokens in {pretrain['n_rows']:,} rows", ""),
        ("instruct", f"{instruct['pairs']:,} pairs", _dropped(instruct["left_out"])),
        ("report", "report.html, README.md", ""),
    ]


def _dropped(rules: dict[str, Any], most: int = 4) -> str:
    ranked = sorted(rules.items(), key=lambda item: (-item[1], item[0]))
    said = [f"{rule} {number:,}" for rule, number in ranked[:most]]
    rest = sum(number for _, number in ranked[most:])
    return ", ".join([*said, *([f"others {rest:,}"] if rest else [])])


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
