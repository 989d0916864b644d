"""Moments as sources write them, in whole seconds since 1970 UTC."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from typing import Any

import pyarrow as pa

LATEST_SECS = 253_402_300_799
"""9999-12-31T23:59:59Z, the last that ISO 8601 and most programs can write."""


def clamped(secs: int) -> int:
    """`secs` held between 1970 and the year 9999: a commit's author may write any number."""
    return min(max(secs, 0), LATEST_SECS)


def moment_of(value: Any) -> int | None:
    """Seconds since 1970 UTC, clamped, or None where `value` is no moment.

    It may be a number of seconds, also in digits, or an ISO 8601 date or date and time, which is
    UTC where it names no offset.
    """
    if isinstance(value, str):
        value = _read(value.strip())
    if isinstance(value, datetime):
        value = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    elif isinstance(value, date):
        value = datetime.combine(value, time(), UTC).timestamp()
    if isinstance(value, float) and math.isfinite(value):
        value = math.floor(value)
    return clamped(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _read(text: str) -> int | datetime | None:
    try:
        return int(text) if text.isdecimal() else datetime.fromisoformat(text)
    except ValueError:
        return None


def in_seconds(column: pa.Array) -> pa.Array:
    """A column of dates or timestamps as int64 seconds since 1970 UTC; any other as it is.

    Python's dates hold neither every day nor every nanosecond that Arrow's do.
    """
    kind = column.type
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("ms"))
    elif not pa.types.is_timestamp(kind):
        return column
    return column.cast(pa.timestamp("s", column.type.tz), safe=False).cast(pa.int64())
