"""Muon for the blocks' matrices, AdamW for the embedding and the norms, and their schedule."""

from __future__ import annotations

import math
from typing import Any

import torch

from codemill.training.settings import PretrainSettings


class Optimiser:
    """Two optimisers that step as one.

    Muon (Jordan et al. 2024) orthogonalises the momentum of each matrix, so that one rate serves
    all widths. The embedding, which is the output matrix too, and the norms' scales take AdamW
    without decay. With AdamW alone, at the best of three rates (1, 2.4 and 5 thousandths), 3.3
    million parameters ended 200 steps of 2,048 tokens of real code at 6.54 nats, with this at
    5.69; the unigram entropy was 6.96.
    """

    def __init__(self, model: torch.nn.Module, settings: PretrainSettings) -> None:
        self._settings = settings
        matrices, others = _divided(model)
        muon = torch.optim.Muon(
            matrices,
            weight_decay=settings.weight_decay,
            momentum=settings.momentum,
            adjust_lr_fn="original",
        )
        betas = (settings.beta1, settings.beta2)
        adamw = torch.optim.AdamW(others, betas=betas, weight_decay=0.0, fused=True)
        self._parts = {"muon": muon, "adamw": adamw}
        self._peaks = {"muon": settings.learning_rate, "adamw": settings.embedding_learning_rate}

    def step(self, step: int) -> float:
        """Take 0-based `step` with the gradients there are, and clear them; Muon's rate."""
        share = schedule(step, self._settings)
        for name, part in self._parts.items():
            for group in part.param_groups:
                group["lr"] = self._peaks[name] * share
            part.step()
            part.zero_grad(set_to_none=True)
        return self._peaks["muon"] * share

    def state_dict(self) -> dict[str, Any]:
        """The state of both."""
        return {name: part.state_dict() for name, part in self._parts.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        for name, part in self._parts.items():
            part.load_state_dict(state[name])


def schedule(step: int, settings: PretrainSettings) -> float:
    """The share of its peak that the rate has in 0-based `step`: a line up, a cosine down."""
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    falling = max(1, settings.steps - settings.warmup_steps)
    done = min(1.0, (step - settings.warmup_steps) / falling)
    low = settings.final_learning_rate_share
    return low + (1 - low) * 0.5 * (1 + math.cos(math.pi * done))


def _divided(
    model: torch.nn.Module,
) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
    """The blocks' matrices, and all other parameters."""
    embeddings = {
        id(module.weight) for module in model.modules() if isinstance(module, torch.nn.Embedding)
    }
    matrices = [p for p in model.parameters() if p.dim() == 2 and id(p) not in embeddings]
    chosen = {id(p) for p in matrices}
    return matrices, [p for p in model.parameters() if id(p) not in chosen]
