"""Notices that name a GNU licence: which one, which version, and whether later ones will do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import re2

_NUMBER = r"([123](?:\.[0-9])?(?:\.[0-9])?\+?)"
_PUBLIC = r"(?:general )?public licenses?"
_FAMILY = re2.compile(
    rf"\b(?:(?:gnu )?(affero|lesser|library)(?: gnu)?(?: or library)?(?: lgpl)? {_PUBLIC}"
    r"|(?:gnu )?general public licenses?|gnu public licenses?"
    r"|(agpl|lgpl|gpl)(?:v|version)?(?: v)? ?(?:version )?"
    rf"{_NUMBER}?(?: |$))"
)
_AFTER = re2.compile(
    rf"^[^|]{{0,90}}?\b(?:version|versions|v|l?gpl) ?v?{_NUMBER}(?: |$)|^ ?v?{_NUMBER}(?: |$)"
)
_COMPARED = re2.compile(r"^ ?(?:in)?compatib(?:le|ility)\b")
"""A licence said to be compatible with the GPL is not the GPL."""
_BEFORE = re2.compile(
    r"(?:version|versions|v) ?([123](?:\.[0-9])?)(?: only| or later)?(?: of)?(?: the)? ?$"
)
_LATER = re2.compile(
    r"\bor (?:at your (?:option|choice) )?(?:any )?(?:later|newer|greater|higher|above)\b"
    r"|\b(?:and|or) (?:any |all )?(?:later|newer|higher|above|greater)\b|\bor any version\b"
    r"|\bany later version\b"
)

_LOOK_BACK_CHARS = 40
_LOOK_AHEAD_CHARS = 220
_VERSIONS = {
    "GPL": {
        "1": "1.0",
        "1.0": "1.0",
        "2": "2.0",
        "2.0": "2.0",
        "2.1": "2.0",
        "3": "3.0",
        "3.0": "3.0",
    },
    "LGPL": {"2": "2.0", "2.0": "2.0", "2.1": "2.1", "3": "3.0", "3.0": "3.0"},
    "AGPL": {"1": "1.0", "1.0": "1.0", "3": "3.0", "3.0": "3.0"},
}
_ANY_VERSION = {
    "GPL": "GPL-1.0-or-later",
    "LGPL": "LGPL-2.0-or-later",
    "AGPL": "AGPL-1.0-or-later",
}


@dataclass(frozen=True)
class GnuNotice:
    """One GNU licence named in a text."""

    family: str
    version: str | None
    later: bool
    start: int
    """Offset of the mention in the text, characters."""
    end: int

    @property
    def spdx_id(self) -> str:
        """Without a version every version is granted, as the licences themselves say."""
        if self.version is None:
            return _ANY_VERSION[self.family]
        return f"{self.family}-{self.version}-{'or-later' if self.later else 'only'}"


def gnu_notices(text: str) -> list[GnuNotice]:
    """The GNU licences that `text`, normalised words, names; in order.

    A mention without a version ("see the GNU General Public License for details") counts only
    where no other mention of the family has one.
    """
    notices = list(_notices(text))
    versioned = {notice.family for notice in notices if notice.version}
    return [n for n in notices if n.version or n.family not in versioned]


def _notices(text: str) -> Iterator[GnuNotice]:
    found = [m for m in _FAMILY.finditer(text) if not _COMPARED.match(text[m.end() : m.end() + 20])]
    for index, match in enumerate(found):
        stop = match.end() + _LOOK_AHEAD_CHARS
        if index + 1 < len(found):
            stop = min(stop, found[index + 1].start())
        start = max(0, match.start() - _LOOK_BACK_CHARS)
        if index:
            start = max(start, found[index - 1].end())
        yield _notice(match, text[start : match.start()], text[match.end() : stop])


def _notice(match: re2._Match[str], before: str, after: str) -> GnuNotice:
    family = _family(match)
    ahead, behind = _AFTER.search(after), _BEFORE.search(before)
    version = match[3] or (ahead and (ahead[1] or ahead[2])) or (behind and behind[1])
    number = _VERSIONS[family].get((version or "").rstrip("+").removesuffix(".0.0"))
    plus = bool(version and version.endswith("+"))
    later = plus or bool(_LATER.search(after)) or "or later" in before
    return GnuNotice(family, number, later, match.start(), match.end())


def _family(match: re2._Match[str]) -> str:
    word = match[1] or match[2] or "gpl"
    kinds = {"affero": "AGPL", "agpl": "AGPL", "lesser": "LGPL", "library": "LGPL", "lgpl": "LGPL"}
    return kinds.get(word, "GPL")
