"""Scores of a file's text and the decisions taken on them: one filter a module."""

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Filter
from codemill.transforms.quality.judge import DEFAULT_RECIPE, Judge, Verdict, discover

__all__ = ["DEFAULT_RECIPE", "Filter", "Judge", "QualityBatch", "Verdict", "discover"]
