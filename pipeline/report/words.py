"""Numbers and hostile text, as a person can read them."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls, marks that turn the direction of text, and what takes no place on a line."""


def visible(text: str) -> str:
    """`text` with what hides or reorders it spelt out, as ⟨U+202E⟩; line ends and tabs stay."""
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text)


def one_line(text: str) -> str:
    """`visible`, line ends and tabs too."""
    return visible(text).replace("\n", "⟨U+000A⟩").replace("\t", "⟨U+0009⟩")


def head(text: str, *, max_lines: int, max_line_chars: int = 200) -> str:
    """The first lines of `text`, each cut at `max_line_chars`, with … where more follows."""
    lines = text.split("\n", max_lines)
    cut = [
        line if len(line) <= max_line_chars else f"{line[:max_line_chars]}…"
        for line in lines[:max_lines]
    ]
    rest = lines[max_lines:]
    return "\n".join([*cut, *(["…"] if rest and rest != [""] else [])])


def whole(number: int) -> str:
    """12345 as 12,345."""
    return f"{number:,}"


def short(number: float) -> str:
    """12345 as 12.3 k, with three significant digits."""
    for unit in ("", "k", "M", "G", "T"):
        if abs(number) < 999.5 or unit == "T":
            break
        number /= 1000
    return f"{number:.3g} {unit}".strip() if abs(number) < 999.5 else f"{number:,.0f} {unit}"


def size(size_bytes: float) -> str:
    """12345 as 12.3 kB."""
    text = short(size_bytes)
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def percent(share: float) -> str:
    """0.1234 as 12.3%; what would round to nothing is <0.1%."""
    return "<0.1%" if 0 < share < 0.0005 else f"{100 * share:.1f}%"


def measure(number: float | None) -> str:
    """A score or a threshold with the digits it needs, up to four."""
    if number is None:
        return ""
    return f"{number:,.4f}".rstrip("0").rstrip(".")
