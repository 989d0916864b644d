"""`SPDX-License-Identifier` tags."""

from __future__ import annotations

import re2

from codemill.transforms.licences.expressions import Expressions

_TAG = re2.compile(r"(?i)SPDX-License-Identifier:[ \t]*([^\r\n]{1,300})")
_SPELLED = re2.compile(r"^[\w.+\-: ()]*[\w.+)]")
MAX_TAGS = 32


def tagged(text: str, expressions: Expressions) -> tuple[str | None, str | None]:
    """The expression of all tags of `text` joined by AND, and the first that is none.

    The second is the text of a tag that is not a valid expression: evidence that the owner stated
    something, not of what. Closing comment marks after the expression are left off.
    """
    parsed: list[str] = []
    for value in _TAG.findall(text)[:MAX_TAGS]:
        spelled = _SPELLED.search(value)
        expression = expressions.parse(spelled.group().strip()) if spelled else None
        if expression is None:
            return None, value.strip()[:80]
        parsed.append(expression)
    return expressions.all_of(parsed), None
