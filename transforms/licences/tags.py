"""`SPDX-License-Identifier` tags."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codemill.transforms.licences.expressions import UNKNOWN_TAG, Expressions

_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]{1,300})", re.IGNORECASE)
_SPELLED = re.compile(r"[\w.+\-:() ,;/]*[\w.+)]")
_CLOSER = re.compile(r"[\s*/#\"'>)}\]%;,.-]*")
"""What may stand after an expression: the end of a comment or string."""
_SEPARATOR = re.compile(r"[\s,;/]+")
MAX_TAGS = 64


@dataclass(frozen=True)
class Tags:
    """What the tags of a text state."""

    expressions: tuple[str, ...]
    """One per tag; `UNKNOWN_TAG` for one that is no SPDX expression."""
    invalid: str | None
    """The first that is none, as it is written."""
    rest: str
    """The text without the tags."""


def read_tags(text: str, expressions: Expressions) -> Tags:
    """The tags of `text`, in order, at most `MAX_TAGS` of them."""
    found: list[str] = []
    invalid: list[str] = []

    def read(match: re.Match[str]) -> str:
        value = match[1].replace("\u00a0", " ")
        spelled = _SPELLED.match(value)
        ended = spelled is not None and _CLOSER.fullmatch(value[spelled.end() :]) is not None
        stated = _stated(spelled.group().strip(), expressions) if spelled and ended else None
        if stated is None:
            invalid.append(match[1].strip()[:80])
        found.append(stated or UNKNOWN_TAG)
        return "\n"

    rest = _TAG.sub(read, text, count=MAX_TAGS)
    if _TAG.search(rest):
        found.append(UNKNOWN_TAG)
    return Tags(tuple(dict.fromkeys(found)), invalid[0] if invalid else None, rest)


def _stated(spelled: str, expressions: Expressions) -> str | None:
    """An expression, or ids in a row as some projects write them: all of them hold."""
    whole = expressions.parse(spelled)
    if whole is not None:
        return None if expressions.is_exception(whole) else whole
    listed = [expressions.parse(word) for word in _SEPARATOR.split(spelled)]
    known = [e for e in listed if e is not None and not expressions.is_exception(e)]
    return expressions.all_of(known) if len(known) == len(listed) else None
