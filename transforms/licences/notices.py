"""Licences by the names people give them, as whole values of package metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codemill.transforms.licences.expressions import GNU_PREFIXES
from codemill.transforms.licences.gnu import gnu_notices

_WORD = re.compile(r"[^\W_]+(?:\.[0-9]+)*\+?")
_FILLER = frozenset([
    "the", "license", "licence", "licenses", "licences", "licensed", "licenced", "version", "v",
    "ver", "agreement", "terms",
])  # fmt: skip
_SPELLINGS = {
    "noncommercial": "non commercial",
    "sharealike": "share alike",
    "noderivatives": "no derivatives",
    "noderivs": "no derivatives",
    "organisation": "organization",
}
MAX_NAME_WORDS = 14
MAX_NAME_CHARS = 300


@dataclass(frozen=True)
class NoticeTable:
    """What `notices.yaml` holds: see the head of that file."""

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    vague: Mapping[str, Sequence[str]] = field(default_factory=dict)
    whole: Mapping[str, Sequence[str]] = field(default_factory=dict)


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


class Notices:
    """The names of a `NoticeTable`."""

    def __init__(self, table: NoticeTable, listed: Iterable[tuple[str, str]] = ()) -> None:
        """`listed` adds (SPDX id, full name) pairs to the table's."""
        self._names = dict(_of_list(listed))
        self._names.update(_by_name(table.names, vague=False))
        self._names.update(_by_name(table.vague, vague=True))
        self._names.update(_by_name(table.whole, vague=True))

    def by_name(self, value: str) -> NamedLicence | None:
        """The licence whose name is all of `value`, as package metadata gives it; else None."""
        words = name_words(value)
        if not words or len(words) > MAX_NAME_WORDS:
            return None
        gnu = {
            n.spdx_id: NamedLicence(n.spdx_id, n.version is None)
            for n in gnu_notices(" ".join(words))
        }
        if gnu:
            return next(iter(gnu.values())) if len(gnu) == 1 else None
        return self._names.get(_canonical(words))


def name_words(value: str) -> list[str]:
    """The lower-case words of a name; `2.0` is one."""
    low = value[:MAX_NAME_CHARS].lower()
    return " ".join(_SPELLINGS.get(word, word) for word in _WORD.findall(low)).split()


def _by_name(
    table: Mapping[str, Sequence[str]], *, vague: bool
) -> Iterator[tuple[str, NamedLicence]]:
    for spdx_id, names in table.items():
        own = [] if vague else [" ".join(name_words(spdx_id.replace("-", " ")))]
        for name in [*own, *names]:
            yield _canonical(name.split()), NamedLicence(spdx_id, vague)


def _of_list(listed: Iterable[tuple[str, str]]) -> Iterator[tuple[str, NamedLicence]]:
    """Ids and names of two words or more: a single word ("Fair", "Plexus") is too common."""
    for spdx_id, full_name in listed:
        if not spdx_id.startswith(GNU_PREFIXES):
            for name in (full_name, spdx_id.replace("-", " ")):
                words = _canonical(name_words(name))
                if " " in words:
                    yield words, NamedLicence(spdx_id)


def _canonical(words: Sequence[str]) -> str:
    """A name without filling words; `v2` is `2`."""
    return " ".join(_bare(word) for word in words if word not in _FILLER)


def _bare(word: str) -> str:
    return word[1:] if word[:1] == "v" and word[1:2].isdigit() else word
