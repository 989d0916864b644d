"""Where in a file's syntax a replacement goes, and what it may look like there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemill.transforms.edits import Edit
from codemill.transforms.functions import Span
from codemill.transforms.trees import Tree

SPELLED = frozenset({"email", "ip_address"})
"""Kinds that a program cannot name but in text: what looks like one in code is an expression
(`row@column.max`), and stays."""

MIN_PIECE_CHARS = 4
"""Letters and digits of a secret in one of several strings from which that string is edited: the
`\\n` that ends a line of a key tells nothing."""

_ESCAPE = re.compile(rb"\\.")
_SHOWN = re.compile(rb"[0-9A-Za-z]")
_SHAPED = re.compile(rb"(?s)\\.|[A-Za-z0-9]|[\xc0-\xff][\x80-\xbf]*")
"""An escape, or one letter or digit; all beyond ASCII counts as letters."""


def placements(edits: Sequence[Edit], tree: Tree, content: bytes) -> Iterator[list[Edit]]:
    """The edits of one file as they should be, then in a form that no syntax stumbles over.

    Both keep to the strings, comments and words that the values stand in. The second puts a letter
    for each letter and a digit for each digit, and leaves all else.
    """
    pieces = tree.text_pieces([(edit.start, edit.end) for edit in edits])
    placed = [
        (piece, bool(texts))
        for edit, texts in zip(edits, pieces, strict=True)
        for piece in _in_text(edit, texts, content)
    ]
    shaped = [_shaped(edit, content) for edit, _ in placed]
    yield [
        shape if _is_number(edit, content) and not in_text else edit
        for (edit, in_text), shape in zip(placed, shaped, strict=True)
    ]
    yield shaped


def _in_text(edit: Edit, texts: list[Span], content: bytes) -> list[Edit]:
    """The edit of each string that holds a part of the value; of the whole of it in code."""
    if texts == [(edit.start, edit.end)]:
        return [edit]
    told = [text for text in texts if _num_shown(content[slice(*text)]) >= MIN_PIECE_CHARS]
    if told:
        return [replace(edit, start=start, end=end) for start, end in told]
    return [] if edit.kind in SPELLED else [edit]


def _num_shown(piece: bytes) -> int:
    return len(_SHOWN.findall(_ESCAPE.sub(b"", piece)))


def _is_number(edit: Edit, content: bytes) -> bool:
    return content[edit.start : edit.end].isdigit()


def _shaped(edit: Edit, content: bytes) -> Edit:
    return replace(edit, replacement=shape(content[edit.start : edit.end]).decode())


def shape(value: bytes) -> bytes:
    """UTF-8 with `A` for capitals, `1` for digits and `a` for other letters; escapes stay valid.

    >>> shape(b"Qx-9")
    b'Aa-1'
    """
    return _SHAPED.sub(_stand_in, value)


def _stand_in(found: re.Match[bytes]) -> bytes:
    character = found.group()
    if character.startswith(b"\\"):
        return character
    if character.isdigit():
        return b"1"
    return b"A" if character.isupper() else b"a"
