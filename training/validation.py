"""The loss on the validation split, and the bits a byte that it amounts to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from transformers import LlamaForCausalLM

from codemill.training.loader import Batch, PackedShards
from codemill.training.model import packed_loss
from codemill.training.shards import IGNORED_LABEL


@dataclass(frozen=True)
class Validation:
    """What one evaluation found."""

    loss: float
    """Nats a predicted token."""
    bits_per_byte: float | None
    """Bits a byte of the text that the predicted tokens stand for; None where that is not known."""


def validate(
    model: LlamaForCausalLM,
    shards: PackedShards,
    *,
    max_tokens: int,
    bytes_by_token: torch.Tensor | None,
    dtype: torch.dtype,
) -> Validation | None:
    """Loss over the first `max_tokens` tokens, to whole batches, of epoch 0 of `shards`.

    None where nothing there is predicted. `bytes_by_token` is int64 [vocabulary].
    """
    nats, num_tokens, num_bytes = 0.0, 0, 0
    with torch.inference_mode():
        for batch in _first(shards, max_tokens):
            predicted = _predicted(batch)
            if not len(predicted):
                continue
            nats += packed_loss(model, batch, dtype).item() * len(predicted)
            num_tokens += len(predicted)
            if bytes_by_token is not None:
                num_bytes += int(bytes_by_token[predicted].sum())
    if not num_tokens:
        return None
    bits = nats / math.log(2)
    return Validation(nats / num_tokens, bits / num_bytes if num_bytes else None)


def _first(shards: PackedShards, max_tokens: int) -> Iterator[Batch]:
    shards.start_epoch(0)
    for batch in shards:
        yield batch
        max_tokens -= batch["input_ids"].numel()
        if max_tokens <= 0:
            return


def _predicted(batch: Batch) -> torch.Tensor:
    """Ids of the tokens that the model predicts: it has nothing before a row's first."""
    labels = batch["labels"][:, 1:]
    return labels[labels != IGNORED_LABEL]
