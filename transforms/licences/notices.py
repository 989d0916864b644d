"""Licences stated by name or phrase rather than by their text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import re2

from codemill.transforms.licences.expressions import GNU_PREFIXES
from codemill.transforms.licences.gnu import gnu_notices
from codemill.transforms.licences.normalise import comparable_words
from codemill.transforms.licences.texts import ReferenceText

_FILLER = frozenset([
    "the", "license", "licenses", "licensed", "version", "v", "ver", "agreement", "terms",
])  # fmt: skip
_LEADS = frozenset([
    "licensed", "license", "licenses", "released", "distributed", "available", "published",
    "provided", "under", "terms", "conditions", "governed", "covered", "redistributed",
])  # fmt: skip
"""Words that make a name after them a statement."""
_LINKS = frozenset([
    "is", "are", "as", "under", "of", "by", "the", "terms", "and", "or", "conditions", "either",
    "following", "a", "an", "license", "licenses", "version", "in", "with", "be", "to", "at",
    "your", "option", "both", "per", "accordance", "made", "available",
])  # fmt: skip
"""Words that may stand between the two."""
_MAX_LINKS = 10
_UNDER_NAME = re2.compile(r"\b(?:under|by) ((?:[^ |]+ ){1,6}?)licenses?\b")
_NO_NAME = frozenset([
    "the", "this", "same", "a", "an", "terms", "of", "and", "or", "conditions", "above",
    "below", "following", "its", "their", "your", "own", "any", "such", "that", "these",
    "those", "one", "either", "both", "all", "more", "other", "some", "different", "respective",
    "version", "software", "open", "source", "free", "permissive", "original", "included",
    "accompanying", "contributor", "agreements", "similar", "compatible", "exact", "current",
])  # fmt: skip
"""Words before "license" that name none: "under the terms of this license"."""
MAX_NAME_WORDS = 14


@dataclass(frozen=True)
class NoticeTable:
    """What `notices.yaml` holds: see the head of that file."""

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    vague: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: Mapping[str, Sequence[str]] = field(default_factory=dict)
    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    proprietary: Sequence[str] = ()
    conditions: Sequence[str] = ()
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class NamedLicence:
    """A licence somebody stated."""

    expression: str
    vague: bool = False
    """True where the statement leaves the version open ("BSD")."""

    @property
    def family(self) -> str:
        """What licences of all versions share: `GPL`, `BSD`; a licence reference is its own."""
        whole = self.expression.startswith("LicenseRef-")
        return self.expression if whole else self.expression.split("-")[0]


@dataclass(frozen=True)
class Statement:
    """A licence stated in running text, and where: character offsets, end exclusive."""

    licence: NamedLicence
    start: int
    end: int


class Notices:
    """The patterns of a `NoticeTable`, compiled."""

    def __init__(self, table: NoticeTable, references: Sequence[ReferenceText] = ()) -> None:
        """`references` add their ids and full names to the table's."""
        self._names = dict(_of_references(references))
        self._names.update(_by_name(table.names, vague=False))
        self._names.update(_by_name(table.vague, vague=True))
        self._by_first_word = _by_first_word(self._names)
        self._names.update(_by_name(table.whole, vague=True))
        self._phrases = [
            (spdx_id, re2.compile(pattern))
            for spdx_id, patterns in table.phrases.items()
            for pattern in patterns
        ]
        self._proprietary = _any_of(table.proprietary)
        self._conditions = _any_of(table.conditions)
        self._choices = _any_of(table.choices)

    def by_name(self, value: str) -> NamedLicence | None:
        """The licence whose name is all of `value`, as package metadata gives it; else None."""
        words = comparable_words(value, keep_reserved=True)
        if not words or len(words) > MAX_NAME_WORDS:
            return None
        gnu = {
            n.spdx_id: NamedLicence(n.spdx_id, n.version is None)
            for n in gnu_notices(" ".join(words))
        }
        if gnu:
            return next(iter(gnu.values())) if len(gnu) == 1 else None
        return self._names.get(_canonical(words))

    def stated(self, words: str) -> list[Statement]:
        """Licences that the normalised `words` state.

        A vague one counts only where nothing exact of its family is there.
        """
        found = [Statement(NamedLicence(n.spdx_id), n.start, n.end) for n in gnu_notices(words)]
        for expression, pattern in self._phrases:
            matches = pattern.finditer(words)
            found += [Statement(NamedLicence(expression), m.start(), m.end()) for m in matches]
        found += self._named(words.split(" "))
        families = {s.licence.family for s in found if not s.licence.vague}
        return [s for s in found if not (s.licence.vague and s.licence.family in families)]

    def _named(self, words: Sequence[str]) -> Iterator[Statement]:
        """Names in running text, each where the words around it make it a statement."""
        starts = [i for i, word in enumerate(words) if _bare(word) in self._by_first_word]
        offsets = list(accumulate((len(w) + 1 for w in words), initial=0)) if starts else []
        stop = 0
        for first in starts:
            for name in self._by_first_word[_bare(words[first])] if first >= stop else ():
                last = _last_of(name, words, first)
                if last is None:
                    continue
                if _is_statement(words, first, last):
                    named = self._names[" ".join(name)]
                    yield Statement(named, offsets[first], offsets[last + 1] - 1)
                    stop = last + 1
                break

    def withholds(self, words: str) -> bool:
        """Whether `words` are a proprietary notice."""
        return self._proprietary.search(words) is not None

    def has_conditions(self, words: str) -> bool:
        """Whether `words` may add to or take from what a licence grants."""
        return self._conditions.search(words) is not None

    def names_unknown(self, words: str) -> bool:
        """Whether `words` put something under a licence by a name that is not known.

        Names that are known must be masked before.
        """
        return any(set(m[1].split()) - _NO_NAME for m in _UNDER_NAME.finditer(words))

    def choice_at(self, words: str) -> int | None:
        """Offset of the words that offer licences as alternatives; None where there are none."""
        found = self._choices.search(words)
        return found.start() if found else None


