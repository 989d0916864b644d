"""Progress is read from the parts that are there."""

from __future__ import annotations

from codemill.pipeline.progress import Load, _Meter


def meter(loads, *, seconds, done):
    times = iter([0.0, seconds, seconds])
    states = iter([set(), done])
    return _Meter(loads, lambda: next(states), lambda: next(times))


def test_files_megabytes_a_second_and_time_left():
    loads = {"a": Load(3, 4_000_000), "b": Load(1, 12_000_000)}
    shown = meter(loads, seconds=2.0, done={"a"})
    assert shown.read() == 4_000_000
    assert shown.rate() == "3/4 files  2.0 MB/s"
    assert shown.remaining() == "6 s left"


def test_parts_without_bytes_are_counted():
    shown = meter({"a": Load(6), "b": Load(2)}, seconds=3.0, done={"a"})
    assert shown.read() == 6
    assert shown.rate() == "6/8"
    assert shown.remaining() == "1 s left"


def test_what_an_earlier_run_finished_is_not_counted_as_speed():
    times = iter([0.0, 1.0])
    shown = _Meter({"a": Load(1, 10)}, lambda: {"a"}, lambda: next(times))
    shown.read()
    assert shown.remaining() == "no part finished yet"
