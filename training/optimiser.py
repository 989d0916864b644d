"""AdamW with its schedule."""

from __future__ import annotations

import math

import torch

from codemill.training.settings import PretrainSettings


def make_optimiser(model: torch.nn.Module, settings: PretrainSettings) -> torch.optim.AdamW:
    """AdamW in two groups: matrices decay, vectors (the norms' scales) do not."""
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [
        {"params": matrices, "weight_decay": settings.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, betas=(settings.beta1, settings.beta2), fused=True)


def learning_rate_at(step: int, peak: float, settings: PretrainSettings) -> float:
    """The rate of 0-based `step`: a linear rise to `peak`, then a cosine down to its end share."""
    if step < settings.warmup_steps:
        return peak * (step + 1) / settings.warmup_steps
    falling = max(1, settings.steps - settings.warmup_steps)
    done = (step - settings.warmup_steps) / falling
    low = settings.final_learning_rate_share
    return peak * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use `rate` in the next step, in every group."""
    for group in optimiser.param_groups:
        group["lr"] = rate
