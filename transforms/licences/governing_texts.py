"""The licence files behind a shard's rows: their copyright lines, and which of them are used."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from codemill.transforms.licences.copyrights import (
    MAX_LINES_OF_LICENCE,
    copyright_lines,
    text_id,
    without_copyright_lines,
)
from codemill.transforms.redact import Redactor
from codemill.transforms.schema import COVER, LICENCE_TEXT

NOTED = pa.schema(
    [
        *(pa.field(c.name, c.type) for c in LICENCE_TEXT if c.name != "covers"),
        *COVER,
    ]
)
"""One row a licence file in use: its text, and where it lies."""


class GoverningTexts:
    """The licence files of one part, asked batch after batch."""

    def __init__(self, files: pa.Table, redactor: Redactor | None) -> None:
        """`files` are rows of `schema.LICENCE_FILE`; `redactor` None leaves them as they are."""
        self._redactor = redactor
        self._noted = self._read(files)
        self._used: set[tuple[str, str]] = set()
        self._lines = {(r["repository"], r["blob_id"]): r["copyright"] for r in self._noted}

    def with_their_lines(
        self, lines: pa.ListArray, repository: pa.Array, licence_texts: pa.ListArray
    ) -> pa.ListArray:
        """Each row's own copyright `lines` and those of the files that govern it, each once."""
        joined = []
        columns = (lines.to_pylist(), repository.to_pylist(), licence_texts.to_pylist())
        for own, name, blob_ids in zip(*columns, strict=True):
            keys = [(name, blob_id) for blob_id in blob_ids]
            self._used.update(keys)
            theirs = (said for key in keys for said in self._lines[key])
            joined.append(list(dict.fromkeys((*own, *theirs))))
        return pa.array(joined, pa.list_(pa.string()))

    def used(self) -> pa.Table:
        """The files that some row so far is governed by, as NOTED, by repository and path."""
        used = [row for row in self._noted if (row["repository"], row["blob_id"]) in self._used]
        table = pa.Table.from_pylist(used, schema=NOTED)
        return table.sort_by([("repository", "ascending"), ("path", "ascending")])

    def _read(self, files: pa.Table) -> list[dict[str, Any]]:
        rows = files.to_pylist()
        texts = {row["blob_id"]: row["text"] for row in rows if row["text"] is not None}
        names = pa.array([row["repository"] for row in rows], pa.string())
        redacted = self._redacted([texts[row["blob_id"]] for row in rows], names)
        return [_noted(row, text) for row, text in zip(rows, redacted, strict=True)]

    def _redacted(self, texts: list[str], repository: pa.Array) -> list[str]:
        if self._redactor is None:
            return texts
        redacted: list[str] = self._redactor(
            pa.array(texts, pa.large_string()), repository
        ).text.to_pylist()
        return redacted


def _noted(row: dict[str, Any], text: str) -> dict[str, Any]:
    said = copyright_lines(text, MAX_LINES_OF_LICENCE)
    shown = without_copyright_lines(text)
    return {**row, "text": shown, "text_id": text_id(text), "copyright": said}
