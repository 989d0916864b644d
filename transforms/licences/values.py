"""What one value of a licence field means: an SPDX expression, a name, a URL, a short name."""

from __future__ import annotations

import re

from codemill.transforms.licences.expressions import PROPRIETARY, UNRECOGNISED
from codemill.transforms.licences.notices import NamedLicence
from codemill.transforms.licences.recognise import LicenceRecogniser

MAX_NAME_CHARS = 120
"""A longer value is the licence's text, not its name."""
MAX_PARTS = 16

_SEE_FILE = re.compile(r"see (?:the )?licen[cs]e(?:s)?\s+in\s+(\S[^\n]{0,200})", re.IGNORECASE)
_POINTS_TO_FILE = re.compile(
    r"see (?:the )?licen[cs]e|^file\b|^[\w./-]*licen[cs]e\.(?:md|txt)|^licen[cs]es?$", re.IGNORECASE
)
_R_FILE = re.compile(r"\s*[+|]\s*file\s+licen[cs]e\b", re.IGNORECASE)
_R_LATER = re.compile(r"\(\s*>=\s*([\d.]{1,8})\s*\)")
_SPLIT_OR = re.compile(r"\s+or\s+|\s*[/|]\s*", re.IGNORECASE)
_SPLIT_AND = re.compile(r"\s+and\s+|\s*[,;&]\s*", re.IGNORECASE)

_CPAN = {
    "agpl_3": "AGPL-3.0-only",
    "apache_1_1": "Apache-1.1",
    "apache_2_0": "Apache-2.0",
    "artistic_1": "Artistic-1.0",
    "artistic_2": "Artistic-2.0",
    "freebsd": "BSD-2-Clause",
    "gpl_1": "GPL-1.0-only",
    "gpl_2": "GPL-2.0-only",
    "gpl_3": "GPL-3.0-only",
    "lgpl_2_1": "LGPL-2.1-only",
    "lgpl_3_0": "LGPL-3.0-only",
    "mozilla_1_0": "MPL-1.0",
    "mozilla_1_1": "MPL-1.1",
    "openssl": "OpenSSL",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "perl_5": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "qpl_1_0": "QPL-1.0",
    "restricted": PROPRIETARY,
    "ssleay": "SSLeay-standalone",
    "zlib": "Zlib",
}
"""Words of the CPAN::Meta::Spec that are no SPDX id."""

_URLS = (
    (re.compile(r"apache\.org/licenses?/license-([12]\.[01])\b"), r"Apache-\1"),
    (re.compile(r"apache\.org/licenses?(?:/|$)"), "Apache-2.0"),
    (re.compile(r"spdx\.org/licenses/([\w.+-]+?)(?:\.html|\.json)?$"), r"\1"),
    (re.compile(r"licenses\.nuget\.org/([\w.+-]+)$"), r"\1"),
    (re.compile(r"opensource\.org/licenses?/([\w.+-]+?)(?:-license)?(?:\.php|\.html)?$"), r"\1"),
    (re.compile(r"choosealicense\.com/licenses/([\w.+-]+)"), r"\1"),
    (re.compile(r"gnu\.org/(?:licenses|copyleft)/(?:old-licenses/)?([al]?gpl-\d\.\d)"), r"\1-only"),
    (re.compile(r"gnu\.org/(?:licenses|copyleft)/([al]?gpl)(?:\.\w+)?$"), r"\1"),
    (re.compile(r"creativecommons\.org/publicdomain/zero/(1\.0)"), r"CC0-\1"),
    (re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)"), r"CC-\1-\2"),
    (re.compile(r"mozilla\.org/(?:\w\w-\w\w/)?MPL/(\d\.\d)"), r"MPL-\1"),
    (re.compile(r"eclipse\.org/legal/epl-v?(\d)\.?(\d)"), r"EPL-\1.\2"),
    (re.compile(r"eclipse\.org/org/documents/epl-v(\d)(\d)"), r"EPL-\1.\2"),
    (re.compile(r"unlicense\.org"), "Unlicense"),
    (re.compile(r"wtfpl\.net"), "WTFPL"),
)  # fmt: skip
"""Addresses of licences, in lower case, and the id that is in them."""
_IS_URL = re.compile(r"(?:https?:)?//\S+|www\.\S+")


class ValueReader:
    """Tells what a value means."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._recogniser = recogniser
        self._expressions = recogniser.expressions

    def file_named(self, value: str) -> str | None:
        """The file that `SEE LICENSE IN x` names; None for every other value."""
        found = _SEE_FILE.match(value.strip())
        name = found[1].strip(" .\"'<>") if found else ""
        return name if name and not _IS_URL.match(name) else None

    def named(self, value: str) -> NamedLicence | None:
        """What one value means; None where it is empty or only points to a licence file.

        One that means no known licence is `LicenseRef-codemill-unrecognised`. Of several lines
        (a name, its URL) the first that is known counts.
        """
        stated = _R_LATER.sub(r"\1 or later", _R_FILE.sub("", value)).strip().strip("\"'")
        if not stated or _POINTS_TO_FILE.search(stated):
            return None
        if stated in ("UNLICENSED", "UNKNOWN"):
            return NamedLicence(PROPRIETARY if stated == "UNLICENSED" else UNRECOGNISED)
        if len(stated) > MAX_NAME_CHARS and "\n" not in stated[:MAX_NAME_CHARS]:
            return NamedLicence(self._recogniser.recognition(stated).expression or UNRECOGNISED)
        found = (self.known(line) for line in stated.split("\n")[:MAX_PARTS])
        return next(filter(None, found), None) or self._of_text(stated)

    def known(self, value: str) -> NamedLicence | None:
        """The licence or licences that one line names, every one known; else None."""
        return self.simple(value) or self._by_url(value) or self._split(value)

    def simple(self, value: str) -> NamedLicence | None:
        """The licence that an expression or a name means; None where it is neither."""
        word = _CPAN.get(value.strip().lower())
        if word is not None:
            return NamedLicence(word)
        named = self._recogniser.notices.by_name(value.replace("_", " "))
        if named is not None and named.vague:
            return named
        expression = self._expressions.parse(value)
        if expression is not None:
            return NamedLicence(expression)
        legacy = self._expressions.parse(value, legacy=True) if named is None else None
        return NamedLicence(legacy) if legacy else named

    def _of_text(self, value: str) -> NamedLicence:
        """A value of several lines may be the text itself."""
        found = self._recogniser.recognition(value).expression if "\n" in value else None
        return NamedLicence(found or UNRECOGNISED)

    def _by_url(self, value: str) -> NamedLicence | None:
        address = value.strip().rstrip("/").lower()
        if not _IS_URL.match(address):
            return None
        for pattern, spelled in _URLS:
            found = pattern.search(address)
            if found is not None:
                return self.simple(found.expand(spelled))
        return None

    def _split(self, value: str) -> NamedLicence | None:
        """`Apache 2.0 or MIT`, `GPLv2, LGPLv2`: names joined by words, every one known."""
        for split, join in (
            (_SPLIT_OR, self._expressions.any_of),
            (_SPLIT_AND, self._expressions.all_of),
        ):
            parts = [self.simple(part) for part in split.split(value) if part.strip()]
            known = [part.expression for part in parts if part is not None]
            if 1 < len(known) == len(parts) <= MAX_PARTS:
                return NamedLicence(join(known) or UNRECOGNISED)
        return None
