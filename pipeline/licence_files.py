"""The licence and notice files that govern a listing's rows, kept for attribution.

They are read while a source is listed, which may be the one time it is open, and lie beside the
listing: `work/catalog/licence_files`. A text that several paths of a part share is stored once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from codemill.pipeline.parts import PartFile
from codemill.pipeline.sources.entries import blob_id_of
from codemill.transforms.licences.merge import Governing
from codemill.transforms.schema import LICENCE_FILE, arrow_schema

SCHEMA = arrow_schema(LICENCE_FILE)


def governing_ids(
    found: Sequence[Governing], at: pa.Array, contents: Mapping[str, bytes]
) -> pa.ListArray:
    """Per row the git blob ids of the files that govern it, sorted, each once; never null.

    `found` are distinct governings and `at` says which of them is each row's.
    """
    ids = [sorted({blob_id_of(contents[path]) for path in g.files}) for g in found]
    return pa.array(ids, pa.list_(pa.string())).take(at)


class LicenceFileWriter:
    """Writes the governing files of one part's repositories."""

    def __init__(self, file: PartFile) -> None:
        self._file = file
        self._written: set[str] = set()

    def write(
        self,
        repository: str,
        revision: str,
        contents: Mapping[str, bytes],
        stated: Mapping[str, str],
        wanted: set[str],
    ) -> None:
        """Add the files of a repository whose blob id is `wanted`, in the order of their paths."""
        rows = []
        for path in sorted(contents):
            blob_id = blob_id_of(contents[path])
            if blob_id in wanted:
                text = None if blob_id in self._written else readable(contents[path])
                self._written.add(blob_id)
                rows.append(
                    {
                        "repository": repository,
                        "revision": revision,
                        "path": path,
                        "blob_id": blob_id,
                        "licence": stated.get(path),
                        "text": text,
                    }
                )
        self._file.write(pa.RecordBatch.from_pylist(rows, schema=SCHEMA))


def readable(content: bytes) -> str:
    """A licence file's text: UTF-8, else Latin-1, in which old ones write ©; line ends LF."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
