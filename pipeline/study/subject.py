"""What is studied: a score of a build, the filter that is held against it, and its neighbours."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs import load_languages
from codemill.pipeline import parts, storage
from codemill.pipeline.config import FilesConfig, config_from_table
from codemill.pipeline.errors import UserError
from codemill.pipeline.file_steps import make_judge
from codemill.pipeline.stages.files import FILES_DIR, JUDGED
from codemill.transforms.quality import Filter, Judge, discover


@dataclass(frozen=True)
class Judged:
    """A build whose files are all judged."""

    root: str
    config: FilesConfig
    judge: Judge
    parts: tuple[str, ...]
    """Names of the parts of `files/`, sorted."""
    schema: pa.Schema

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of every number that a file has: its scores, then columns that are floats."""
        columns = [
            f.name for f in self.schema if f.type == pa.float64() and f.name not in _DECISION
        ]
        return tuple(dict.fromkeys([*self.judge.score_names, *columns]))


_DECISION = ("value", "threshold")


def open_judged(root: str) -> Judged:
    """The build in `root`; `UserError` where its files are not all judged."""
    manifest = storage.read_json(storage.join(root, "manifest.json"))
    table = manifest["config"] if manifest else storage.read_json(storage.join(root, JUDGED))
    if table is None:
        raise UserError(f"{root} holds no finished build: run codemill build with --out {root}")
    config = config_from_table({"files": table["files"]}).files
    names = tuple(sorted(parts.committed(root, FILES_DIR)))
    if not names:
        raise UserError(f"{root}/{FILES_DIR} holds no part: nothing was judged")
    with storage.open_parquet(storage.join(root, FILES_DIR, f"{names[0]}.parquet")) as file:
        schema = file.schema_arrow
    judge = make_judge(config, load_languages())
    known = {*schema.names, *(field.name for field in schema.field("scores").type)}
    if lacking := [name for name in judge.score_names if name not in known]:
        raise UserError(
            f"{root} was made by other filters than these and has no {', '.join(lacking)}: "
            "make its files again with codemill build"
        )
    return Judged(root, config, judge, names, schema)


@dataclass(frozen=True)
class Subject:
    """One score, and the filter that decides on it."""

    name: str
    score: str
    """A field of `scores`, or a column."""
    filter: Filter | None
    """None for a score that no filter of the recipe is named for: nothing is held against it."""
    judge: Judge
    what_if: float | None = None
    """The threshold to try in place of the build's."""

    @property
    def drops_above(self) -> bool:
        """Whether what is dropped lies above the threshold; below it for a score without filter."""
        return self.filter is not None and self.filter.drops_above

    def values(self, batch: pa.RecordBatch) -> pa.Array:
        """The score of each row."""
        return score_of(batch, self.score)

    def lines(self, language: pa.StringArray) -> pa.Array:
        """What each row is held against, the threshold to try in its place; null where off."""
        if self.filter is None:
            return pa.array([self.what_if] * len(language), pa.float64())
        limit = self.judge.limits(language)[self.filter.name]
        if isinstance(limit, pa.Scalar):
            limit = pa.repeat(limit, len(language))
        if self.what_if is None:
            return limit
        return pc.if_else(pc.is_valid(limit), self.what_if, limit)

    def line(self, language: str | None) -> float | None:
        """What files of a language are held against."""
        found: float | None = self.lines(pa.array([language], pa.string()))[0].as_py()
        return found

    def spared(self, batch: pa.RecordBatch) -> pa.BooleanArray:
        """Rows that no other rule of the stage drops: this score alone decides on them."""
        spared = not_dropped_otherwise(self.judge, batch)
        dropped = self.judge.drops(scores_of(self.judge, batch), batch.column("language"))
        for name, mask in dropped.items():
            if self.filter is None or name != self.filter.name:
                spared = pc.and_not(spared, mask)
        return spared


def not_dropped_otherwise(judge: Judge, batch: pa.RecordBatch) -> pa.BooleanArray:
    """Rows that are kept, or that a filter dropped and no other kind of rule before it."""
    filters = pa.array([f.name for f in judge.filters], pa.string())
    rule = batch.column("rule")
    return pc.or_(pc.is_null(rule), pc.is_in(rule, value_set=filters))


def scores_of(judge: Judge, batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """The scores that the judge decides on, by name."""
    return {name: score_of(batch, name) for name in judge.score_names}


def score_of(batch: pa.RecordBatch, name: str) -> pa.Array:
    """The score `name` of every row: a field of `scores`, else a column."""
    scores = batch.column("scores")
    if scores.type.get_field_index(name) >= 0:
        return pc.struct_field(scores, name)
    return batch.column(name)


def subject_of(build: Judged, name: str, what_if: float | None) -> Subject:
    """The filter or score called `name`; `UserError` naming the nearest where there is none."""
    filters = {each.name: each for each in build.judge.filters}
    if name in filters:
        return Subject(name, filters[name].score_name, filters[name], build.judge, what_if)
    if name in build.scores:
        return Subject(name, name, None, build.judge, what_if)
    if name in discover():
        raise UserError(
            f"the filter {name} was not in the recipe of {build.root}, so it has no score there: "
            f"name it in files.filters; the build has {', '.join(filters)}"
        )
    raise UserError(f"no filter or score is called {name!r}{nearest(name, filters, build.scores)}")


def nearest(name: str, *known: Iterable[str]) -> str:
    """A question for what was meant."""
    every = sorted({each for names in known for each in names})
    close = difflib.get_close_matches(name, every, n=1, cutoff=0.0)
    return f"; did you mean {close[0]!r}?" if close else ""
