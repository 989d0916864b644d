"""Where a model runs and in which arithmetic."""

from __future__ import annotations

import torch


def choose_device(device: str, dtype: str = "auto") -> tuple[torch.device, torch.dtype]:
    """The device and arithmetic that the settings mean; `ValueError` where it is not there."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:
        first_line = str(error).partition("\n")[0]
        raise ValueError(f"device {device!r} cannot be used: {first_line}") from None
    if dtype == "auto":
        dtype = "bfloat16" if chosen.type == "cuda" else "float32"
    return chosen, torch.bfloat16 if dtype == "bfloat16" else torch.float32
