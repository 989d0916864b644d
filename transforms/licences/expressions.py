"""SPDX licence expressions: parsed strictly, joined, simplified, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from license_expression import AND, ExpressionError, Licensing

PROPRIETARY = "LicenseRef-scancode-proprietary-license"
"""Terms that withhold copying, changing or some field of use."""
UNRECOGNISED = "LicenseRef-codemill-unrecognised"
"""Terms that are there but are not among those known; no policy but `all` admits it."""
PUBLIC_DOMAIN = "LicenseRef-scancode-public-domain"
"""A dedication to the public domain in the owner's own words."""
UNKNOWN_TAG = "LicenseRef-scancode-unknown-spdx"
"""A tag that is no SPDX expression."""

SILENT = frozenset(
    ["LicenseRef-scancode-unknown-license-reference", "LicenseRef-scancode-warranty-disclaimer"]
)
"""What grants and withholds nothing: a pointer to terms elsewhere, a disclaimer alone."""

GNU_PREFIXES = ("GPL-", "LGPL-", "AGPL-")
"""Ids that come as `-only` and `-or-later`."""

MAX_EXPRESSION_CHARS = 1_000
MAX_NESTING = 16
MAX_SIMPLIFIED_IDS = 12
"""Simplification compares every pair of terms at every level; above this an AND stays as it is."""

_RETIRED = {
    "eCos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "GPL-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "GPL-2.0-with-GCC-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPL-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "StandardML-NJ": "SMLNJ",
    "wxWindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}
"""Ids that SPDX has retired, and what it says to use."""
_RETIRED_ID = re.compile(r"(?<![\w.+-])(?:" + "|".join(map(re.escape, _RETIRED)) + r")(?![\w.+-])")
_PLUS = re.compile(r"([\w.-]+)\+")
_LEGACY_OR = re.compile(r"\s*/\s*")


class Expressions:
    """Parsing and algebra over one symbol table."""

    def __init__(self, licensing: Licensing) -> None:
        self._licensing = licensing

    def parse(self, text: str | None, *, legacy: bool = False) -> str | None:
        """The expression in canonical spelling, or None where it is not one.

        `legacy` also takes Cargo's old `MIT/Apache-2.0`. NONE and NOASSERTION are None. `X+` of a
        licence without later-version ids becomes `X`, the narrower reading.
        """
        parsed = self._tree(_LEGACY_OR.sub(" OR ", text) if text and legacy else text)
        return str(parsed.render()) if parsed is not None else None

    def _tree(self, text: str | None) -> Any:
        if not text or len(text) > MAX_EXPRESSION_CHARS or text.count("(") > MAX_NESTING:
            return None
        if text.strip().upper() in ("NONE", "NOASSERTION"):
            return None
        current = _RETIRED_ID.sub(lambda match: _RETIRED[match.group()], text)
        try:
            parsed = self._licensing.parse(_PLUS.sub(self._without_plus, current), strict=True)
        except (ExpressionError, RecursionError):
            return None
        if parsed is None or not all(map(_is_own_reference, self._unknown(parsed))):
            return None
        return parsed

    def _unknown(self, parsed: Any) -> list[str]:
        return list(self._licensing.unknown_license_keys(parsed, unique=True))

    def _without_plus(self, match: re.Match[str]) -> str:
        return match.group() if match.group() in self._licensing.known_symbols else _later(match[1])

    def all_of(self, expressions: Iterable[str]) -> str | None:
        """`expressions` joined by AND and simplified: `A AND (A OR B)` is `A`. None for none."""
        return self._joined(" AND ", expressions)

    def any_of(self, expressions: Iterable[str]) -> str | None:
        """`expressions` joined by OR and simplified. None for none."""
        return self._joined(" OR ", expressions)

    def listed(self, expressions: Iterable[str]) -> str | None:
        """`expressions` joined by AND, each once, none absorbed by another: all that was stated."""
        parts = dict.fromkeys(expressions)
        terms = sorted(part if " OR " not in part else f"({part})" for part in parts)
        if len(terms) <= 1:
            return next(iter(parts), None)
        return str(self._licensing.dedup(" AND ".join(terms)).render())

    def _joined(self, operator: str, expressions: Iterable[str]) -> str | None:
        parts = list(dict.fromkeys(expressions))
        if len(parts) <= 1:
            return parts[0] if parts else None
        joined = self._licensing.parse(operator.join(f"({part})" for part in parts))
        if len(self._licensing.license_keys(joined, unique=True)) <= MAX_SIMPLIFIED_IDS:
            joined = joined.simplify()
        return str(joined.render())

    def ids(self, expression: str) -> list[str]:
        """Licence and exception ids of a valid expression, each once, in order."""
        return list(self._licensing.license_keys(expression, unique=True))

    def spoken(self, expression: str | None) -> str | None:
        """`expression` without what is `SILENT` beside the rest; None where there is no rest."""
        tree = self._tree(expression) if expression else None
        if tree is None or SILENT.isdisjoint(self.ids(expression or "")):
            return expression
        terms = tree.args if isinstance(tree, AND) else (tree,)
        kept = [str(term.render()) for term in terms if str(term.render()) not in SILENT]
        return self.listed(kept)

    def is_exception(self, expression: str) -> bool:
        """Whether a valid expression is an exception standing alone, which licenses nothing."""
        symbol = self._licensing.known_symbols.get(expression)
        return bool(symbol is not None and symbol.is_exception)

    def tree(self, expression: str) -> Any:
        """The boolean tree of an expression, or None where it is not one."""
        return self._tree(expression)


def _later(spdx_id: str) -> str:
    gnu = spdx_id.startswith(("GPL-", "LGPL-", "AGPL-", "GFDL-"))
    return f"{spdx_id}-or-later" if gnu else spdx_id


def _is_own_reference(key: str) -> bool:
    return re.fullmatch(r"(?:DocumentRef-[\w.-]+:)?LicenseRef-[\w.-]+", key) is not None


def without_repeated_gnu(ids: Iterable[str]) -> Iterator[str]:
    """`ids`, each once, without an `X-only` beside which `X-or-later` stands.

    A GNU licence's text is the same for both; only a notice says which, so the notice is heard.
    """
    listed = dict.fromkeys(ids)
    for spdx_id in listed:
        later = spdx_id.replace("-only", "-or-later")
        if later == spdx_id or later not in listed:
            yield spdx_id
