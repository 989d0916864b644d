"""How many repositories of a background each hash of a benchmark is found in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.decontamination.corpus import File, files
from codemill.language_configs import load_grammars, load_languages
from codemill.language_configs.bounded_parser import with_deep_stack
from codemill.transforms.decontaminate.outline import OutlineReader, function_hashes
from codemill.transforms.decontaminate.search import Sieve
from codemill.transforms.decontaminate.tokens import (
    STREAMS,
    Tokens,
    grams,
    names,
    read_tokens,
    rows_of,
)
from codemill.transforms.dedup.ragged import places_among, sorted_distinct

_BLOCK_BYTES = 256 * 1024
MAX_REPOSITORY_BYTES = 4 << 20
"""More of one repository says little: it counts once."""


class Background:
    """Counts, for each of `hashes` (uint64), the repositories that have it."""

    def __init__(self, hashes: np.ndarray) -> None:
        self._hashes = sorted_distinct(hashes.copy())
        self._sieve = Sieve(self._hashes)
        self.repositories = np.zeros(len(self._hashes), np.int32)
        languages = load_languages()
        self._outline = OutlineReader(languages, load_grammars(languages))

    def add(self, repository: Path) -> int:
        """Count one repository in, up to `MAX_REPOSITORY_BYTES` of it; its bytes."""
        seen = np.zeros(len(self._hashes), np.bool_)
        size, waiting, held = 0, [], 0
        for file in files(repository, MAX_REPOSITORY_BYTES):
            size += len(file.content)
            waiting.append(file.content)
            held += len(file.content)
            if file.path.endswith(".py"):
                waiting.append(self._bare(file, seen))
                held += len(file.content)
            if held >= _BLOCK_BYTES:
                self._add_grams(waiting, seen)
                waiting, held = [], 0
        self._add_grams(waiting, seen)
        self.repositories += seen
        self.seen = seen
        return size

    def _bare(self, file: File, seen: np.ndarray) -> bytes:
        """A file without comments, whose functions are counted on the way."""
        outline = with_deep_stack(lambda: self._outline("Python", file.content))
        bare = outline.without_comments(file.content)
        for form in {bare, outline.without_annotations(file.content)}:
            tokens = _tokens([form])
            found = function_hashes(tokens, names(tokens), outline.functions)
            seen[self._sieve(np.array([f.hash for f in found], np.uint64))[1]] = True
        return bare

    def _add_grams(self, contents: list[bytes], seen: np.ndarray) -> None:
        tokens = _tokens(contents)
        for make in STREAMS.values():
            stream = make(tokens)
            place, known = self._sieve(grams(stream))
            seen[known[rows_of(stream, place)[1]]] = True

    def counts(self, hashes: np.ndarray) -> pa.Array:
        """Repositories by hash."""
        return pa.array(self.repositories[places_among(self._hashes, hashes)], pa.int32())


def _tokens(contents: list[bytes]) -> Tokens:
    rows = np.cumsum([0, *map(len, contents)])
    return read_tokens(np.frombuffer(b"".join(contents), np.uint8), rows)


def weighed(fingerprints: pa.Table, background: Background) -> pa.Table:
    """`fingerprints` with the column `repositories` filled in."""
    column = background.counts(fingerprints["hash"].to_numpy())
    place = fingerprints.schema.get_field_index("repositories")
    return fingerprints.set_column(place, fingerprints.schema.field(place), column)
