"""Scores that two filters share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch

DATA_LANGUAGES = frozenset({"CSV", "JSON", "JSON5", "JSONLD", "TSV", "YAML"})


def mean_line_chars(batch: QualityBatch) -> pa.Array:
    """Mean characters of a line, blank ones included, float64; null for an empty text."""
    rows = batch.lines.rows
    num_lines = np.bincount(rows, minlength=len(batch))
    return batch.share(batch.sum_by_row(batch.line_chars, rows), num_lines)


def data_chars(batch: QualityBatch) -> pa.Array:
    """Characters of JSON, YAML and tables, float64; null for other languages."""
    chars = np.where(
        np.asarray(batch.in_languages(DATA_LANGUAGES)), batch.characters.characters, np.nan
    )
    return batch.masked(chars)
