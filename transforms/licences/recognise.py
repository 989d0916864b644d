"""What licence a text states: every rule that is found in it, and whether anything turns it.

The words of a text are compared with all the rules of the collection at once. What is found holds
together: `A AND B`; a rule that offers a choice has an OR of its own. Words that may take from what
a known text grants (a "not" put into it, a condition after it) make the result carry
`LicenseRef-codemill-unrecognised`, so that an altered permissive licence is never taken for the
permissive one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from codemill.transforms.licences.caution import Caution, CautionTable, explained_words
from codemill.transforms.licences.expressions import (
    GNU_PREFIXES,
    PROPRIETARY,
    UNRECOGNISED,
    Expressions,
)
from codemill.transforms.licences.match import Match
from codemill.transforms.licences.notices import Notices
from codemill.transforms.licences.rule_index import Query, RuleIndex
from codemill.transforms.licences.rule_table import RuleTable
from codemill.transforms.licences.rules import TEXT
from codemill.transforms.licences.selection import Selection
from codemill.transforms.licences.tags import Tags, read_tags
from codemill.transforms.licences.words import MAX_TEXT_CHARS, legal_words

MIN_NEW_WORDS = 3
"""Strong words that whole copies leave unexplained before likenesses are looked for, and that a
likeness must explain."""
HEAD_WORDS = 80
"""Words beside a tag that are read for terms that withhold rights."""
MAX_LINE_STEP = 32
"""Lines between two words that are told apart: all that the choice among rules looks at."""
MAX_MATCHES = 2_000
"""Whole rules looked at in one text; a text made of more is not fully known."""
MAX_MEMO = 50_000
"""Distinct texts remembered by a worker, a few hundred bytes each."""

_CHOICE = frozenset(["or", "the", "a", "under", "alternatively"])
"""Words that may stand between two licences of which one may be chosen."""


@dataclass(frozen=True)
class Recognition:
    """What a text states."""

    expression: str | None
    """SPDX expression; None where the text states no licence."""
    by_text: bool = False
    """True where a known licence's text is there, not a notice or a mention alone."""
    tagged: bool = False
    """True where an `SPDX-License-Identifier` states it, or part of it."""
    invalid_tag: str | None = None
    """Such a tag that is no SPDX expression, as it is written."""
    num_words: int = 0
    unexplained: int = 0
    """Of its words, those that no rule explains."""


NOTHING = Recognition(None)


