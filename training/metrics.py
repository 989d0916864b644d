"""The log of a run: one JSON object a line, one line a step."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

from codemill.training.atomic import replacing

METRICS = "metrics.jsonl"


class MetricsLog:
    """`metrics.jsonl` of a run that has done `step` steps: what a lost run wrote after is dropped.

    Lines of training: `step`, `loss` (nats a token), `learning_rate`, `grad_norm`, `tokens` (so far
    and with padding), `seconds` (of the step). Lines of evaluation: `step`, `validation_loss`,
    `validation_bits_per_byte` (null where the vocabulary is not byte-level).
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._path = folder / METRICS
        self._losses: deque[float] = deque(maxlen=10)
        kept = [record for record in _read(self._path) if record["step"] <= step]
        self._losses.extend(record["loss"] for record in kept if "loss" in record)
        with replacing(self._path) as path:
            path.write_text("".join(json.dumps(record) + "\n" for record in kept), "utf-8")

    def write(self, record: dict[str, Any]) -> None:
        """Add one line."""
        if "loss" in record:
            self._losses.append(record["loss"])
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def recent_loss(self) -> float | None:
        """Mean loss of the last ten steps; None before the first."""
        return sum(self._losses) / len(self._losses) if self._losses else None


def _read(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a log; a line that a killed run left torn ends it."""
    records: list[dict[str, Any]] = []
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError:
                break
    return records
