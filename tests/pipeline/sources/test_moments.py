"""Moments, however they are written, are seconds since 1970 UTC."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from codemill.pipeline.sources.moments import in_seconds, moment_of


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_234_567_890, 1_234_567_890),
        (1_234_567_890.9, 1_234_567_890),
        ("1234567890", 1_234_567_890),
        ("2009-02-13T23:31:30Z", 1_234_567_890),
        ("2009-02-14 01:31:30+02:00", 1_234_567_890),
        ("2009-02-13T23:31:30", 1_234_567_890),
        ("1970-01-02", 86_400),
        (date(1970, 1, 2), 86_400),
        (datetime(1970, 1, 2), 86_400),
        (datetime(1970, 1, 2, tzinfo=UTC), 86_400),
        (-5, 0),
        ("0001-01-01T00:00:00+14:00", 0),
        (1 << 70, 253_402_300_799),
        ("9" * 30, 253_402_300_799),
        ("9" * 500, 253_402_300_799),
        ("9" * 5000, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ("", None),
        ("yesterday", None),
        ([1], None),
    ],
)
def test_a_moment(value, expected):
    assert moment_of(value) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([86_400_000_000_001, None], pa.timestamp("ns")), [86_400, None]),
        (pa.array([86_400_000], pa.timestamp("ms", "Europe/Paris")), [86_400]),
        (pa.array([1 << 62], pa.timestamp("s")), [1 << 62]),
        (pa.array([1], pa.date32()), [86_400]),
        (pa.array([86_400_000], pa.date64()), [86_400]),
        (pa.array(["2020-01-01"]), ["2020-01-01"]),
    ],
)
def test_columns_of_times_are_read_without_pythons(column, expected):
    assert in_seconds(column).to_pylist() == expected
