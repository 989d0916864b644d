"""One signal of learning value, and the files that it is taken of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Files:
    """A batch of files, and what their measures are taken against."""

    columns: pa.RecordBatch
    """`FILES_HEAD` up to `learning_value`, and the struct `scores`."""

    reference_secs: int
    """The moment that ages are counted to, seconds since 1970 UTC."""

    code: pa.Array
    """Names of the languages whose files are code."""

    data: pa.Array
    """Names of the languages whose files are data."""

    def column(self, name: str) -> Floats:
        """A column of numbers or booleans as float64, NaN where null."""
        return _floats(self.columns.column(name))

    def score(self, name: str) -> Floats:
        """A score; NaN where null and where the recipe has no such score."""
        scores = self.columns.column("scores")
        if scores.type.get_field_index(name) < 0:
            return np.full(len(scores), np.nan)
        return _floats(pc.struct_field(scores, name))

    def sign(self, name: str) -> Floats:
        """What the repository's paths tell; NaN where they are not known."""
        return _floats(pc.struct_field(self.columns.column("repository_signs"), name))

    def in_languages(self, names: pa.Array) -> npt.NDArray[np.bool_]:
        """Which files are in one of the languages."""
        language = self.columns.column("language")
        return np.asarray(pc.is_in(language, value_set=names.cast(language.type)))

    def of_code(self, measured: Floats) -> Floats:
        """`measured` where the file is code, NaN elsewhere."""
        return np.where(self.in_languages(self.code), measured, np.nan)


def _floats(values: pa.Array) -> Floats:
    return np.asarray(
        pc.fill_null(values.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False),
        dtype=np.float64,
    )


@dataclass(frozen=True)
class Component:
    """One signal, as a number from 0 to 1: straight lines between `points`."""

    name: str
    kind: Literal["merit", "flaw"]
    weight: float
    """A merit's part in the mean, 0 or more; the share that a flaw takes away at most, 0 to 1."""
    measured: str
    """What is measured, with its unit."""
    measure: Callable[[Files], Floats]
    """It; NaN where it is not known."""
    points: tuple[tuple[float, float], ...]
    """(measure, component), measures ascending; level before the first and after the last."""
    why: str
    """Why it tells of learning value, with a source where there is one."""
    log: bool = False
    """Whether the lines are straight over log(1 + measure) rather than over the measure."""

    def __call__(self, files: Files) -> Floats:
        """The component of every file, NaN where it is not known."""
        at, value = (
            np.array(column, dtype=np.float64) for column in zip(*self.points, strict=True)
        )
        measured = self.measure(files)
        if self.log:
            at, measured = np.log1p(at), np.log1p(np.maximum(measured, 0.0))
        return np.interp(measured, at, value)

    @property
    def rises(self) -> bool:
        """Whether more of the measure is never worse."""
        return all(low <= high for (_, low), (_, high) in pairwise(self.points))

    @property
    def falls(self) -> bool:
        """Whether more of the measure is never better."""
        return all(low >= high for (_, low), (_, high) in pairwise(self.points))
