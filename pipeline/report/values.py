"""Learning value over the kept text: its distribution by language, the best and the worst files."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline.report.figures import Row, Scores, Values

EDGES = np.linspace(0, 1, 26)
SHOWN = 8
"""Best and worst files shown."""
TIES = [("file_id", "ascending")]
"""Ids are hashes: files of equal value come in an order that nothing else has."""
COLUMNS = ("file_id", "repository", "path", "language", "learning_value")


@dataclass
class ValueReader:
    """What a report shows of the learning values, gathered batch by batch."""

    _counts: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    _sums: dict[str, float] = field(default_factory=dict)
    _best: list[Row] = field(default_factory=list)
    _worst: list[Row] = field(default_factory=list)

    def add(self, rows: pa.RecordBatch) -> None:
        """Count the files whose value is known."""
        rows = rows.select(list(COLUMNS)).filter(pc.is_valid(rows.column("learning_value")))
        value = rows.column("learning_value").to_numpy()
        places = np.clip(np.searchsorted(EDGES, value, side="right") - 1, 0, len(EDGES) - 2)
        languages = rows.column("language").dictionary_encode()
        codes = languages.indices.to_numpy()
        for code, name in enumerate(languages.dictionary.to_pylist()):
            found = np.bincount(places[codes == code], minlength=len(EDGES) - 1)
            self._counts[name] = self._counts.get(name, np.zeros(len(EDGES) - 1, np.int64)) + found
            self._sums[name] = self._sums.get(name, 0.0) + float(value[codes == code].sum())
        self._best = _first(self._best, rows, [("learning_value", "descending"), *TIES])
        self._worst = _first(self._worst, rows, [("learning_value", "ascending"), *TIES])

    def values(self) -> Values:
        """The languages with most files first."""
        ranked = sorted(self._counts, key=lambda n: (-int(self._counts[n].sum()), n))
        nothing = [0] * (len(EDGES) - 1)
        return Values(
            [
                Scores(name, EDGES.tolist(), self._counts[name].tolist(), nothing, [])
                for name in ranked
            ],
            {name: self._sums[name] / int(self._counts[name].sum()) for name in ranked},
            self._best,
            self._worst,
        )


def _first(before: list[Row], rows: pa.RecordBatch, order: list[tuple[str, str]]) -> list[Row]:
    """The first of `before` and `rows` together."""
    found = pa.Table.from_batches([rows])
    both = pa.concat_tables([pa.Table.from_pylist(before, found.schema), found])
    first: list[Row] = both.sort_by(order).slice(0, SHOWN).to_pylist()
    return first
