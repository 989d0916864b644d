"""Rewrites files so that none gains an error of syntax."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs.bounded_parser import with_deep_stack
from codemill.transforms.columns import with_rows
from codemill.transforms.decode import num_lines
from codemill.transforms.edits import Edit, edited, edited_column
from codemill.transforms.syntax import FileSyntax, file_syntax, syntax_columns
from codemill.transforms.trees import Parsers, Tree

Forms = Callable[[Sequence[Edit], Tree, bytes], Iterable[list[Edit]]]
"""A file's edits, tree and content -> the edits in the forms to be tried, the best first."""

SYNTAX = (
    "parse_error_share",
    "comment_share",
    "docstring_share",
    "documented_share",
    "functions",
    "unparsed",
)
"""Columns that the parse makes and a rewrite makes anew."""


@dataclass(frozen=True)
class RewrittenFile:
    """One file after its edits."""

    row: int
    edits: Sequence[Edit]
    """As they were done."""

    is_sound: bool = True
    """False where every form gains an error; then `edits` are those of the last."""

    syntax: FileSyntax | None = None
    """What the parse says of the new content; None where the old one has no tree."""


@dataclass(frozen=True)
class Rewritten:
    """What a `Rewriter` makes of a batch."""

    columns: dict[str, pa.Array]
    """`text`, `num_lines` and those of `SYNTAX`, one value a row of the batch."""

    edits: list[Edit]
    """As they were done, in order of row and start."""

    is_broken: pa.BooleanArray
    """Which rows gained an error of syntax in any form; never null."""


@dataclass(frozen=True)
class Rewriter:
    """Does edits and parses the outcome: of a file in no language, or too long, there is none."""

    parsers: Parsers

    def __call__(self, batch: pa.RecordBatch, edits: Iterable[Edit], forms: Forms) -> Rewritten:
        """A batch with path, text and the syntax columns; its edits in order of row and start."""
        files = with_deep_stack(lambda: list(self._files(batch, edits, forms)))
        done = [edit for file in files for edit in file.edits]
        text = edited_column(batch.column("text"), done)
        parsed = [file for file in files if file.syntax is not None]
        rows = np.array([file.row for file in parsed], np.int64)
        anew = syntax_columns([file.syntax for file in parsed if file.syntax is not None])
        broken = pa.array([file.row for file in files if not file.is_sound], pa.int64())
        return Rewritten(
            columns={
                "text": text,
                "num_lines": num_lines(text),
                **{x: with_rows(batch.column(x), rows, getattr(anew, x)) for x in SYNTAX},
            },
            edits=done,
            is_broken=pc.is_in(pa.array(np.arange(batch.num_rows)), value_set=broken),
        )

    def _files(
        self, batch: pa.RecordBatch, edits: Iterable[Edit], forms: Forms
    ) -> Iterator[RewrittenFile]:
        for row, of_row in groupby(edits, key=lambda edit: edit.row):
            path, language, by = (
                batch.column(name)[row].as_py() for name in ("path", "language", "language_by")
            )
            content = batch.column("text")[row].as_buffer().to_pybytes()
            yield self._file(row, path, FileSyntax(language, by), content, list(of_row), forms)

    def _file(
        self,
        row: int,
        path: str,
        known: FileSyntax,
        content: bytes,
        edits: Sequence[Edit],
        forms: Forms,
    ) -> RewrittenFile:
        """The file after the first of `forms` with no more errors than it had."""
        language, by = known.language or "", known.language_by or ""
        before = self.parsers.tree(language, path, content)
        if not isinstance(before, Tree):
            return RewrittenFile(row, edits)
        outcome = RewrittenFile(row, ())
        for form in forms(edits, before, content):
            new = edited(content, form)
            after = self.parsers.tree(language, path, new)
            is_sound = isinstance(after, Tree) and after.num_errors <= before.num_errors
            outcome = RewrittenFile(row, form, is_sound, file_syntax(language, by, after, new))
            if is_sound:
                break
        return outcome
