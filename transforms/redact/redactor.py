"""Replaces the secrets and addresses in a column of texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.transforms.columns import struct_lists
from codemill.transforms.edits import Edit, edited_column
from codemill.transforms.redact.finder import Finder
from codemill.transforms.redact.patterns import KINDS, Patterns
from codemill.transforms.redact.placeholders import placeholder, repository_key
from codemill.transforms.schema import REDACTION


@dataclass(frozen=True)
class Redacted:
    """What a `Redactor` returns: arrays as long as the column it was given."""

    text: pa.LargeStringArray
    """The texts with placeholders; the very array that was given where nothing was found."""

    redactions: pa.ListArray
    """list<schema.REDACTION> by `start`; empty where nothing was replaced or the text is null."""


class Redactor:
    """Replaces what a `Finder` finds by typed placeholders.

    Equal values get equal placeholders within a repository and unrelated ones across repositories.
    """

    def __init__(self, patterns: Patterns, kinds: Collection[str] = KINDS) -> None:
        """What is of none of `kinds` stays, and so does what stands inside it."""
        self._find = Finder(patterns)
        self._kinds = frozenset(kinds)

    def __call__(self, text: pa.LargeStringArray, repository: pa.Array) -> Redacted:
        """Redact a column; `repository` (string, as long, without nulls) keys the placeholders."""
        edits = list(self.edits(text, repository))
        return Redacted(edited_column(text, edits), redaction_lists(edits, len(text)))

    def edits(self, text: pa.LargeStringArray, repository: pa.Array) -> Iterator[Edit]:
        """What is to be replaced, in order of row and start."""
        for row, content, findings in self._find(text):
            key = repository_key(repository[row].as_py())
            for finding in findings:
                if finding.kind in self._kinds:
                    start, end = finding.value
                    replacement = placeholder(finding.replacement, content[start:end], key)
                    yield Edit(row, start, end, finding.kind, replacement)


def redaction_lists(edits: Sequence[Edit], num_rows: int) -> pa.ListArray:
    """list<schema.REDACTION>, one a row, of edits in order of row."""
    rows = np.array([edit.row for edit in edits], np.int64)
    return struct_lists(edits, np.bincount(rows, minlength=num_rows), REDACTION)
