"""Which language a file is in: by its name, else by what it says of itself.

The order of evidence: the exact file name; the extension, the longest first; the program a `#!`
line names; an editor's modeline. Where an extension is shared, `#!` line and modeline may choose
among the languages that share it, then the languages' own rules do, and what still remains is for
their parses to decide (`transforms.syntax`). Nothing else is looked at: where there is no evidence
the language is `unknown`, never a guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import re2

from codemill.language_configs.languages import Heuristic, Language, Languages

UNKNOWN = "unknown"
HEAD_BYTES = 65_536
"""How much of a file the rules see, so that a large one costs no more than a small one."""

SHEBANG_BYTES = 256
"""Linux reads no more of a `#!` line (`BINPRM_BUF_SIZE`)."""

MODELINE_LINES = 5
"""Vim looks for modelines in the first and last five lines (`:help 'modelines'`)."""

MODELINE_BYTES = 2_048
"""And in no more than this much text from either end, whatever the lines' length."""

_VIM = re2.compile(
    rb"(?:^|[ \t])(?:vim?|ex)[<=>]?[0-9]*:.*?\b(?:ft|filetype|syntax)=([A-Za-z0-9_+-]+)"
)


@dataclass(frozen=True)
class Verdict:
    """The languages a file may be in, and the evidence that says so.

    One name is an answer; several share the evidence and wait for a comparison of their parses;
    none means that nothing is known, and `by` is then `none`.
    """

    names: tuple[str, ...]
    by: str


NOTHING = Verdict((), "none")


class LanguageIdentifier:
    """Tells a file's language. Holds compiled patterns: made per process."""

    def __init__(self, languages: Languages) -> None:
        known = languages.languages
        self._filenames = _index((f, x) for x in known for f in x.filenames)
        self._extensions = _index((e, x) for x in known for e in x.extensions)
        self._interpreters = _index((i, x) for x in known for i in x.interpreters)
        self._aliases = _index((a, x) for x in known for a in (*x.aliases, x.name.lower()))
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
            return self._said(content)
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
        program = interpreter(content)
        unversioned = program.rstrip(".0123456789")
        if found := self._interpreters.get(program) or self._interpreters.get(unversioned):
            return Verdict(found, "shebang")
        if found := self._aliases.get(modeline(content)):
            return Verdict(found, "modeline")
        return NOTHING

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
        return Verdict(remaining or named.names, "parse")


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


def interpreter(content: bytes) -> str:
    """The program the `#!` line names, without folders; empty where there is none."""
    if not content.startswith(b"#!"):
        return ""
    words = content[2:SHEBANG_BYTES].partition(b"\n")[0].decode("utf-8", "replace").split()
    if words and words[0].rpartition("/")[2] == "env":
        words = [w for w in words[1:] if not w.startswith("-") and "=" not in w]
    return words[0].rpartition("/")[2] if words else ""


def modeline(content: bytes) -> str:
    """The language a Vim or Emacs modeline names, in lower case; empty where there is none."""
    first = content[:MODELINE_BYTES].split(b"\n", MODELINE_LINES)[:MODELINE_LINES]
    last = content[-MODELINE_BYTES:].rsplit(b"\n", MODELINE_LINES)[-MODELINE_LINES:]
    for line in first[:2]:
        if mode := _emacs_mode(line):
            return mode
    for line in (*first, *last):
        if match := b":" in line and _VIM.search(line):
            return str(match[1].decode().lower())
    return ""


def _emacs_mode(line: bytes) -> str:
    """`-*- mode: python; coding: utf-8 -*-` and `-*- python -*-` name a mode; without it, empty."""
    _, opened, rest = line.partition(b"-*-")
    inside, closed, _ = rest.partition(b"-*-")
    if not (opened and closed):
        return ""
    settings = inside.decode("utf-8", "replace").lower()
    if ":" not in settings:
        return settings.strip()
    pairs = (setting.partition(":") for setting in settings.split(";"))
    return next((value.strip() for key, _, value in pairs if key.strip() == "mode"), "")


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
