"""Every score of a file beside what it is held against, for `inspect` and `explain`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
from rich.table import Table
from rich.text import Text

from codemill.pipeline.report.words import measure
from codemill.transforms.quality import Judge

NEAR = 0.1
"""A score that is nearer to its threshold than this part of it is a near miss."""


@dataclass(frozen=True)
class Held:
    """One filter on one file."""

    filter: str
    score: str
    value: float | None
    """Null where the filter has nothing to measure in the file."""
    threshold: float | None
    """Null where the filter is off for the language."""
    drops_above: bool
    drops: bool
    """Whether this filter alone would drop the file."""

    @property
    def is_near(self) -> bool:
        """Whether the file is kept, and little more would have it dropped."""
        if self.drops or self.value is None or not self.threshold:
            return False
        return abs(self.value - self.threshold) <= NEAR * abs(self.threshold)

    def told(self) -> str:
        """What became of it, in a word or two."""
        if self.value is None:
            return "not measured"
        if self.threshold is None:
            return "off"
        return "drops" if self.drops else "near miss" if self.is_near else "passes"

    def line(self) -> str:
        """What it drops, as `above 1,000`."""
        side = "above" if self.drops_above else "below"
        return "" if self.threshold is None else f"{side} {measure(self.threshold)}"

    def as_json(self) -> dict[str, Any]:
        """The keys of `inspect --jsonl`."""
        return {**asdict(self), "near": self.is_near}

    @classmethod
    def from_json(cls, keys: Mapping[str, Any]) -> Held:
        """What `as_json` told."""
        return cls(**{name: value for name, value in keys.items() if name != "near"})


def held(
    judge: Judge, scores: Mapping[str, pa.Array], language: pa.StringArray
) -> list[list[Held]]:
    """For each row what every filter of the recipe says, in the order they decide."""
    limits, drops = judge.limits(language), judge.drops(scores, language)
    columns = []
    for each in judge.filters:
        limit = limits[each.name]
        number = len(language)
        lines = [limit.as_py()] * number if isinstance(limit, pa.Scalar) else limit.to_pylist()
        values = scores[each.score_name].to_pylist()
        told = zip(values, lines, drops[each.name].to_pylist(), strict=True)
        above = each.drops_above
        columns.append(
            [Held(each.name, each.score_name, v, line, above, gone) for v, line, gone in told]
        )
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[]] * len(language)


def held_of_row(judge: Judge, row: Mapping[str, Any]) -> list[Held]:
    """The same of one row of `files/`; scores that it lacks are not measured."""
    scores = row["scores"] or {}
    arrays = {name: pa.array([scores.get(name)], pa.float64()) for name in judge.score_names}
    return held(judge, arrays, pa.array([row["language"]], pa.string()))[0]


def held_table(rows: Iterable[Held]) -> Table:
    """A line a filter: those that drop red, near misses yellow."""
    table = Table("filter", "score", title=None)
    for name in ("value", "drops", ""):
        table.add_column(name, justify="right" if name != "" else "left")
    styles = {"drops": "red", "near miss": "yellow", "passes": "", "off": "dim"}
    for each in rows:
        said = each.told()
        cells = (each.filter, each.score, measure(each.value) or "-", each.line() or "-", said)
        table.add_row(*map(Text, cells), style=styles.get(said, "dim"))
    return table
