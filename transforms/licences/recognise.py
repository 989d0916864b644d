"""What licence a text states: by its words, compared with known texts, or by a short notice.

Three steps. Known texts that the words hold are found and the words they explain are marked. What
is left over is read for licences named in it. Then what is left over is judged: words that may
change the grant (a "not" inside a known text, a condition after it) make the result carry
`LicenseRef-codemill-unrecognised`, so that an altered permissive licence is never taken for the
permissive one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from codemill.transforms.licences.expressions import (
    PROPRIETARY,
    UNRECOGNISED,
    Expressions,
    without_repeated_gnu,
)
from codemill.transforms.licences.normalise import MAX_TEXT_CHARS, comparable_words
from codemill.transforms.licences.notices import NamedLicence, Notices, Statement
from codemill.transforms.licences.tags import tagged
from codemill.transforms.licences.texts import Bools, Match, ReferenceIndex

MAX_NOTICE_WORDS = 400
"""A notice takes a page; a longer licence file has terms of its own."""
MAX_CHOICES = 4
"""An "either ... or" joins at most this many licences by OR; a longer list is a notice file."""

_TURNING = frozenset(
    ["not", "no", "non", "only", "except", "unless", "without", "commercial", "prohibited"]
)
"""Words that, put alone into a known text, turn its meaning."""
_SHORT_RUN = 5
_MAX_INSERTED_WORDS = 14
_CHOICE_WORDS = 60
"""How far a choice reaches: "licensed under either of A or B at your option", with their URLs."""
_NEAR_WORDS = 40
"""A sentence or two: a condition stands beside what it qualifies; code farther off is none."""
_GNU = ("GPL-", "LGPL-", "AGPL-")


@dataclass(frozen=True)
class Recognition:
    """What a text states."""

    expression: str | None
    """SPDX expression; None where the text states no licence."""
    by_text: bool = False
    """True where a known licence's text is there, not a notice alone."""

    @property
    def withheld(self) -> bool:
        """True where the terms are proprietary."""
        return self.expression is not None and PROPRIETARY in self.expression


NOTHING = Recognition(None)


