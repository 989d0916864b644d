"""Controlled edits of source files: what people do to code they copy, at a wanted similarity."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.near_duplicates.truth import jaccard, shingle_set

BISECTIONS = 7

LINE_COMMENT = {
    **dict.fromkeys(
        ("py", "rb", "sh", "pl", "pm", "r", "ex", "exs", "jl", "tcl", "nim", "cr"), "#"
    ),
    **dict.fromkeys(("lua", "hs", "sql", "adb", "ads", "elm", "vhd"), "--"),
    **dict.fromkeys(("el", "lisp", "clj", "scm", "rkt"), ";"),
    **dict.fromkeys(("erl", "hrl", "m", "tex"), "%"),
}
"""By file name extension; `//` for every other."""

NAME = re.compile(r"\b[A-Za-z_]\w{2,}\b")
COMMON_KEYWORDS = """
and bool break case catch char class const continue def default double elif else end enum
except export extends false final finally float fn for from func function goto impl import
include int interface let local long match mod module mut new nil not null package pass
private public pub raise require return self static std string struct super switch then
this throw true try type typedef union unsigned use using var void while with yield
"""
KEYWORDS = frozenset(COMMON_KEYWORDS.split())
"""Words of the common languages: a person who renames does not touch them."""

HEADER = """\
Copyright {year} the authors of {name}. All rights reserved.

You may use, copy and change this file, and pass it on, changed or not, as long as this notice stays
with it and every change is marked as one. The file comes as it is: nobody promises that it works,
that it suits a purpose, or that it harms nothing, and nobody who wrote or passed it on can be held
to account for what comes of its use. See the file LICENSE in the project's folder for the full
terms and the file AUTHORS for the names of those who hold rights in it.
"""


class Original(NamedTuple):
    """A text to edit."""

    text: str
    extension: str
    donor: str
    """Another file, for the lines that are inserted."""

    @property
    def lines(self) -> list[str]:
        """Its lines, each with its end."""
        return self.text.splitlines(keepends=True)

    @property
    def comment(self) -> str:
        """What begins a comment that ends with its line."""
        return LINE_COMMENT.get(self.extension, "//")


Edit = Callable[[Original, float, random.Random], str]
"""From an original, a rate of 0 to 1 and randomness; less rate changes a part of what more does."""


def _chosen(count: int, rate: float, rng: random.Random) -> set[int]:
    return set(rng.sample(range(count), count)[: round(rate * count)])


def renamed(original: Original, rate: float, rng: random.Random) -> str:
    """Some names get others, wherever they occur."""
    names = sorted(set(NAME.findall(original.text)) - KEYWORDS)
    wanted = {names[i] for i in _chosen(len(names), rate, rng)}
    return NAME.sub(lambda m: f"{m[0]}_{len(m[0])}" if m[0] in wanted else m[0], original.text)


def lines_inserted(original: Original, rate: float, rng: random.Random) -> str:
    """Lines of another file between the lines, here and there."""
    donor = original.donor.splitlines(keepends=True) or ["\n"]
    before = _chosen(len(original.lines), rate, rng)
    foreign = [rng.choice(donor) for _ in original.lines]
    return "".join(
        (foreign[i].rstrip("\r\n") + "\n" if i in before else "") + line
        for i, line in enumerate(original.lines)
    )


def block_inserted(original: Original, rate: float, rng: random.Random) -> str:
    """A run of another file's lines in one place."""
    at = rng.randrange(len(original.lines) + 1)
    donor = original.donor.splitlines(keepends=True)
    block = donor[: round(2 * rate * len(original.lines))]
    return "".join([*original.lines[:at], *block, "\n", *original.lines[at:]])


def lines_deleted(original: Original, rate: float, rng: random.Random) -> str:
    """Lines gone, here and there."""
    gone = _chosen(len(original.lines), rate, rng)
    return "".join(line for i, line in enumerate(original.lines) if i not in gone)


def block_deleted(original: Original, rate: float, rng: random.Random) -> str:
    """A run of lines gone."""
    lines = original.lines
    size = round(rate * len(lines))
    at = round(rng.random() * (len(lines) - size))
    return "".join(lines[:at] + lines[at + size :])


