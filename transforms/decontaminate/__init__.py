"""Finds the prompts, solutions and tests of benchmarks in files. See docs/decontamination.md."""

from codemill.transforms.decontaminate.detector import (
    Detector,
    Thresholds,
    contamination_lists,
    details,
    worst,
)
from codemill.transforms.decontaminate.items import FINGERPRINTS, fingerprints
from codemill.transforms.decontaminate.outline import Outline, OutlineReader
from codemill.transforms.decontaminate.removal import Remover, span_lists

__all__ = [
    "FINGERPRINTS",
    "Detector",
    "Outline",
    "OutlineReader",
    "Remover",
    "Thresholds",
    "contamination_lists",
    "details",
    "fingerprints",
    "span_lists",
    "worst",
]
