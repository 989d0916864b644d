"""Licence text to plain words, so that layout, markup and names of owners no longer matter.

What is dropped follows the SPDX matching guidelines: case, punctuation, comment and list markers,
markup, copyright lines, and the owner's name where a licence leaves a place for it.
"""

from __future__ import annotations

import re

MAX_TEXT_CHARS = 400_000
"""Longer texts are cut, and the cut is reported: no known licence has a tenth of that."""

_TAG = re.compile(r"</?[a-z!][^<>\n]{0,200}>|&(?:quot|nbsp|copy|lt|gt|amp|#\d{1,5});")
_SCHEME = re.compile(r"https?://(?:www\.)?")
_MARKER = re.compile(
    r"^[^\w\n(\[{<©]{0,40}(?:(?:dnl|rem|@c)\b[^\w\n(]{0,8})?"
    r"(?:\(?(?:[0-9]{1,2}|[a-z]|i{1,3}|iv|v|vi{1,3})[.)]\s+)?",
    re.MULTILINE,
)
_OWNER_LINE = re.compile(
    r"^[^\w\n(©]{0,40}(?:portions\s+)?"
    r"(?:copyright\s*(?:\(c\)|©|:|by\b|\d{4}|\[|<|\{|[,-])|\(c\)\s*(?:copyright|\d{4}|\[|<)|©)"
    r"[^\n]{0,160}$",
    re.MULTILINE,
)
_OWNER_START = re.compile(r"(?:copyright\s*(?:\(c\)|©)?|©|\(c\))\s*\d{4}(?:\s?[-,]\s?\d{4}){0,20}")
_RESERVED = re.compile(r"\ball\s+rights\s+reserved\b")
_WORD = re.compile(r"[^\W_]+(?:\.[0-9]+)*\+?")

_NAME = r"(?:[^\W_][\w.+]*\s){1,14}?"
_PLACES = (
    (r"commercial(?:ly)? (?:or|and) non commercial(?:ly)?\b", "any"),
    (r"non commercial(?:ly)? (?:or|and) commercial(?:ly)?\b", "any"),
    (r"non infring", "noninfring"),
    (rf"neither {_NAME}nor {_NAME}may be used", "neither owner nor contributors may be used"),
    (rf"the name of {_NAME}may not be used", "neither owner nor contributors may be used"),
    (rf"the names of {_NAME}may not be used", "neither owner nor contributors may be used"),
    (rf"software is provided by {_NAME}as is", "software is provided by owner as is"),
    (
        rf"in no event (?:shall|will) {_NAME}be (?:held )?liable",
        "in no event shall owner be liable",
    ),
    (r"you may not use th(?:is|ese) \w+ except in compliance with", "use in compliance with"),
    (r"may not be copied modified or distributed except according to", "according to"),
)
"""Places for a name, and turns of phrase that take nothing away. Each begins with a literal, which
makes the search for it several times faster."""
_OWNER_PLACES = tuple((re.compile(find), put) for find, put in _PLACES)
_SPELLINGS = {
    "licence": "license",
    "licences": "licenses",
    "licenced": "licensed",
    "sublicence": "sublicense",
    "noncommercial": "non commercial",
    "analogue": "analog",
    "organisation": "organization",
    "favour": "favor",
    "acknowledgement": "acknowledgment",
    "unauthorised": "unauthorized",
    "authorised": "authorized",
    "sharealike": "share alike",
    "noderivatives": "no derivatives",
    "noderivs": "no derivatives",
}


def comparable_words(text: str, *, keep_reserved: bool = False) -> list[str]:
    """The lower-case words of `text` that two copies of one licence have in common.

    `keep_reserved` keeps "all rights reserved", which says nothing where a licence follows and
    everything where none does. Every pattern is bounded, so the time is linear in the text.
    """
    low = text[:MAX_TEXT_CHARS].lower().replace("\r\n", "\n").replace("\r", "\n")
    low = _TAG.sub(" ", low) if "<" in low or "&" in low else low
    low = _OWNER_LINE.sub(_reserved_part if keep_reserved else "", low)
    low = _OWNER_START.sub(" ", _SCHEME.sub(" ", low))
    low = low if keep_reserved else _RESERVED.sub(" ", low)
    return _without_owners(_WORD.findall(_MARKER.sub("", low)))


def _reserved_part(line: re.Match[str]) -> str:
    """What stays of a copyright line when its reservation matters."""
    return "all rights reserved" if _RESERVED.search(line.group()) else ""


def _without_owners(words: list[str]) -> list[str]:
    joined = " ".join(_SPELLINGS.get(word, word) for word in words)
    for pattern, canonical in _OWNER_PLACES:
        joined = pattern.sub(canonical, joined)
    return joined.split()
