"""What a quality filter is.

A filter lives in a module of its own in this package, which has its name. It is found there, and
takes part once a recipe names it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch

Threshold: TypeAlias = pa.Array | pa.Scalar
"""float64, one for the batch or one a row; null where the filter is off."""


class Filter(ABC):
    """A score of each file, and which scores are dropped."""

    name: ClassVar[str]
    """What it catches; completes `dropped because of ...`. The module's name."""

    score_name: ClassVar[str]
    """The score's field. Filters that share one share the score: it is computed once."""

    digits: ClassVar[int]
    """Decimal digits the score is rounded to before it is held against the threshold."""

    default: ClassVar[float]
    """The threshold unless the run or the language sets another."""

    expects: ClassVar[float]
    """Share of a language's files it drops at most where all is well; more is worth a warning.
    A language that expects another has it in its YAML."""

    expects_least: ClassVar[float] = 0.0
    """Share of a corpus's files it drops at least: fewer, and it is broken or off unnoticed."""

    drops_above: ClassVar[bool]
    """Whether what it drops lies above the threshold, else below."""

    @abstractmethod
    def score(self, batch: QualityBatch) -> pa.Array:
        """A float64 array as long as the batch; null where the filter does not apply."""

    @abstractmethod
    def drops(self, score: pa.Array, threshold: Threshold) -> pa.BooleanArray:
        """Which rows are dropped. Never null: a null score or threshold drops nothing."""


class Maximum(Filter):
    """Drops what scores above the threshold."""

    drops_above = True

    def drops(self, score: pa.Array, threshold: Threshold) -> pa.BooleanArray:
        """Which scores are greater than `threshold`."""
        return pc.fill_null(pc.greater(score, threshold), False)


class Minimum(Filter):
    """Drops what scores below the threshold."""

    drops_above = False

    def drops(self, score: pa.Array, threshold: Threshold) -> pa.BooleanArray:
        """Which scores are less than `threshold`."""
        return pc.fill_null(pc.less(score, threshold), False)
