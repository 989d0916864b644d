"""`codemill train pretrain` and `codemill generate`. PyTorch is imported when they run."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from codemill.training.settings import ModelShape, PretrainSettings, named_shape

EXTRA = ("torch", "transformers", "safetensors", "tokenizers")
"""What the extra `train` brings."""

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C stopped: 128 + SIGINT."""

P = ParamSpec("P")

app = typer.Typer(help="Train a model on a build's shards.", no_args_is_help=True)
DEFAULTS = PretrainSettings()


def _told_in_a_line(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose user errors, and a missing library of the extra, are a line and exit 2."""

    @functools.wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ModuleNotFoundError as error:
            if error.name not in EXTRA:
                raise
            message = f"{error.name} is not installed: pip install 'codemill[train]'"
        except ValueError as error:
            if type(error) is not ValueError:  # a library's own, so a bug
                raise
            message = f"error: {error}"
        else:
            return
        typer.echo(message, err=True)
        raise typer.Exit(2)

    return told


@app.callback()
def _group() -> None:
    """Keeps `pretrain` a subcommand while it is the only one."""


@app.command()
@_told_in_a_line
def pretrain(
    build: Annotated[Path, typer.Argument(help="Folder of a finished build.")],
    to: Annotated[Path, typer.Option(help="Folder for the model and its checkpoint.")],
    model: Annotated[str, typer.Option(help="Size: tiny, small, base or large.")] = "tiny",
    hidden_size: Annotated[int | None, typer.Option(help="Width, instead of the size's.")] = None,
    layers: Annotated[int | None, typer.Option(help="Blocks, instead of the size's.")] = None,
    heads: Annotated[int | None, typer.Option(help="Heads, instead of the size's.")] = None,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = DEFAULTS.steps,
    batch_tokens: Annotated[
        int, typer.Option(help="Tokens a step, rounded to whole rows.")
    ] = DEFAULTS.batch_tokens,
    learning_rate: Annotated[
        float, typer.Option(help="Peak rate of the blocks' matrices (Muon).")
    ] = DEFAULTS.learning_rate,
    embedding_learning_rate: Annotated[
        float, typer.Option(help="Peak rate of the embedding and the norms (AdamW).")
    ] = DEFAULTS.embedding_learning_rate,
    warmup_steps: Annotated[
        int, typer.Option(help="Steps of linear warm-up.")
    ] = DEFAULTS.warmup_steps,
    weight_decay: Annotated[
        float, typer.Option(help="Weight decay of the blocks' matrices.")
    ] = DEFAULTS.weight_decay,
    seed: Annotated[int, typer.Option(help="Keys weights and order.")] = DEFAULTS.seed,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 ...")] = DEFAULTS.device,
    dtype: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = DEFAULTS.dtype,
    eval_every: Annotated[
        int, typer.Option(help="Steps between evaluations; 0 for the end only.")
    ] = DEFAULTS.eval_every,
    checkpoint_every: Annotated[
        int, typer.Option(help="Steps between checkpoints; 0 for the end only.")
    ] = DEFAULTS.checkpoint_every,
) -> None:
    """Train from random weights. The same command goes on with an interrupted run."""
    settings = PretrainSettings(
        steps=steps,
        batch_tokens=batch_tokens,
        learning_rate=learning_rate,
        embedding_learning_rate=embedding_learning_rate,
        warmup_steps=warmup_steps,
        weight_decay=weight_decay,
        seed=seed,
        device=device,
        dtype=dtype,
        eval_every=eval_every,
        checkpoint_every=checkpoint_every,
    )
    shape = _shape(model, hidden_size, layers, heads)
    from codemill.training import pretrain as training

    _hide_library_bars()
    result = training.pretrain(build, to, shape, settings)
    if result.interrupted:
        raise typer.Exit(INTERRUPTED)


@_told_in_a_line
def generate(
    model: Annotated[Path, typer.Argument(help="Folder of a model.")],
    prompt: Annotated[str, typer.Option(help="Text to go on from; with --suffix, what precedes.")],
    suffix: Annotated[
        str | None, typer.Option(help="What follows: writes what belongs between.")
    ] = None,
    max_new_tokens: Annotated[int, typer.Option(help="Tokens to write at most.")] = 128,
    temperature: Annotated[float, typer.Option(help="0 takes the likeliest token.")] = 0.8,
    top_p: Annotated[float, typer.Option(help="Probability that nucleus sampling keeps.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Keys the sampling.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 ...")] = "auto",
) -> None:
    """Complete a prompt, or fill in between it and a suffix."""
    from codemill.training import generate as generation

    _hide_library_bars()
    network, tokenizer = generation.load_model(model, device)
    sampling = generation.Sampling(max_new_tokens, temperature, top_p, seed)
    if suffix is None:
        typer.echo(prompt + generation.generate(network, tokenizer, prompt, sampling))
    else:
        middle = generation.infill(network, tokenizer, prompt, suffix, sampling)
        typer.echo(prompt + middle + suffix)


def _shape(size: str, hidden_size: int | None, layers: int | None, heads: int | None) -> ModelShape:
    given = {"hidden_size": hidden_size, "layers": layers, "heads": heads}
    return dataclasses.replace(
        named_shape(size), **{name: value for name, value in given.items() if value is not None}
    )


def _hide_library_bars() -> None:
    """Transformers' own bars for loading and saving a file would tear ours."""
    from transformers.utils import logging

    logging.disable_progress_bar()
