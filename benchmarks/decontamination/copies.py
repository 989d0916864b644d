"""Copies of a benchmark's items, changed as people and tools change them.

Every edit takes Python source and gives Python source, or None where it does not apply.
"""

from __future__ import annotations

import ast
import io
import keyword
import random
import textwrap
import tokenize
from collections.abc import Callable

Edit = Callable[[str, random.Random], str | None]


def verbatim(source: str, rng: random.Random) -> str | None:
    del rng
    return source


def renamed(source: str, rng: random.Random) -> str | None:
    """Every name that the code binds is another one, everywhere the same; comments stay."""
    bound = _bound(source)
    if bound is None:
        return None
    fresh = {
        name: f"{rng.choice(_SYLLABLES)}_{rng.choice(_SYLLABLES)}{i}"
        for i, name in enumerate(sorted(bound))
    }
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    edits = []
    for before, token in zip([None, *tokens], tokens):
        after_dot = before is not None and before.string == "."
        if token.type == tokenize.NAME and token.string in fresh and not after_dot:
            edits.append((token.start, token.end, fresh[token.string]))
    return _replaced(source, edits)


def reformatted(source: str, rng: random.Random) -> str | None:
    """As a formatter of few words would: Python's own writing of the tree, comments lost."""
    tree = _parsed(source)
    return None if tree is None else ast.unparse(tree) + "\n"


def relaid(source: str, rng: random.Random) -> str | None:
    """Other indentation, other quotes, lines broken inside brackets, blank lines, line ends."""
    if _parsed(source) is None:
        return None
    pieces, depth, previous = [], 0, (1, 0)
    width = rng.choice([1, 2, 3, 8])
    indents = 0
    at_start = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.INDENT:
            indents += 1
            continue
        if token.type == tokenize.DEDENT:
            indents -= 1
            continue
        if token.type == tokenize.ENDMARKER:
            break
        if token.type in (tokenize.NEWLINE, tokenize.NL):
            pieces.append("\n" if depth == 0 else " ")
            at_start = depth == 0
            if token.type == tokenize.NEWLINE and rng.random() < 0.2:
                pieces.append("\n")
            continue
        if at_start:
            pieces.append(" " * (width * indents))
            at_start = False
        elif token.type != tokenize.OP or token.string in "=+-*/<>%":
            pieces.append(" ")
        text = token.string
        if (
            token.type == tokenize.STRING
            and text.startswith("'")
            and not text.startswith("'''")
            and '"' not in text
            and "\\" not in text
        ):
            text = f'"{text[1:-1]}"'
        pieces.append(text)
        if token.type == tokenize.COMMENT:
            pieces.append("\n" if depth else "")
        if text in "([{" and token.type == tokenize.OP:
            depth += 1
        if text in ")]}" and token.type == tokenize.OP:
            depth -= 1
        if text == "," and depth and rng.random() < 0.5:
            pieces.append("\n" + " " * rng.choice([4, 8, 12]))
    made = "".join(pieces)
    return made if _parsed(made) is not None else None


def stripped(source: str, rng: random.Random) -> str | None:
    """Without comments and docstrings."""
    del rng
    tree = _parsed(source)
    if tree is None:
        return None
    edits: list[tuple[tuple[int, int], tuple[int, int], str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            edits.append((token.start, token.end, ""))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                lines = source.splitlines(keepends=True)
                start = len(lines[first.lineno - 1].encode()[: first.col_offset].decode())
                end = len(lines[first.end_lineno - 1].encode()[: first.end_col_offset].decode())
                gone = "pass" if len(body) == 1 else ""
                edits.append(((first.lineno, start), (first.end_lineno, end), gone))
    made = _replaced(source, sorted(edits))
    kept = [line for line in made.splitlines() if line.strip()]
    return "\n".join(kept) + "\n"


def renamed_and_stripped(source: str, rng: random.Random) -> str | None:
    bare = stripped(source, rng)
    return bare and renamed(bare, rng)


def first_half(source: str, rng: random.Random) -> str | None:
    """The first half of its lines of code, comments and docstrings left out."""
    bare = stripped(source, rng)
    lines = (bare or source).splitlines()
    return "\n".join(lines[: (len(lines) + 1) // 2]) + "\n" if len(lines) > 3 else None


def second_half(source: str, rng: random.Random) -> str | None:
    bare = stripped(source, rng)
    lines = (bare or source).splitlines()
    return "\n".join(lines[len(lines) // 2 :]) + "\n" if len(lines) > 3 else None


def as_json(source: str, rng: random.Random) -> str | None:
    """Inside a JSON string."""
    import json

    return json.dumps({"messages": [{"role": "assistant", "content": source}]})


def commented_out(source: str, rng: random.Random) -> str | None:
    return textwrap.indent(source, "# ", lambda _: True)


SOLUTION_EDITS: dict[str, Edit] = {
    "verbatim": verbatim,
    "renamed": renamed,
    "reformatted": reformatted,
    "laid out anew": relaid,
    "stripped": stripped,
    "renamed, stripped": renamed_and_stripped,
    "first half": first_half,
    "second half": second_half,
    "in JSON": as_json,
    "commented out": commented_out,
}

_SYLLABLES = [
    "alpha",
    "bravo",
    "delta",
    "kilo",
    "lima",
    "mike",
    "oscar",
    "papa",
    "romeo",
    "sierra",
    "tango",
    "zulu",
    "foo",
    "bar",
    "qux",
]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _bound(source: str) -> set[str] | None:
    """The names that the code binds but for those it imports by their own name."""
    tree = _parsed(source)
    if tree is None:
        return None
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias) and node.asname:
            names.add(node.asname)
    return {n for n in names if not keyword.iskeyword(n) and not n.startswith("__") and n != "self"}


def _replaced(source: str, edits: list) -> str:
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    made, done = [], 0
    for (row, column), (end_row, end_column), new in edits:
        start = starts[row - 1] + column
        made += (source[done:start], new)
        done = starts[end_row - 1] + end_column
    return "".join([*made, source[done:]])