class LicenceRecogniser:
    """Recognises licence texts, notices and mentions, each distinct one once.

    Holds native patterns, so it does not pickle: make it where it is used.
    """

    def __init__(
        self, table: RuleTable, caution: CautionTable, notices: Notices, expressions: Expressions
    ) -> None:
        self._index = RuleIndex(table)
        self._expressions_of = table.expression.to_pylist()
        self._ids: dict[str, frozenset[str]] = {}
        self._selection = Selection(self._index, self._ids_of)
        self._caution = Caution(caution, self._index)
        self._memo: dict[tuple[object, ...], Recognition] = {}
        self.notices = notices
        self.expressions = expressions

    def recognise(self, text: str) -> str | None:
        """SPDX expression of the licence that `text` states, or None where it states none."""
        return self.recognition(text).expression

    def recognition(self, text: str) -> Recognition:
        """What `text` states. Texts that differ in layout alone are looked at once."""
        tags = read_tags(text[:MAX_TEXT_CHARS], self.expressions)
        words = legal_words(tags.rest)
        cut = len(text) > MAX_TEXT_CHARS
        layout = np.minimum(np.diff(words.lines), MAX_LINE_STEP).astype(np.uint8).tobytes()
        key = (tags.expressions, tags.invalid, cut, layout, tuple(words.words))
        known = self._memo.get(key)
        if known is None:
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            query = self._index.query(words)
            known = self._memo[key] = self._stated(query, tags, cut=cut)
        return known

    def _stated(self, query: Query, tags: Tags, *, cut: bool) -> Recognition:
        matches, cut = self._found(query, cut=cut or query.cut)
        parts = self._with_exceptions([*tags.expressions, *self._stated_by(query, matches)])
        explained = explained_words(query, matches)
        if not parts:
            withheld = self._caution.withheld(query.words)
            return Recognition(PROPRIETARY) if withheld else NOTHING
        if cut or self._is_less(query, tags, matches, parts):
            parts.append(UNRECOGNISED)
        by_text = any(self._index.table.flags[match.rule] & TEXT for match in matches)
        return Recognition(
            self.expressions.listed(parts),
            by_text=by_text,
            tagged=bool(tags.expressions),
            invalid_tag=tags.invalid,
            num_words=len(query.words),
            unexplained=int((~explained).sum()),
        )

    def _is_less(
        self, query: Query, tags: Tags, matches: Sequence[Match], parts: Sequence[str]
    ) -> bool:
        """Whether the text may grant less than it seems to.

        What is GNU's or proprietary anyway is no permissive licence, whatever else is said.
        """
        ids = {spdx_id for part in parts for spdx_id in self.expressions.ids(part)}
        if PROPRIETARY in ids or any(spdx_id.startswith(GNU_PREFIXES) for spdx_id in ids):
            return False
        head = query.words[:HEAD_WORDS] if tags.expressions else ()
        return self._caution.altered(query, matches) or self._caution.withheld(head)

    def _stated_by(self, query: Query, matches: Sequence[Match]) -> list[str]:
        """The matches' expressions; of two with nothing but an "or" between them, the choice."""
        parts: list[str] = []
        for index, match in enumerate(matches):
            stated = self._expressions_of[match.rule]
            if index and _offered(query, matches[index - 1], match):
                stated = self.expressions.any_of([parts.pop(), stated]) or stated
            parts.append(stated)
        return parts

    def _found(self, query: Query, *, cut: bool) -> tuple[list[Match], bool]:
        """The rules that stand in the text, and whether some of it was left aside."""
        if not len(query.tokens):
            return [], cut
        whole = self._index.exact(query)
        cut, whole = cut or len(whole) > MAX_MATCHES, whole[:MAX_MATCHES]
        new = self._index.table.strong[query.tokens].astype(np.bool_)
        for match in whole:
            new[match.start : match.end] = False
        likenesses: list[Match] = []
        if new.sum() >= MIN_NEW_WORDS:
            likenesses = [m for m in self._index.close(query, new) if _explains(m, new)]
        return self._selection.choose(query, [*whole, *likenesses]), cut

    def _with_exceptions(self, parts: list[str]) -> list[str]:
        """`parts`, each once, exceptions that stand alone put to the one licence they can be of."""
        parts = list(dict.fromkeys(parts))
        alone = [part for part in parts if self.expressions.is_exception(part)]
        takers = [part for part in parts if part.startswith("GPL-") and " " not in part]
        if len(alone) == 1 and len(takers) == 1:
            parts[parts.index(takers[0])] = f"{takers[0]} WITH {alone[0]}"
            parts.remove(alone[0])
        return parts

    def _ids_of(self, rule: int) -> frozenset[str]:
        expression = self._expressions_of[rule]
        if expression not in self._ids:
            self._ids[expression] = frozenset(
                self.expressions.ids(expression) if expression else ()
            )
        return self._ids[expression]


def _offered(query: Query, one: Match, other: Match) -> bool:
    """Whether nothing but an "or" stands between two matches."""
    between = query.words[int(query.at[one.end - 1]) + 1 : int(query.at[other.start])]
    return "or" in between and _CHOICE.issuperset(between)


def _explains(match: Match, new: NDArray[np.bool_]) -> bool:
    found = sum(int(new[place : place + count].sum()) for place, _, count in match.blocks)
    return found >= MIN_NEW_WORDS
