"""Where in a file's syntax a replacement goes, and what it may look like there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from codemill.transforms.edits import Edit
from codemill.transforms.text_nodes import Lie
from codemill.transforms.trees import Tree

EMAIL, IP = "email", "ip_address"

MIN_PIECE_CHARS = 4
"""Letters and digits of a secret in one of several strings from which that string is edited: the
`\\n` that ends a line of a key tells nothing."""

MIN_SHARE_IN_TEXT = 0.8
"""Of the letters and digits of a value, those that its strings hold where it is several: what is
left of a shell's `${TOKEN:-ab-12}` in one word of it is the value, and not a piece."""

_ESCAPE = re.compile(rb"\\.")
_SHOWN = re.compile(rb"[0-9A-Za-z]")
_SHAPED = re.compile(rb"(?s)\\.|[A-Za-z0-9]|[\xc0-\xff][\x80-\xbf]*")
"""An escape, or one letter or digit; all beyond ASCII counts as letters."""


def placements(edits: Sequence[Edit], tree: Tree, content: bytes) -> Iterator[list[Edit]]:
    """The edits of one file as they should be, then in a form that no syntax stumbles over.

    Both keep to the strings, comments and words that the values stand in. The second puts a letter
    for each letter and a digit for each digit, and leaves all else.
    """
    placed = [
        (piece, bool(lie.texts))
        for edit, lie in zip(edits, tree.lies([(e.start, e.end) for e in edits]), strict=True)
        for piece in _in_text(edit, lie, content)
    ]
    shaped = [_shaped(edit, content) for edit, _ in placed]
    yield [
        shape if _is_number(edit, content) and not in_text else edit
        for (edit, in_text), shape in zip(placed, shaped, strict=True)
    ]
    yield shaped


def _in_text(edit: Edit, lie: Lie, content: bytes) -> list[Edit]:
    """The edit of each string that holds a part of the value, of the whole of it elsewhere.

    None of what looks like an address and is an expression: `row@column.max`, `rows[2000::2]`.
    """
    if not lie.texts and lie.num_leaves > 1 and _has_operators(edit, content):
        return []
    held = [_num_shown(content[slice(*text)]) for text in lie.texts]
    whole = _num_shown(content[edit.start : edit.end])
    if len(held) < 2 or sum(held) < MIN_SHARE_IN_TEXT * whole:
        return [edit]
    return [
        replace(edit, start=start, end=end)
        for (start, end), number in zip(lie.texts, held, strict=True)
        if number >= MIN_PIECE_CHARS
    ]


def _has_operators(edit: Edit, content: bytes) -> bool:
    """Whether an address is written with what joins names or numbers; IPv4 is so nowhere."""
    return edit.kind == EMAIL or (edit.kind == IP and b":" in content[edit.start : edit.end])


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
