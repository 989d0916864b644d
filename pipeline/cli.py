"""The command line. Every error that is the user's to mend is one line and exit code 2."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import signal
import sys
import threading
from typing import Annotated, NoReturn

import psutil
import typer

from codemill.pipeline import fork_server
from codemill.pipeline.errors import Interrupted, UserError

EXIT_USER_ERROR = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="codemill",
    help="From cloned git repositories to training data for code language models.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(context_settings={"allow_interspersed_args": True})
def build(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Folders of clones, clones, archives, manifests or Parquet with a content "
            "column. What follows -- goes to Beam."
        ),
    ],
    out: Annotated[str, typer.Option("--out", help="Folder of the corpus.")],
    config: Annotated[str | None, typer.Option(help="Configuration, a TOML file.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="section.key=value, over the file's.")
    ] = None,
    tokenizer: Annotated[
        str | None, typer.Option(help="A Hugging Face folder whose tokenizer to use.")
    ] = None,
    opt_out: Annotated[
        str | None,
        typer.Option(
            "--opt-out",
            metavar="FILE",
            help="Owners, repositories, paths and content ids to leave out, one a line.",
        ),
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DIR",
            help="An earlier build: files like those it holds are left out; may be repeated.",
        ),
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE.jsonl",
            help="Prompts, solutions and tests that must not be learned; may be repeated.",
        ),
    ] = None,
    runner: Annotated[str, typer.Option(help="Beam runner.")] = "DirectRunner",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes of the local runner; default: cores.")
    ] = None,
    memory_gb: Annotated[
        float,
        typer.Option(
            min=0.01,
            help="What local processes may hold while they exchange rows, in GB.",
        ),
    ] = 2.0,
    fresh: Annotated[bool, typer.Option(help="Remove an earlier build from --out.")] = False,
    quiet: Annotated[bool, typer.Option(help="Say nothing but errors.")] = False,
) -> None:
    """Build a corpus from SOURCES, or go on with one that was interrupted."""
    workers = workers or os.cpu_count() or 1
    if runner == "DirectRunner" and workers > 1:
        fork_server.start()
    from codemill.pipeline.driver import Request, run_build

    given, beam_options = _divided(sources)
    overrides = [*(settings or []), *([f"tokenizer.path={tokenizer}"] if tokenizer else [])]
    overrides += [f"catalog.opt_out={opt_out}"] if opt_out else []
    overrides += (
        [f"duplicates.against={json.dumps(against, ensure_ascii=False)}"] if against else []
    )
    overrides += _benchmarks(benchmark)
    request = Request(
        sources=tuple(given),
        out=out,
        config_path=config,
        settings=tuple(overrides),
        runner=runner,
        workers=workers,
        memory_bytes=int(memory_gb * 1e9),
        beam_options=tuple(beam_options),
        fresh=fresh,
        quiet=quiet,
    )
    run_build(request)


@app.command()
def explain(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a build.")],
    wanted: Annotated[str, typer.Argument(metavar="PATH-OR-ID", help="Path, file id or blob id.")],
) -> None:
    """Tell why a file is in or out of a build: stage, rule, value, threshold, kept twin."""
    from codemill.pipeline.explain import explain as told

    for line in told(folder, wanted):
        typer.echo(line)


@app.command()
def forget(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a build.")],
    opt_out: Annotated[
        str,
        typer.Option(
            "--opt-out",
            metavar="FILE",
            help="Owners, repositories, paths and content ids to take out, one a line.",
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    quiet: Annotated[bool, typer.Option(help="Say nothing but errors.")] = False,
) -> None:
    """Take what FILE names out of a finished build, and prove that nothing of it is left."""
    from codemill.pipeline.driver import told_in_a_line
    from codemill.pipeline.forget.run import forget as forgotten
    from codemill.pipeline.progress import Reporter

    with told_in_a_line():
        for line in forgotten(folder, opt_out, Reporter(quiet=quiet), dry_run=dry_run):
            if not quiet:
                typer.echo(line)


@app.command()
def report(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a build.")],
) -> None:
    """Write the HTML page of a finished build anew, and say where it is."""
    from codemill.pipeline.explain import rewrite_report

    typer.echo(rewrite_report(folder))


@app.command()
def study(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a build.")],
    name: Annotated[
        str | None,
        typer.Argument(metavar="[FILTER]", help="A quality filter or a score; none lists them."),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="What if this were the threshold.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Files of one language alone.")] = None,
    samples: Annotated[int, typer.Option(min=0, help="Files shown on each side.")] = 5,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write it as a page, too.")
    ] = None,
) -> None:
    """Tell how a score is distributed, what thresholds would drop, and what lies next to them."""
    from codemill.pipeline.study.show import run

    run(
        folder,
        name,
        what_if=threshold,
        language=language,
        num_samples=samples,
        jsonl=jsonl,
        html=html,
    )


@app.command()
def inspect(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Files or folders.")
    ] = None,
    listed: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Paths, one a line; - is standard input."),
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a file.")] = False,
    config: Annotated[str | None, typer.Option(help="Configuration, a TOML file.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="section.key=value, over the file's.")
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE.jsonl",
            help="Prompts, solutions and tests that must not be learned; may be repeated.",
        ),
    ] = None,
) -> None:
    """Tell what a build would think of files, with the same kernels, without a build."""
    from codemill.pipeline.config import load_config
    from codemill.pipeline.inspect import inspect_paths, listed_paths, print_jsonl, print_table

    try:
        checked = load_config(config, [*(settings or []), *_benchmarks(benchmark)])
    except ValueError as error:
        raise UserError(str(error)) from None
    wanted = [*(paths or []), *(listed_paths(listed) if listed else [])]
    if not wanted and not listed:
        raise UserError("name files or folders, or a list of them with --from FILE")
    rows = inspect_paths(wanted, checked)
    (print_jsonl if jsonl else print_table)(rows)


def _benchmarks(files: list[str] | None) -> list[str]:
    """The setting that names them."""
    named = json.dumps(files, ensure_ascii=False)
    return [f"decontaminate.benchmarks={named}"] if files else []


def _divided(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Sources and Beam's options: click drops the --, so they are told apart by it in argv."""
    if "--" not in sys.argv:
        return arguments, []
    beam_options = sys.argv[sys.argv.index("--") + 1 :]
    return arguments[: len(arguments) - len(beam_options)], beam_options


@functools.cache
def _mount_training() -> None:
    training = importlib.import_module("codemill.training.cli")
    app.add_typer(training.app, name="train", help="Train a model on a build's shards.")
    app.command("generate")(training.generate)


def main() -> None:
    """Run a command; turn errors into one line and an exit code."""
    # Beam's threads die of a lost worker each with a traceback; the driver tells it in a line.
    threading.excepthook = lambda _: None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _mount_training()
    try:
        app()
    except Interrupted as interrupted:
        _end(str(interrupted), EXIT_INTERRUPTED)
    except UserError as error:
        _end(f"error: {error}", EXIT_USER_ERROR)


def _end(message: str, code: int) -> NoReturn:
    """Say why and end at once: a runner's threads may be waiting for what will never come.

    The servers that Beam started for a runner end with us; it would stop them at a usual exit.
    """
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    sys.stdout.flush()
    print(message, file=sys.stderr, flush=True)
    os._exit(code)


if __name__ == "__main__":
    main()
