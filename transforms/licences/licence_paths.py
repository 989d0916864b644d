"""Which paths can state a licence for their folder, and which folder that is."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.licences.metadata_formats import METADATA_NAMES

_TEXT_ENDING = r"(?:\.(?:md|txt|rst|markdown|html?|org|adoc|rtf|tex|in))?"
_MAIN = (  # a word of three letters before it may name it; "no" does not
    rf"(?:[a-z0-9]{{3,12}}[-_.])?(?:un)?licen[cs]es?(?:[-_. ][a-z0-9.+_-]{{1,40}}?)?{_TEXT_ENDING}"
    rf"|copying(?:\d|v\d)?(?:[-_.][a-z0-9.+_-]{{1,40}}?)?{_TEXT_ENDING}"
    rf"|eula{_TEXT_ENDING}"
)
_SIDE = rf"copyrights?{_TEXT_ENDING}"
_NOTICE = r"notices?(?:\.(?:md|txt|rst))?"
_CODE_ENDINGS = (
    "bat|c|cc|cfg|cpp|cs|css|ecr|eex|ejs|erb|ex|go|gradle|h|hbs|hs|j2|java|jinja2?|js|json|jsx|kt"
    "|lock|lua|ml|mustache|php|pl|png|ps1|py|rb|rs|scala|sh|sql|svg|swift|template|tmpl|toml|tpl|ts"
    "|tsx|vue|xml|ya?ml"
)
_CODE = rf"\.(?:{_CODE_ENDINGS})$"
_COLLECTION = r"(?:^|/)(?:licen[cs]es)/[^/]+$"
_METADATA = "|".join(re.escape(name).replace(r"\*", "[^/]+") for name in METADATA_NAMES)
_README = r"^(?:[^/]+/)?readme(?:\.(?:md|rst|txt|markdown|org|adoc|pod))?$"
_PER_PATH = r"(?:^|/)(?:debian/copyright|\.reuse/dep5|reuse\.toml)$"

_SPEAKING = "licen[cs]e|copying|copyright|eula|notice"
"""What the name or the folder of every licence text and notice has in it."""

SPEAKING_FOLDERS = ("licenses", "licences", "debian", ".reuse")
"""Folders, lower case, whose files speak for the folder above."""

_MAIN_NAME = re.compile(_MAIN)
_SIDE_NAME = re.compile(_SIDE)
_NOTICE_NAME = re.compile(_NOTICE)
_IN_COLLECTION = re.compile(_COLLECTION)
_METADATA_PATH = re.compile(rf"(?:^|/)(?:{_METADATA})$")
_README_PATH = re.compile(_README)
_WHEEL_PART = re.compile(r"^((?:.*/)?)[^/]+\.(?:dist-info|egg-info)(?:/licen[cs]es(?:/.*)?)?$")


def is_licence_bearing(path: pa.Array) -> pa.BooleanArray:
    """Per path whether the file can state a licence, or a notice, for its folder; no nulls."""
    low = pc.utf8_lower(path)
    metadata = pc.match_substring_regex(low, rf"(?:^|/)(?:{_METADATA})$")
    per_path = pc.match_substring_regex(low, _PER_PATH)
    readme = pc.match_substring_regex(low, _README)
    either = pc.or_(pc.or_(metadata, per_path), pc.or_(readme, _is_text(low)))
    return pc.fill_null(either, fill_value=False)


def is_licence_text(path: pa.Array) -> pa.BooleanArray:
    """Per path whether the file holds licences for others, so that its head is not its own.

    A NOTICE is heard as any file is: it governs none.
    """
    low = pc.utf8_lower(path)
    readme = pc.match_substring_regex(low, _README)
    per_path = pc.match_substring_regex(low, _PER_PATH)
    notice = pc.match_substring_regex(low, rf"(?:^|/)(?:{_NOTICE})$")
    text = pc.and_not(_is_text(low), notice)
    return pc.fill_null(pc.or_(pc.or_(readme, per_path), text), fill_value=False)


def is_licence_or_notice(path: pa.Array) -> pa.BooleanArray:
    """Per path whether the file is one that licences ask to be kept: a text of one, or a notice."""
    low = pc.utf8_lower(path)
    mask = pc.fill_null(pc.match_substring_regex(low, _SPEAKING), fill_value=False)
    may_be = mask.to_numpy(zero_copy_only=False).copy()
    # Few paths speak of a licence at all, and the search for that is an order faster.
    may_be[may_be] = _is_text(low.filter(mask)).to_numpy(zero_copy_only=False)
    return pa.array(may_be)


def _is_text(low: pa.Array) -> pa.Array:
    named = pc.match_substring_regex(low, rf"(?:^|/)(?:{_MAIN}|{_SIDE}|{_NOTICE})$")
    collected = pc.match_substring_regex(low, _COLLECTION)
    code = pc.match_substring_regex(low, _CODE)
    return pc.and_not(pc.or_(named, collected), code)


def place_of(path: str) -> tuple[str, str]:
    """What kind of statement the file at `path` can make, and the folder it makes it for.

    Kinds: `dep5`, `reuse`, `metadata`, `collected`, `licence`, `weak` (a COPYRIGHT file), `readme`,
    `notice`, and `none`.
    """
    folder, _, name = path.rpartition("/")
    low, low_name = path.lower(), name.lower()
    above = folder.rpartition("/")[0]
    wheel = _WHEEL_PART.match(folder)
    own = wheel[1].rstrip("/") if wheel else folder
    if re.search(_PER_PATH, low):
        return ("reuse", folder) if low_name == "reuse.toml" else ("dep5", above)
    if _METADATA_PATH.search(low):
        return "metadata", own
    if _IN_COLLECTION.search(low) and not wheel:
        return "collected", above
    for pattern, kind in ((_MAIN_NAME, "licence"), (_SIDE_NAME, "weak"), (_NOTICE_NAME, "notice")):
        if pattern.fullmatch(low_name):
            return kind, own
    return ("readme", own) if _README_PATH.match(low) else ("none", own)
