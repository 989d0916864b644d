"""Pretraining: packed shards in, a model folder out, resumable at any step."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from codemill.training.atomic import TEMPORARY_SUFFIX
from codemill.training.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint
from codemill.training.device import choose_device
from codemill.training.interruption import deferred_interrupts
from codemill.training.loader import Batch, PackedShards
from codemill.training.metrics import METRICS, MetricsLog
from codemill.training.model import make_model, num_parameters, packed_loss
from codemill.training.model_folder import save_model
from codemill.training.optimiser import Optimiser
from codemill.training.progress import Reporter
from codemill.training.settings import ModelShape, PretrainSettings
from codemill.training.shards import ShardSet, has_split
from codemill.training.unigram import unigram_entropy
from codemill.training.validation import Validation, validate
from codemill.training.vocabulary import text_digest, token_bytes

FREE_SETTINGS = ("steps", "device", "eval_every", "eval_tokens", "checkpoint_every", "log_every")
"""What may change when a run is resumed."""


@dataclass(frozen=True)
class PretrainResult:
    """What a run came to."""

    folder: Path
    """The model's folder."""
    step: int
    """Steps done."""
    interrupted: bool
    """Stopped by a signal: the checkpoint is saved, the model is not."""
    loss: float | None
    """Mean training loss of the last ten steps in nats a token; None where no step was done."""
    unigram_entropy: float
    """Nats a token of the training labels' distribution."""
    validation: Validation | None
    """The last evaluation; None where there is no validation split, or when interrupted."""


