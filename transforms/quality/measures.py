"""Scores that two filters share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch

DATA_LANGUAGES = frozenset({"CSV", "JSON", "JSON5", "JSONLD", "TSV", "YAML"})
HTML = frozenset({"HTML"})

UNSEEN = r"(?is)<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->|<[!/?a-z][^>]*>"
"""RE2: what a browser does not show of a page."""


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


def visible_chars(batch: QualityBatch) -> np.ndarray:
    """Characters that a browser would show, white space collapsed, float64; NaN but for HTML."""
    visible = np.full(len(batch), np.nan)
    rows = np.flatnonzero(np.asarray(pc.and_(batch.in_languages(HTML), batch.text.is_valid())))
    shown = pc.replace_substring_regex(batch.text.take(pa.array(rows)), UNSEEN, " ")
    collapsed = pc.ascii_trim_whitespace(pc.replace_substring_regex(shown, r"\s+", " "))
    visible[rows] = np.asarray(pc.utf8_length(collapsed))
    return visible
