"""`debian/copyright` in DEP-5, also REUSE's `.reuse/dep5`: a licence for every path by globs.

The format: paragraphs of e-mail-like fields. One with `Files:` states the licence of the paths
that its globs match, the last such paragraph counting; one with `License:` alone holds the text of
a short name that others use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemill.transforms.licences.expressions import UNRECOGNISED
from codemill.transforms.licences.path_rules import (
    MAX_RULES,
    PathRule,
    dep5_pattern,
    joined_patterns,
)
from codemill.transforms.licences.recognise import LicenceRecogniser
from codemill.transforms.licences.values import ValueReader

MAX_SYNOPSIS_CHARS = 400
MAX_GLOBS = 5_000

_FORMAT = re.compile(r"^format(?:-specification)?:[^\n]*(?:copyright-format|dep-?5)", re.M | re.I)
_SHORT_NAMES = {
    "expat": "MIT",
    "psf-2": "PSF-2.0",
    "mpl-1": "MPL-1.0",
    "mpl-2": "MPL-2.0",
    "zlib/libpng": "Zlib",
}
"""DEP-5's short names that are neither SPDX ids nor spelled like a licence's name."""
_EXCEPTIONS = {
    "autoconf": "Autoconf-exception-3.0",
    "bison": "Bison-exception-2.2",
    "classpath": "Classpath-exception-2.0",
    "font": "Font-exception-2.0",
    "gcc": "GCC-exception-3.1",
    "libtool": "Libtool-exception",
    "linux-syscall-note": "Linux-syscall-note",
    "llvm": "LLVM-exception",
    "openjdk-classpath": "Classpath-exception-2.0",
    "texinfo": "Texinfo-exception",
}
_OPERATORS = (
    (r",\s+and\s+", " AND "),
    (r",\s+or\s+", " OR "),
    (r"\s+or\s+", " OR "),
    (r"\s+and(?:/or)?\s+|,\s*", " AND "),
)
"""Words that join short names, the one that binds least first."""
_WITH = re.compile(r"^(\S+)\s+with\s+(?:the\s+)?(\S+?)(?:-exception)?(?:\s+exception)?$", re.I)


@dataclass(frozen=True)
class _Paragraph:
    fields: dict[str, str]

    def first_line(self, name: str) -> str:
        return self.fields.get(name, "").split("\n", 1)[0].strip()

    def rest(self, name: str) -> str:
        """Continuation lines, a lone dot being an empty one."""
        lines = self.fields.get(name, "").split("\n")[1:]
        return "\n".join("" if line.strip() == "." else line.strip() for line in lines)


def is_dep5(text: str) -> bool:
    """Whether `text` says that it is in the format."""
    return _FORMAT.search(text[:4_000]) is not None


class Dep5Reader:
    """Reads the format's statements."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._expressions = recogniser.expressions
        self._values = ValueReader(recogniser)

    def rules(self, text: str, folder: str, by: str, *, replaces: bool) -> list[PathRule]:
        """The statements of `text` about the paths below `folder`, in their order."""
        paragraphs = list(_paragraphs(text))
        texts = {
            p.first_line("license").lower(): p.rest("license")
            for p in paragraphs
            if "files" not in p.fields and p.rest("license")
        }
        known: dict[str, str] = {}
        rules: list[PathRule] = []
        for paragraph in paragraphs:
            globs = paragraph.fields.get("files", "").split()[:MAX_GLOBS]
            synopsis = paragraph.first_line("license")[:MAX_SYNOPSIS_CHARS]
            if not globs or not (synopsis or paragraph.rest("license")):
                continue
            own = paragraph.rest("license")
            key = f"{synopsis}\n{own}"
            if key not in known:
                known[key] = self._synopsis(synopsis, own, texts)
            patterns = joined_patterns(folder, map(dep5_pattern, map(_without_dot, globs)))
            within = folder if replaces else None
            rules += [PathRule(pattern, known[key], by, within) for pattern in patterns]
        return rules[:MAX_RULES]

    def _synopsis(self, synopsis: str, own: str, texts: dict[str, str]) -> str:
        """`A or B, and C`: a comma before a word makes that word bind less than the others."""
        if synopsis.lower() in texts:
            return self._short_name(synopsis, own or texts[synopsis.lower()])
        for split, word in _OPERATORS:
            parts = [p for p in re.split(split, synopsis, flags=re.IGNORECASE) if p.strip()]
            if len(parts) > 1:
                told = [self._synopsis(part.strip(), own, texts) for part in parts]
                join = self._expressions.any_of if word == " OR " else self._expressions.all_of
                return join(told) or UNRECOGNISED
        return self._short_name(synopsis, texts.get(synopsis.lower(), own))

    def _short_name(self, name: str, text: str) -> str:
        """A name that says exactly which licence it is counts before the text below it."""
        named = self._values.simple(_SHORT_NAMES.get(name.lower(), name)) if name else None
        if named is not None and not named.vague:
            return self._with(name, named.expression)
        excepted = _WITH.match(name)
        if excepted is not None:
            base = self._values.simple(excepted[1])
            if base is not None and not base.vague:
                return self._with(name, base.expression)
        told = self._recogniser.recognition(text).expression if text.strip() else None
        return told or (named.expression if named is not None else UNRECOGNISED)

    def _with(self, name: str, expression: str) -> str:
        """`expression` with the exception that `name` states; without one that is not known."""
        found = _WITH.match(name)
        exception = _EXCEPTIONS.get(found[2].lower()) if found else None
        if exception is None or " " in expression:
            return expression
        return self._expressions.parse(f"{expression} WITH {exception}") or expression


def _without_dot(glob: str) -> str:
    return glob.removeprefix("./")


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    fields: dict[str, list[str]] = {}
    name = ""
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        if not line.strip():
            if fields:
                yield _Paragraph({key: "\n".join(lines) for key, lines in fields.items()})
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name].append(line)
        elif not line.startswith("#"):
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = [value.strip()]
