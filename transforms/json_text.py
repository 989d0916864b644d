"""Whether a text is JSON, without parsing it twice over."""

from __future__ import annotations

import json
from typing import NoReturn

MAX_BYTES = 1 << 20
"""A longer text is not looked into."""

_SPACE = b" \t\r\n"


def is_json(content: bytes) -> bool:
    """Whether the whole text is one JSON object or array, by RFC 8259.

    False also where it is too long or too deep to tell.
    """
    if len(content) > MAX_BYTES or not content.lstrip(_SPACE).startswith((b"{", b"[")):
        return False
    try:
        json.loads(content.decode(), parse_int=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    """`NaN` and `Infinity` are Python's, not JSON's."""
    raise ValueError(constant)