class LicenceRecogniser:
    """Recognises licence texts and notices.

    Holds native patterns, so it does not pickle: make it where it is used.
    """

    def __init__(self, index: ReferenceIndex, notices: Notices, expressions: Expressions) -> None:
        self._index = index
        self._notices = notices
        self.expressions = expressions

    @property
    def notices(self) -> Notices:
        """The short notices it knows."""
        return self._notices

    def recognise(self, text: str) -> str | None:
        """SPDX expression of the licence that `text` states, or None where it states none."""
        return self.recognition(text).expression

    def recognition(self, text: str) -> Recognition:
        """What `text`, a licence file, states.

        Not fully known is a text cut for its length, and a long one that only names a licence.
        """
        tag, invalid = tagged(text[:MAX_TEXT_CHARS], self.expressions)
        words = comparable_words(text)
        found = self.of_words(words)
        long = not found.by_text and not found.withheld and len(words) > MAX_NOTICE_WORDS
        cut = long or len(text) > MAX_TEXT_CHARS
        if found.expression is None and (tag or invalid):
            return Recognition(tag or UNRECOGNISED)
        named = (
            self._notices.by_name(text) if found.expression is None and len(text) < 120 else None
        )
        if named is not None:
            return Recognition(named.expression)
        if found.expression is None:
            found = self._reserved(text)
        if cut and found.expression is not None:
            return Recognition(self._all_of([found.expression, UNRECOGNISED]), found.by_text)
        return found

    def of_words(self, words: Sequence[str]) -> Recognition:
        """What already normalised words state."""
        matches = self._index.find(words)
        covered = _covered(len(words), matches)
        masked = ["|" if hidden else w for w, hidden in zip(words, covered, strict=True)]
        rest = " ".join(masked)
        stated = self._notices.stated(rest)
        ids = [m.reference.spdx_id for m in matches if m.reference.kind != "exception"]
        exceptions = [m.reference.spdx_id for m in matches if m.reference.kind == "exception"]
        if self._notices.withholds(rest):
            return Recognition(self._all_of([*ids, PROPRIETARY]), bool(ids))
        licences = [s.licence for s in stated]
        expression = self._joined(ids, licences, exceptions, self._offered(words, rest))
        if expression is None:
            return NOTHING
        named = _stated_words(masked, stated)
        if self._is_altered(matches, words, covered, named):
            expression = self._all_of([expression, UNRECOGNISED])
        return Recognition(expression, bool(ids))

    def _joined(
        self, ids: list[str], stated: list[NamedLicence], exceptions: list[str], offered: set[str]
    ) -> str | None:
        known = {spdx_id.split("-")[0] for spdx_id in ids}
        named = [n.expression for n in stated if not (n.vague and n.family in known)]
        parts = list(dict.fromkeys(without_repeated_gnu([*ids, *_unless_implied(named, ids)])))
        gnu = [part for part in parts if part.startswith(_GNU)]
        if len(exceptions) == 1 and len(gnu) == 1:
            parts[parts.index(gnu[0])] = f"{gnu[0]} WITH {exceptions[0]}"
        choices = [part for part in parts if part in offered]
        if 1 < len(choices) <= MAX_CHOICES:
            others = [part for part in parts if part not in offered]
            return self._all_of([self.expressions.any_of(choices) or "", *others])
        return self._all_of(parts)

    def _offered(self, words: Sequence[str], rest: str) -> set[str]:
        """Licences named near the words of a choice ("either A or B", "A or B at your option")."""
        choice = self._notices.choice_at(rest)
        if choice is None:
            return set()
        at = rest.count(" ", 0, choice)
        around = words[max(0, at - _CHOICE_WORDS // 2) : at + _CHOICE_WORDS]
        return {s.licence.expression for s in self._notices.stated(" ".join(around))}

    def _all_of(self, parts: Sequence[str]) -> str | None:
        return self.expressions.all_of(parts)

    def _is_altered(
        self, matches: Sequence[Match], words: Sequence[str], covered: Bools, named: Bools
    ) -> bool:
        """Whether words near what was recognised may change what it grants."""
        if any(match.lost_grant or _has_insertion(match, matches) for match in matches):
            return True
        near = _dilated(covered | named) & ~covered
        if any(self._turns(words, covered, start, end) for start, end in _runs(near)):
            return True
        unnamed = (" ".join(words[start:end]) for start, end in _runs(near & ~named))
        return any(map(self._notices.names_unknown, unnamed))

    def _turns(self, words: Sequence[str], covered: Bools, start: int, end: int) -> bool:
        """Whether the run of unexplained words is a condition, or turns the text beside it.

        A long run is read with two words of the text on either side: "not | granted".
        """
        before, after = start > 0 and covered[start - 1], end < len(words) and covered[end]
        if end - start < _SHORT_RUN:
            edges = list(words[start:end]) if before or after else []
        else:
            edges = [*words[end - 2 : end]] if after else []
            edges += words[start : start + 2] if before else []
        if _TURNING.intersection(edges):
            return True
        long = end - start >= _SHORT_RUN
        return long and self._notices.has_conditions(" ".join(words[max(0, start - 2) : end + 2]))

    def _reserved(self, text: str) -> Recognition:
        """A text that grants nothing and reserves all rights is proprietary."""
        words = " ".join(comparable_words(text, keep_reserved=True))
        return Recognition(PROPRIETARY) if "all rights reserved" in words else NOTHING


def _has_insertion(match: Match, matches: Sequence[Match]) -> bool:
    """Whether words that no match explains stand inside this one's text.

    Names that fill a licence's places are a word in sixteen at most.
    """
    if match.scattered:
        return True
    explained = np.logical_or.reduce([other.covered for other in matches])
    return any(
        int((~explained[start:end]).sum()) > max(_MAX_INSERTED_WORDS, (end - start) // 16)
        for start, end in match.stretches
    )


def _unless_implied(named: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Stated licences without "any version" mentions of a GNU family whose text is there."""
    families = {spdx_id.split("-")[0] for spdx_id in ids}
    return [n for n in named if not ("-or-later" in n and _any_version(n) in families)]


def _any_version(spdx_id: str) -> str:
    unversioned = {"GPL-1.0-or-later": "GPL", "LGPL-2.0-or-later": "LGPL"}
    return unversioned.get(spdx_id, "AGPL" if spdx_id == "AGPL-1.0-or-later" else "")


def _covered(num_words: int, matches: Sequence[Match]) -> Bools:
    covered: Bools = np.zeros(num_words, np.bool_)
    for match in matches:
        covered |= match.covered
    return covered


def _stated_words(words: Sequence[str], stated: Sequence[Statement]) -> Bools:
    """Words that are part of a statement, whose offsets count one space between any two words."""
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])
    first = np.searchsorted(starts, [s.start for s in stated], side="right") - 1
    last = np.searchsorted(starts, [max(s.start, s.end - 1) for s in stated], side="right") - 1
    marks = np.zeros(len(words) + 1, np.int64)
    np.add.at(marks, first, 1)
    np.add.at(marks, np.minimum(last, len(words) - 1) + 1, -1)
    named: Bools = np.cumsum(marks[:-1]) > 0
    return named


def _dilated(centre: Bools) -> Bools:
    """Words within `_NEAR_WORDS` of a chosen one: those that may qualify it."""
    at = np.flatnonzero(centre)
    reach = np.zeros(len(centre) + 1, np.int64)
    np.add.at(reach, np.maximum(at - _NEAR_WORDS, 0), 1)
    np.add.at(reach, np.minimum(at + _NEAR_WORDS + 1, len(centre)), -1)
    near: Bools = np.cumsum(reach[:-1]) > 0
    return near


def _runs(chosen: Bools) -> list[tuple[int, int]]:
    """Maximal runs of chosen words: ranges, end exclusive."""
    edges = np.flatnonzero(np.diff(chosen.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