def _by_name(
    table: Mapping[str, Sequence[str]], *, vague: bool
) -> Iterator[tuple[str, NamedLicence]]:
    for spdx_id, names in table.items():
        own = [] if vague else [" ".join(comparable_words(spdx_id.replace("-", " ")))]
        for name in [*own, *names]:
            yield _canonical(name.split()), NamedLicence(spdx_id, vague)


def _of_references(references: Sequence[ReferenceText]) -> Iterator[tuple[str, NamedLicence]]:
    """Ids and names of two words or more: a single word ("Fair", "Plexus") is too common."""
    for reference in references:
        if reference.kind == "licence" and not reference.spdx_id.startswith(GNU_PREFIXES):
            for name in (reference.name, reference.spdx_id.replace("-", " ")):
                words = _canonical(comparable_words(name))
                if " " in words:
                    yield words, NamedLicence(reference.spdx_id)


def _canonical(words: Sequence[str]) -> str:
    """A name without filling words; `v2` is `2`."""
    return " ".join(_bare(word) for word in words if word not in _FILLER)


def _bare(word: str) -> str:
    return word[1:] if word[:1] == "v" and word[1:2].isdigit() else word


def _by_first_word(names: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """Names as words, under their first one; longer names first."""
    table: dict[str, list[tuple[str, ...]]] = {}
    for name in sorted(names, key=lambda n: (-n.count(" "), n)):
        if name:
            table.setdefault(name.split()[0], []).append(tuple(name.split()))
    return table


def _last_of(name: Sequence[str], words: Sequence[str], first: int) -> int | None:
    """Index of the last word of `name` where it stands at `first`, filling words skipped."""
    at = first
    for wanted in name[1:]:
        at += 1
        while at < len(words) and words[at] in _FILLER:
            at += 1
        if at >= len(words) or _bare(words[at]) != wanted:
            return None
    return at


def _is_statement(words: Sequence[str], first: int, last: int) -> bool:
    """Whether `words[first:last + 1]` is said to be a licence: before, inside, or right after."""
    if any(word.startswith("license") for word in words[first : last + 3]):
        return True
    for word in reversed(words[max(0, first - _MAX_LINKS) : first]):
        if word in _LEADS:
            return True
        if word not in _LINKS:
            return False
    return False


def _any_of(patterns: Sequence[str]) -> re2._Regexp[str]:
    return re2.compile("|".join(f"(?:{p})" for p in patterns) or r"[^\s\S]")
