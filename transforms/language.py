"""Which language a file is in: by its name, else by what it says of itself.

The order of evidence: the exact file name; the extension, the longest first; the program a `#!`
line names; an editor's modeline; content that only one language begins with. Where a name is
shared, `#!` line and modeline may choose among the languages that share it, then the languages'
own rules do, and what still remains is for their parses to decide (`transforms.syntax`): on 568
labelled files with shared names the rules were right where the fewest parse errors tied or misled
(66 against 43 of the 67 whose candidates all have grammars). Nothing else is looked at: where
there is no evidence the language is `unknown`, never a guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import re2

from codemill.language_configs.languages import Heuristic, Language, Languages
from codemill.transforms.json_text import is_json
from codemill.transforms.self_named import interpreters, modeline

UNKNOWN = "unknown"
HEAD_BYTES = 65_536
"""How much of a file the rules see, so that a large one costs no more than a small one."""

JSON = "JSON"
"""The one language that a whole text is read to recognise."""


@dataclass(frozen=True)
class Verdict:
    """The languages a file may be in, and the evidence that says so.

    One name is an answer; several share the evidence and wait for a comparison of their parses;
    none means that nothing is known, and `by` is then `none`.
    """

    names: tuple[str, ...]
    by: str
    doubtful: bool = False
    """Whether a rule of each of several names speaks against it: the file may be in none."""


NOTHING = Verdict((), "none")


class LanguageIdentifier:
    """Tells a file's language. Holds compiled patterns: made per process."""

    def __init__(self, languages: Languages) -> None:
        known = languages.languages
        self._filenames = _index((f, x) for x in known for f in x.filenames)
        self._extensions = _index((e, x) for x in known for e in x.extensions)
        self._interpreters = _index((i, x) for x in known for i in x.interpreters)
        self._aliases = _index((a, x) for x in known for a in (*x.aliases, x.name.lower()))
        self._names = languages.by_name.keys()
        self._beginnings = [(x.name, re2.compile(x.begins.encode())) for x in known if x.begins]
        self._rules = {
            (named, x.name): _Rule(rule)
            for x in known
            for rule in x.heuristics
            for named in (*rule.extensions, *rule.filenames)
        }

    def by_name(self, path: str) -> Verdict:
        """What the path alone says: by `filename` or `extension`, else nothing."""
        return self._named(path)[0]

    def identify(self, path: str, content: bytes) -> Verdict:
        """What path and content say. `content` is the file's UTF-8, whole."""
        named, key = self._named(path)
        if not named.names:
            said = self._said(content)
            return said if said.names or has_extension(path) else self._begun(content)
        if self._undisputed(named, key):
            return named
        said = self._said(content)
        chosen = tuple(name for name in named.names if name in said.names)
        if len(chosen) == 1:
            return Verdict(chosen, said.by)
        return self._ruled(named, key, content[:HEAD_BYTES])

    def _named(self, path: str) -> tuple[Verdict, str]:
        """What the path says, and the file name or extension that says so."""
        name = path.rpartition("/")[2]
        if found := self._filenames.get(name):
            return Verdict(found, "filename"), name
        for extension in _extensions(name):
            if found := self._extensions.get(extension):
                return Verdict(found, "extension"), extension
        return NOTHING, ""

    def _undisputed(self, named: Verdict, key: str) -> bool:
        return len(named.names) == 1 and (key, named.names[0]) not in self._rules

    def _said(self, content: bytes) -> Verdict:
        """What the file says of itself, in its `#!` line or a modeline."""
        for program in interpreters(content):
            unversioned = program.rstrip("-.0123456789")
            if found := self._interpreters.get(program) or self._interpreters.get(unversioned):
                return Verdict(found, "shebang")
        if found := self._aliases.get(modeline(content)):
            return Verdict(found, "modeline")
        return NOTHING

    def _begun(self, content: bytes) -> Verdict:
        """The one language that begins like this, or JSON where all of it is."""
        head = content[:HEAD_BYTES]
        found = tuple(name for name, pattern in self._beginnings if pattern.match(head))
        if not found and JSON in self._names and is_json(content):
            found = (JSON,)
        return Verdict(found, "content") if len(found) == 1 else NOTHING

    def _ruled(self, named: Verdict, key: str, head: bytes) -> Verdict:
        """The rules' choice.

        A language whose rule fails is out. One language whose rule holds is the answer, of several
        those of the lowest rank; where none holds, one without a rule is. Rules of one rank that
        contradict each other leave the comparison to the parse, as do several languages without.
        """
        rules = {name: self._rules.get((key, name)) for name in named.names}
        held = _first_to_hold({name: rule for name, rule in rules.items() if rule}, head)
        free = tuple(name for name, rule in rules.items() if rule is None)
        remaining = held or free
        if len(remaining) == 1:
            return Verdict(remaining, "heuristic")
        if not remaining and len(named.names) == 1:
            return NOTHING
        return Verdict(remaining or named.names, "parse", doubtful=not remaining)


class _Rule:
    """A language's rule for an extension, compiled."""

    def __init__(self, rule: Heuristic) -> None:
        self._pattern = re2.compile(rule.pattern.encode())
        self._unless = re2.compile(rule.unless.encode()) if rule.unless else None
        self.rank = rule.rank

    def holds(self, head: bytes) -> bool:
        """Whether the head of a file is as the rule wants it."""
        if not self._pattern.search(head):
            return False
        return self._unless is None or not self._unless.search(head)


def _first_to_hold(rules: Mapping[str, _Rule], head: bytes) -> tuple[str, ...]:
    """The languages of the lowest rank at which a rule holds."""
    for rank in sorted({rule.rank for rule in rules.values()}):
        held = tuple(n for n, rule in rules.items() if rule.rank == rank and rule.holds(head))
        if held:
            return held
    return ()


def has_extension(path: str) -> bool:
    """Whether the file's name has one; a dot at its beginning hides a file and begins none."""
    return "." in path.rpartition("/")[2].lstrip(".")


def _extensions(name: str) -> Iterator[str]:
    """`.tar.gz`, then `.gz`: lower-cased, the longest first."""
    lowered = name.lower()
    dot = lowered.find(".")
    while dot != -1:
        yield lowered[dot:]
        dot = lowered.find(".", dot + 1)


def _index(pairs: Iterable[tuple[str, Language]]) -> dict[str, tuple[str, ...]]:
    """The names of the languages under each key, in code-point order."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, language in pairs:
        found[key].add(language.name)
    return {key: tuple(sorted(names)) for key, names in found.items()}
