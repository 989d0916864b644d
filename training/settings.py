"""What a training run is told: the model's shape and the run's settings. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

DTYPES = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class ModelShape:
    """The shape of a Llama-style decoder with tied embeddings."""

    hidden_size: int
    """Width of the residual stream."""
    layers: int
    """Decoder blocks."""
    heads: int
    """Attention heads; they divide the width evenly."""

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        for name in ("hidden_size", "layers", "heads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        if self.hidden_size % (2 * self.heads):
            raise ValueError(
                f"hidden_size must be a multiple of twice the heads (rotary positions turn pairs),"
                f" not {self.hidden_size} with {self.heads} heads"
            )

    @property
    def intermediate_size(self) -> int:
        """Width of the gated MLP: 8/3 of `hidden_size` (Shazeer 2020), to a multiple of 64."""
        return -(-8 * self.hidden_size // 3 // 64) * 64


SIZES = {
    "tiny": ModelShape(hidden_size=192, layers=4, heads=3),
    "small": ModelShape(hidden_size=512, layers=8, heads=8),
    "base": ModelShape(hidden_size=768, layers=12, heads=12),
    "large": ModelShape(hidden_size=1024, layers=24, heads=16),
}
"""Named shapes; with 8,192 vocabulary entries 3.3, 30, 91 and 312 million parameters."""


def named_shape(name: str) -> ModelShape:
    """The shape called `name`; `ValueError` lists the names."""
    if name not in SIZES:
        raise ValueError(f"no model size {name!r}; there are {', '.join(SIZES)}")
    return SIZES[name]


@dataclass(frozen=True)
class PretrainSettings:
    """How to train. What decides the weights, and how often to look."""

    steps: int = 200
    """Optimiser steps."""
    batch_tokens: int = 2048
    """Tokens in a step, rounded to whole rows, at least one. Larger is steadier and slower."""
    learning_rate: float = 0.05
    """Peak rate of Muon, which moves the blocks' matrices."""
    embedding_learning_rate: float = 0.01
    """Peak rate of AdamW, which moves the embedding and the norms."""
    warmup_steps: int = 20
    """Steps over which the rate rises linearly to its peak."""
    final_learning_rate_share: float = 0.1
    """Where the cosine ends, as a share of the peak."""
    weight_decay: float = 0.1
    """Muon's; embedding and norms take none."""
    momentum: float = 0.95
    """Muon's decay of the mean gradient."""
    beta1: float = 0.9
    """AdamW's decay of the mean gradient."""
    beta2: float = 0.95
    """AdamW's decay of the mean square: shorter than its default, as language models want."""
    grad_clip: float = 1.0
    """Largest norm of the whole gradient."""
    seed: int = 0
    """Keys the first weights and the order of the rows."""
    device: str = "auto"
    """PyTorch device; `auto` is CUDA where there is one, else the CPU."""
    dtype: str = "auto"
    """Arithmetic: `float32`, `bfloat16` (weights stay float32), or `auto`: bfloat16 on CUDA."""
    eval_every: int = 100
    """Steps between evaluations; 0 evaluates at the end only."""
    eval_tokens: int = 65_536
    """Tokens of the validation split looked at, the same ones each time."""
    checkpoint_every: int = 100
    """Steps between checkpoints; 0 writes one at the end or on interruption only."""
    log_every: int = 10
    """Steps between lines where there is no terminal; the log file has every step."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        for name in ("steps", "batch_tokens", "eval_tokens", "log_every"):
            _require(self, name, getattr(self, name) >= 1, "at least 1")
        for name in ("warmup_steps", "eval_every", "checkpoint_every", "weight_decay"):
            _require(self, name, getattr(self, name) >= 0, "at least 0")
        for name in ("momentum", "beta1", "beta2", "final_learning_rate_share"):
            _require(self, name, 0 <= getattr(self, name) <= 1, "between 0 and 1")
        for name in ("learning_rate", "embedding_learning_rate", "grad_clip"):
            _require(self, name, getattr(self, name) > 0, "above 0")
        _require(self, "dtype", self.dtype in DTYPES, f"one of {', '.join(DTYPES)}")


def _require(settings: PretrainSettings, name: str, holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {what}, not {getattr(settings, name)!r}")
