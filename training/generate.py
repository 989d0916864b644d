"""Completion and infilling with a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers import PreTrainedTokenizerBase as Tokenizer

from codemill.training.device import choose_device

INFILLING_ROLES = ("fim_prefix", "fim_suffix", "fim_middle")


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, and how many."""

    max_new_tokens: int = 128
    """Tokens to write at most."""
    temperature: float = 0.8
    """Divides the logits; 0 takes the likeliest token each time."""
    top_p: float = 0.95
    """The likeliest tokens that together have this probability are kept (Holtzman et al. 2020)."""
    seed: int = 0
    """Keys the draws."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens must be at least 1, not {self.max_new_tokens}")
        if self.temperature < 0:
            raise ValueError(f"temperature must be at least 0, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be above 0 and at most 1, not {self.top_p}")

    def arguments(self) -> dict[str, Any]:
        """As transformers' `generate` takes them."""
        if not self.temperature:
            return {"max_new_tokens": self.max_new_tokens, "do_sample": False}
        return {
            "max_new_tokens": self.max_new_tokens,
            "do_sample": True,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "top_k": 0,
        }


DEFAULT_SAMPLING = Sampling()


def load_model(folder: Path, device: str = "auto") -> tuple[PreTrainedModel, Tokenizer]:
    """Model and tokenizer of a folder, ready to generate; nothing is looked up on a network.

    `ValueError` where the folder holds none, or the device is not there.
    """
    chosen, _ = choose_device(device)
    for name in ("config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} is no model folder: it has no {name}")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
    return model.to(chosen).eval(), tokenizer


def generate(
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    prompt: str,
    sampling: Sampling = DEFAULT_SAMPLING,
) -> str:
    """What the model writes after `prompt`, without it, up to the end of the document.

    The prompt is text: a special token's name in it stays text. `ValueError` where it is empty, or
    too long for the model.
    """
    if not prompt:
        raise ValueError("the prompt is empty: the model was never taught a document's first token")
    return _continue(model, tokenizer, _encode(tokenizer, prompt), sampling)


def infill(
    model: PreTrainedModel,
    tokenizer: Tokenizer,
    prefix: str,
    suffix: str,
    sampling: Sampling = DEFAULT_SAMPLING,
) -> str:
    """What the model writes between `prefix` and `suffix`, asked in prefix-suffix-middle order.

    `ValueError` where the model's vocabulary has no tokens for that.
    """
    roles = special_tokens(model)
    missing = [role for role in INFILLING_ROLES if role not in roles]
    if missing:
        raise ValueError(f"the model cannot infill: it has no token for {', '.join(missing)}")
    before, after, middle = (roles[role] for role in INFILLING_ROLES)
    prefix_ids, suffix_ids = _encode(tokenizer, prefix), _encode(tokenizer, suffix)
    ids = [before, *prefix_ids, after, *suffix_ids, middle]
    return _continue(model, tokenizer, ids, sampling)


def special_tokens(model: PreTrainedModel) -> Mapping[str, int]:
    """Token id by role as the training shards had it; empty for a model of other making."""
    roles: Mapping[str, int] = getattr(model.config, "codemill", {}).get("special_tokens", {})
    return roles


def _encode(tokenizer: Tokenizer, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids
    return ids


def _continue(
    model: PreTrainedModel, tokenizer: Tokenizer, ids: list[int], sampling: Sampling
) -> str:
    room = model.config.max_position_embeddings
    if len(ids) + sampling.max_new_tokens > room:
        raise ValueError(
            f"{len(ids)} prompt tokens and {sampling.max_new_tokens} new ones exceed the model's"
            f" {room}"
        )
    prompt = torch.tensor([ids], device=model.device)
    cuda = [model.device] if model.device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(sampling.seed)
        output = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            suppress_tokens=_without_text(model, tokenizer),
            **sampling.arguments(),
        )
    text: str = tokenizer.decode(
        output[0, len(ids) :], skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return text


def _without_text(model: PreTrainedModel, tokenizer: Tokenizer) -> list[int] | None:
    """Ids that pad the vocabulary to a round size: no text belongs to them."""
    return list(range(len(tokenizer), model.config.vocab_size)) or None
