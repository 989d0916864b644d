from collections.abc import Callable

import pyarrow as pa
import pytest

from codemill.transforms.decode import num_lines
from codemill.transforms.quality import QualityBatch, discover


@pytest.fixture
def batch_of() -> Callable[..., QualityBatch]:
    """A batch of texts, which may be None; the other columns have defaults."""

    def make(*texts, languages=None, errors=None, comments=None, fertility=None):
        column = pa.array(texts, pa.large_string())
        return QualityBatch(
            column,
            pa.array(languages or ["Python"] * len(texts), pa.string()),
            num_lines(column),
            pa.array(errors or [None] * len(texts), pa.float64()),
            pa.array(comments or [None] * len(texts), pa.float64()),
            pa.array(fertility or [None] * len(texts), pa.float64()),
        )

    return make


@pytest.fixture
def score(batch_of) -> Callable[..., list[float | None]]:
    """Scores of texts by one filter."""

    def compute(name, *texts, **columns):
        return discover()[name].score(batch_of(*texts, **columns)).to_pylist()

    return compute


@pytest.fixture
def drops(batch_of) -> Callable[..., list[bool]]:
    """Which texts a filter drops at its default threshold."""

    def compute(name, *texts, **columns):
        each = discover()[name]
        scores = each.score(batch_of(*texts, **columns))
        return each.drops(scores, pa.scalar(each.default, pa.float64())).to_pylist()

    return compute
