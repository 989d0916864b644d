"""Every quality filter by itself.

Twice: alone, where it pays for all it looks at; and with what filters share (lines, characters,
runs) computed before, which is what it adds to a recipe that has the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.kernels.stopwatch import Measured, best_of
from codemill.pipeline.packaged import load_vocabulary
from codemill.transforms.quality import Filter, QualityBatch, discover
from codemill.transforms.quality.fertility import Fertility

TOGETHER = "all filters together"
FERTILITY = "bytes a token, for gibberish"


def measure_filters(judged: pa.Table, repeats: int) -> list[Measured]:
    """Figures of each filter alone, the speed after the others as a note; then of all together."""
    columns = judged.to_batches()
    size = sum(pc.sum(pc.binary_length(b.column("text"))).as_py() or 0 for b in columns)
    filters = list(discover().values())
    primed = [QualityBatch.of(batch) for batch in columns]
    for batch in primed:
        _score(filters, batch)
    told = []
    for each in filters:
        added, _ = best_of(repeats, lambda each=each: [each.score(batch) for batch in primed])
        alone = _measured(each.name, size, repeats, [each], columns)
        told.append(replace(alone, note=f"{Measured('', size, added).speed:,.0f}"))
    told.append(_measured(TOGETHER, size, repeats, filters, columns))
    fertility = Fertility(load_vocabulary())
    seconds, _ = best_of(repeats, lambda: [fertility(b.column("text")) for b in columns])
    return [*told, Measured(FERTILITY, size, seconds)]


def _measured(
    name: str, size: int, repeats: int, filters: Sequence[Filter], batches: list[pa.RecordBatch]
) -> Measured:
    seconds, _ = best_of(
        repeats, lambda: [_score(filters, QualityBatch.of(batch)) for batch in batches]
    )
    return Measured(name, size, seconds)


def _score(filters: Sequence[Filter], batch: QualityBatch) -> None:
    """Each score once, as a judge computes them."""
    for each in {f.score_name: f for f in filters}.values():
        each.score(batch)