def lines_shuffled(original: Original, rate: float, rng: random.Random) -> str:
    """Some lines change places with one another."""
    lines = original.lines
    places = sorted(_chosen(len(lines), rate, rng))
    moved = places[len(places) // 2 :] + places[: len(places) // 2]
    target = dict(zip(places, moved, strict=True))
    return "".join(lines[target.get(i, i)] for i in range(len(lines)))


def comments_added(original: Original, rate: float, rng: random.Random) -> str:
    """Comments above some lines."""
    before = _chosen(len(original.lines), rate, rng)
    words = sorted(set(re.findall(r"[a-z]{3,}", original.donor))) or ["note"]
    said = [" ".join(rng.choices(words, k=4)) for _ in original.lines]
    return "".join(
        (f"{original.comment} {said[i]}\n" if i in before else "") + line
        for i, line in enumerate(original.lines)
    )


def comments_stripped(original: Original, rate: float, rng: random.Random) -> str:
    """Lines that are a comment gone, and block comments in the style of C."""
    del rate, rng
    text = original.text
    if original.comment == "//":
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip().startswith(original.comment))


def reformatted(original: Original, rate: float, rng: random.Random) -> str:
    """Other indentation, blank lines, line ends, trailing space: no token changes."""
    del rate
    end = rng.choice(["\n", "\r\n"])
    indent = rng.choice(["\t", "  ", "        "])
    made = []
    for line in original.text.splitlines():
        body = line.lstrip(" \t")
        depth = len(line[: len(line) - len(body)].expandtabs(4)) // 4
        made.append(indent * depth + body + " " * rng.choice([0, 0, 1, 2]) + end)
        if rng.random() < 0.1:
            made.append(end)
    return "".join(made)


def header_added(original: Original, rate: float, rng: random.Random) -> str:
    """A licence header at the top."""
    del rate
    notice = HEADER.format(year=rng.randint(1998, 2025), name=f"project{rng.randint(1, 40)}")
    lines = (f"{original.comment} {line}".rstrip() for line in notice.splitlines())
    return "\n".join(lines) + "\n\n" + original.text


def header_removed(original: Original, rate: float, rng: random.Random) -> str:
    """The comments at the top gone."""
    del rate, rng
    text = original.text.lstrip()
    if original.comment == "//" and text.startswith("/*") and "*/" in text:
        return text.split("*/", 1)[1].lstrip()
    lines = text.splitlines(keepends=True)
    body = next((i for i, x in enumerate(lines) if not x.startswith(original.comment)), 0)
    return "".join(lines[body:])


AT_A_RATE: tuple[Edit, ...] = (
    renamed,
    lines_inserted,
    block_inserted,
    lines_deleted,
    block_deleted,
    lines_shuffled,
    comments_added,
)
AS_IT_COMES: tuple[Edit, ...] = (comments_stripped, reformatted, header_added, header_removed)


def target_similarity(rng: random.Random) -> float:
    """Near 0.7, where tools err, in 7 of 10 draws; anywhere from 0.4 to 1 in the others."""
    return rng.uniform(0.6, 0.8) if rng.random() < 0.7 else rng.uniform(0.4, 1.0)


def edited(original: Original, edit: Edit, key: str) -> str:
    """`original` after `edit`, at the rate that comes nearest to a similarity drawn by `key`."""
    if edit in AS_IT_COMES:
        return edit(original, 1.0, random.Random(key))
    target = target_similarity(random.Random(f"{key}/target"))
    shingles = shingle_set(original.text)
    low, high = 0.0, 1.0
    best, distance = original.text, 1.0
    for _ in range(BISECTIONS):
        rate = (low + high) / 2
        made = edit(original, rate, random.Random(key))
        similarity = jaccard(shingles, shingle_set(made))
        if abs(similarity - target) < distance:
            best, distance = made, abs(similarity - target)
        low, high = (rate, high) if similarity > target else (low, rate)
    return best
