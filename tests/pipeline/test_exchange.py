"""Exchanges: every row in one partition and one round, work dealt evenly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from codemill.pipeline.runner import RunSettings, deal
from codemill.pipeline.stages.exchange import Exchange, scattered
from codemill.pipeline.versions import check_worker, library_versions


def test_little_memory_makes_more_rounds():
    def divided(memory_bytes, workers=1, runner="DirectRunner"):
        return Exchange.of(100 << 20, RunSettings(runner, workers, memory_bytes))

    assert divided(2 << 30) == Exchange(25, 1)
    assert divided(840 << 20) == Exchange(25, 1)
    assert divided(690 << 20) == Exchange(25, 2)
    assert divided(100 << 20) == Exchange(25, 25)
    assert divided(1 << 30, workers=2) == Exchange(25, 4)
    assert divided(100 << 20, runner="SparkRunner") == Exchange(25, 1)


def test_every_row_is_in_one_partition_of_one_round():
    table = pa.table({"n": pa.array(range(100), pa.int64())})
    division = Exchange(8, 3)
    seen = {}
    for number in range(3):
        for partition, batch in scattered(
            table, np.arange(100), division.partitions, division.round(number)
        ):
            assert partition not in seen
            seen[partition] = batch.column("n").to_pylist()
    assert sorted(n for rows in seen.values() for n in rows) == list(range(100))
    assert seen[5] == [n for n in range(100) if n % 8 == 5]


def test_rounds_of_another_division_have_other_names():
    assert Exchange(8, 2).round_name(0) != Exchange(8, 3).round_name(0)


def test_work_is_dealt_largest_first_to_the_lane_with_least():
    assert deal(["a", "b", "c", "d"], [1, 5, 3, 3], 2) == [["b", "a"], ["c", "d"]]


def test_a_worker_with_other_libraries_is_refused():
    versions = library_versions()
    check_worker(versions)
    with pytest.raises(RuntimeError, match=r"pyarrow .*, not 0\.1.*Install the same versions"):
        check_worker({**versions, "pyarrow": "0.1"})