def pretrain(
    build: Path,
    folder: Path,
    shape: ModelShape,
    settings: PretrainSettings,
    *,
    console: Console | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> PretrainResult:
    """Train a model of `shape` on the shards of `build` and save it in `folder`.

    A folder that holds an unfinished run of the same shards, shape and settings is gone on with, to
    the very weights an undisturbed run gives on the same device. `ValueError` on anything that the
    user can mend: shards missing or at odds, a folder in use, a device that is not there.
    """
    run = Run(build, folder, shape, settings, clock)
    step_tokens = run.batch_size * run.shards.footer.sequence_length
    reporter = Reporter(
        console or Console(),
        steps=settings.steps,
        step_tokens=step_tokens,
        log_every=settings.log_every,
    )
    reporter.note(run.described())
    with deferred_interrupts() as interruption, reporter.running(run.step):
        for batch in run.remaining_batches():
            reporter.step(run.train(batch))
            if settings.eval_every and run.step % settings.eval_every == 0:
                reporter.note(run.evaluate())
            if interruption.requested:
                break
            if settings.checkpoint_every and run.step % settings.checkpoint_every == 0:
                run.save_checkpoint()
        run.save_checkpoint()
    if run.step < settings.steps:
        reporter.note(f"Stopped after step {run.step}; the same command goes on from there.")
        return run.result(interrupted=True)
    if run.validation_step != run.step:
        reporter.note(run.evaluate())
    run.save_model()
    reporter.note(f"Saved to {folder}: {run.summary()}")
    return run.result(interrupted=False)


class Run:
    """A run in memory: what a step changes, what a checkpoint holds."""

    def __init__(
        self,
        build: Path,
        folder: Path,
        shape: ModelShape,
        settings: PretrainSettings,
        clock: Callable[[], float],
    ) -> None:
        self._build, self._folder, self._settings, self._clock = build, folder, settings, clock
        self._device, self._dtype = choose_device(settings.device, settings.dtype)
        self.batch_size = _batch_size(build / "pretrain", settings)
        self.shards = _open(build, "train", settings, self.batch_size)
        self._validation_shards = _validation_shards(build, settings, self.batch_size, self.shards)
        self._bytes_by_token = _bytes_by_token(build, self.shards)
        self.step = 0
        self.validation: Validation | None = None
        self.validation_step: int | None = None
        _claim(folder)
        self._identity = _identity(shape, settings, self.shards)
        self._model = make_model(shape, self.shards.footer, seed=settings.seed).to(self._device)
        self._optimiser = Optimiser(self._model, settings)
        self._resume()
        self._metrics = MetricsLog(folder, self.step)
        self.unigram_entropy = unigram_entropy(self.shards.shards)

    def described(self) -> str:
        """One line on what is about to be trained on what."""
        footer = self.shards.footer
        tokens = self.shards.num_rows * footer.sequence_length
        begun = f", going on from step {self.step}" if self.step else ""
        return (
            f"{num_parameters(self._model):,} parameters on {self._device};"
            f" {tokens:,} tokens in rows of {footer.sequence_length:,},"
            f" {self.batch_size} rows a step;"
            f" unigram entropy {self.unigram_entropy:.3f} nats{begun}"
        )

    def remaining_batches(self) -> Iterator[Batch]:
        """A batch for each step that is left, epoch after epoch."""
        while self.step < self._settings.steps:
            for batch in self.shards:
                yield batch
                if self.step >= self._settings.steps:
                    return
            self.shards.start_epoch(self.shards.epoch + 1)

    def train(self, batch: Batch) -> dict[str, Any]:
        """One step of the optimiser; the record of it. `ValueError` where the loss is lost."""
        began = self._clock()
        loss = packed_loss(self._model, batch, self._dtype)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._settings.grad_clip)
        rate = self._optimiser.step(self.step)
        self.step += 1
        record = {
            "step": self.step,
            "loss": _finite(loss.item(), self.step, rate),
            "learning_rate": rate,
            "grad_norm": norm.item(),
            "tokens": self.step * batch["input_ids"].numel(),
            "seconds": round(self._clock() - began, 4),
        }
        self._metrics.write(record)
        return record

    def evaluate(self) -> str:
        """Look at the validation split; one line on what was seen."""
        self.validation_step = self.step
        if self._validation_shards is None:
            return "no validation split: nothing to evaluate on"
        self.validation = validate(
            self._model,
            self._validation_shards,
            max_tokens=self._settings.eval_tokens,
            bytes_by_token=self._bytes_by_token,
            dtype=self._dtype,
        )
        if self.validation is None:
            return "the validation split has no labels: nothing to evaluate on"
        self._metrics.write(
            {
                "step": self.step,
                "validation_loss": self.validation.loss,
                "validation_bits_per_byte": self.validation.bits_per_byte,
            }
        )
        return f"step {self.step}  {_described(self.validation)}"

    def save_checkpoint(self) -> None:
        """Save all that the next step depends on."""
        save_checkpoint(
            self._folder,
            {
                "identity": self._identity,
                "step": self.step,
                "shards": self.shards.state_dict(),
                "model": self._model.state_dict(),
                "optimiser": self._optimiser.state_dict(),
            },
        )

    def save_model(self) -> None:
        """Save the weights as they are, with the tokenizer and a card."""
        results = {"steps": f"{self.step:,}", "result": self.summary()}
        tokenizer = self._build / "tokenizer"
        save_model(
            self._folder,
            self._model,
            tokenizer=tokenizer,
            footer=self.shards.footer,
            results=results,
        )

    def summary(self) -> str:
        """Loss against the unigram entropy, and the validation's, in words."""
        loss = self._metrics.recent_loss()
        parts = [f"loss {loss:.3f}"] if loss is not None else []
        parts.append(f"unigram entropy {self.unigram_entropy:.3f}")
        if self.validation:
            parts.append(_described(self.validation))
        return ", ".join(parts)

    def result(self, *, interrupted: bool) -> PretrainResult:
        """What the run came to."""
        return PretrainResult(
            folder=self._folder,
            step=self.step,
            interrupted=interrupted,
            loss=self._metrics.recent_loss(),
            unigram_entropy=self.unigram_entropy,
            validation=None if interrupted else self.validation,
        )

    def _resume(self) -> None:
        state = load_checkpoint(self._folder, self._identity)
        if state is None:
            return
        self._model.load_state_dict(state["model"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.shards.load_state_dict(state["shards"])
        self.step = state["step"]


def _batch_size(folder: Path, settings: PretrainSettings) -> int:
    """Rows a step: as many as make `batch_tokens`, at least one, at most all there are."""
    shards = ShardSet(folder, "train")
    if not shards.num_rows:
        raise ValueError(f"the train shards in {folder} have no rows")
    rows = round(settings.batch_tokens / shards.footer.sequence_length)
    return min(max(1, rows), shards.num_rows)


def _open(
    build: Path, split: str, settings: PretrainSettings, batch_size: int, *, drop_last: bool = True
) -> PackedShards:
    folder = build / "pretrain"
    seed = settings.seed
    return PackedShards(folder, split, seed=seed, batch_size=batch_size, drop_last=drop_last)


def _validation_shards(
    build: Path, settings: PretrainSettings, batch_size: int, train: PackedShards
) -> PackedShards | None:
    if not has_split(build / "pretrain", "validation"):
        return None
    shards = _open(build, "validation", settings, batch_size, drop_last=False)
    train.footer.require_same(shards.footer, shards.shards.paths[0])
    return shards


def _bytes_by_token(build: Path, shards: PackedShards) -> torch.Tensor | None:
    tokenizer = build / "tokenizer" / "tokenizer.json"
    if not tokenizer.is_file():
        raise ValueError(f"{tokenizer} is missing: is {build} a finished build?")
    if text_digest(tokenizer) != shards.footer.tokenizer_digest:
        raise ValueError(f"{tokenizer} is not the tokenizer that encoded the shards: build again")
    table = token_bytes(tokenizer, shards.footer.vocab_size)
    return None if table is None else torch.from_numpy(table)


def _claim(folder: Path) -> None:
    """Make `folder`, or see that it holds nothing but an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / CHECKPOINT).exists():
        return
    others = [p.name for p in folder.iterdir() if p.name != METRICS]
    others = sorted(name for name in others if not name.endswith(TEMPORARY_SUFFIX))
    if others:
        raise ValueError(f"{folder} holds {others[0]} and no run to go on with; choose another")


def _identity(
    shape: ModelShape, settings: PretrainSettings, shards: PackedShards
) -> dict[str, Any]:
    """What must be the same for a checkpoint to be gone on with."""
    values = dataclasses.asdict(settings)
    return {
        **dataclasses.asdict(shape),
        **{name: value for name, value in values.items() if name not in FREE_SETTINGS},
        "sequence_length": shards.footer.sequence_length,
        "tokenizer_digest": shards.footer.tokenizer_digest,
        "rows": shards.num_rows,
    }


def _finite(loss: float, step: int, rate: float) -> float:
    if not math.isfinite(loss):
        raise ValueError(f"the loss is {loss} at step {step}: try a rate below {rate:g}")
    return loss


def _described(validation: Validation) -> str:
    text = f"validation loss {validation.loss:.3f}"
    if validation.bits_per_byte is not None:
        text += f" ({validation.bits_per_byte:.3f} bits per byte)"
    return text
