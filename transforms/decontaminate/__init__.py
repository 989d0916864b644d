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

__all__ = [
    "FINGERPRINTS",
    "Detector",
    "Outline",
    "OutlineReader",
    "Thresholds",
    "contamination_lists",
    "details",
    "fingerprints",
    "worst",
]
