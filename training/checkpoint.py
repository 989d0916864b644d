"""The state of a run on disk: enough to go on as if nothing had happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from codemill.training.atomic import replacing

CHECKPOINT = "checkpoint.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Put `state` in the place of the folder's checkpoint, whole or not at all."""
    with replacing(folder / CHECKPOINT) as path:
        torch.save(state, path)


def load_checkpoint(folder: Path, identity: dict[str, Any]) -> dict[str, Any] | None:
    """The folder's checkpoint, its tensors on the CPU; None where there is none.

    Only tensors and plain values are read: a checkpoint can run no code. `ValueError` where it is
    damaged, or is of a run that differs in `identity`.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        saved = state["identity"]
    except Exception as error:  # torch raises what the unpickler and the zip reader raise
        raise ValueError(f"{path} cannot be read ({error}); delete it to begin anew") from error
    different = [name for name in identity if saved.get(name) != identity[name]]
    if different:
        shown = ", ".join(f"{n} {saved.get(n)!r} not {identity[n]!r}" for n in different)
        raise ValueError(f"{folder} holds a run with {shown}; choose another folder")
    return dict(state)
