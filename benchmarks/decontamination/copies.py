"""Copies of a benchmark's items, changed as people and tools change them.

Every edit takes Python source and gives Python source, or None where it does not apply.
"""

from __future__ import annotations

import ast
import io
import json
import keyword
import random
import textwrap
import tokenize
from collections.abc import Callable, Iterator

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
    for before, token in zip([None, *tokens], tokens, strict=False):
        after_dot = before is not None and before.string == "."
        if token.type == tokenize.NAME and token.string in fresh and not after_dot:
            edits.append((token.start, token.end, fresh[token.string]))
    return _replaced(source, edits)


def reformatted(source: str, rng: random.Random) -> str | None:
    """As a formatter of few words would: Python's own writing of the tree, comments lost."""
    del rng
    tree = _parsed(source)
    return None if tree is None else ast.unparse(tree) + "\n"


def relaid(source: str, rng: random.Random) -> str | None:
    """Other indentation, other quotes, lines broken inside brackets, blank lines."""
    if _parsed(source) is None:
        return None
    made = "".join(_Layout(rng).pieces(source))
    return made if _parsed(made) is not None else None


class _Layout:
    """Writes tokens anew."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._width = rng.choice([1, 2, 3, 8])
        self._indents = self._depth = 0
        self._at_start = True

    def pieces(self, source: str) -> Iterator[str]:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.INDENT, tokenize.DEDENT):
                self._indents += 1 if token.type == tokenize.INDENT else -1
            elif token.type in (tokenize.NEWLINE, tokenize.NL):
                yield self._line_end(is_statement=token.type == tokenize.NEWLINE)
            elif token.type != tokenize.ENDMARKER:
                yield self._space(token) + _requoted(token)
                yield self._after(token)

    def _line_end(self, *, is_statement: bool) -> str:
        self._at_start = self._depth == 0
        blank = is_statement and self._rng.random() < 0.2
        return ("\n" if self._depth == 0 else " ") + ("\n" if blank else "")

    def _space(self, token: tokenize.TokenInfo) -> str:
        if self._at_start:
            self._at_start = False
            return " " * (self._width * self._indents)
        return " " if token.type != tokenize.OP or token.string in "=+-*/<>%" else ""

    def _after(self, token: tokenize.TokenInfo) -> str:
        if token.type == tokenize.COMMENT and self._depth:
            return "\n"
        if token.type == tokenize.OP:
            self._depth += (token.string in "([{") - (token.string in ")]}")
            if token.string == "," and self._depth and self._rng.random() < 0.5:
                return "\n" + " " * self._rng.choice([4, 8, 12])
        return ""


def _requoted(token: tokenize.TokenInfo) -> str:
    text = token.string
    plain = token.type == tokenize.STRING and text.startswith("'") and text[1:3] != "''"
    return f'"{text[1:-1]}"' if plain and not {'"', "\\"} & set(text) else text


def stripped(source: str, rng: random.Random) -> str | None:
    """Without comments and docstrings."""
    del rng
    tree = _parsed(source)
    if tree is None:
        return None
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    edits = [(t.start, t.end, "") for t in tokens if t.type == tokenize.COMMENT]
    edits += [_gone(source, node) for node in ast.walk(tree) if _has_docstring(node)]
    kept = [line for line in _replaced(source, sorted(edits)).splitlines() if line.strip()]
    return "\n".join(kept) + "\n"


def _has_docstring(node: ast.AST) -> bool:
    first = next(iter(getattr(node, "body", None) or [None])) if hasattr(node, "name") else None
    value = first.value if isinstance(first, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _gone(source: str, node: ast.AST) -> tuple[tuple[int, int], tuple[int, int], str]:
    """The edit that takes a docstring out; a body of nothing else is `pass`."""
    lines = source.splitlines()
    first = node.body[0]
    start = len(lines[first.lineno - 1].encode()[: first.col_offset].decode())
    end = len(lines[first.end_lineno - 1].encode()[: first.end_col_offset].decode())
    left = "pass" if len(node.body) == 1 else ""
    return (first.lineno, start), (first.end_lineno, end), left


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
    del rng
    return json.dumps({"messages": [{"role": "assistant", "content": source}]})


def commented_out(source: str, rng: random.Random) -> str | None:
    del rng
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
