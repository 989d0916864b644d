"""The benchmark of kernels measures every one there is."""

import pyarrow as pa

from benchmarks.kernels.__main__ import batches, catalogued
from benchmarks.kernels.duplicates import measure_duplicates
from benchmarks.kernels.filters import FERTILITY, TOGETHER, measure_filters
from benchmarks.kernels.steps import measure_steps
from codemill.pipeline.file_steps import STEPS
from codemill.transforms.quality import discover


def test_every_step_and_every_filter_has_a_line(sources):
    with catalogued(str(sources)) as root:
        steps, judged = measure_steps(batches(root, 1_000_000))
    named = [each.name for each in steps]
    assert named[: len(STEPS) + 2] == ["read", *STEPS, "all steps"]
    assert len({each.size_bytes for each in steps}) == 1
    filters = measure_filters(judged, repeats=1)
    assert [each.name for each in filters] == [*discover(), TOGETHER, FERTILITY]
    assert all(each.speed > 0 for each in filters)


def test_near_duplicate_kernels_are_measured_in_their_order():
    text = pa.array(["a b c d e f g h\n" * 9, "a b c d e f g h\n" * 9 + "z\n"], pa.large_string())
    named = [each.name for each in measure_duplicates(text, repeats=1)]
    assert named[0] == "shingles"
    assert named[-1] == "exact similarity"
