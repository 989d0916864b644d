"""Functions as they can be taken out of a file: with all that belongs to them alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import tree_sitter

from codemill.transforms.dedup.ragged import BoolArray
from codemill.transforms.functions import MAX_INDENT_BYTES, Captures, Span

FILLER = "pass"
"""What a block that is told by its indentation may hold in a function's place."""

MAX_UNITS = 64
"""Of a file with more there is little left. Bounds the walks to a node's parent."""


@dataclass(frozen=True)
class Unit:
    """A function with what wraps it, its decorators and the comments right above it."""

    start: int
    """Byte offset; of whole lines, where it has its lines for itself."""
    end: int
    indent: str
    """White space that it begins with."""
    block: int
    """Names the block that it stands in."""
    statements: int
    """How many that block holds, this one among them."""
    filler: str | None
    """What the block needs where it holds no others; None where nothing will do."""


class Units:
    """The functions of one tree that are asked for."""

    def __init__(self, content: bytes, captures: Captures, grammar: tree_sitter.Language) -> None:
        self._content = content
        wrappers = {
            node.named_child(node.named_child_count - 1).id: node
            for node in captures.get("wrapper", [])
            if node.named_child_count
        }
        comments, attributes = captures.get("comment", []), captures.get("attribute", [])
        self._comments = {n.start_byte: self._trimmed(n.byte_range) for n in comments}
        self._above = sorted(
            (self._trimmed(n.byte_range), n.start_byte) for n in [*comments, *attributes]
        )
        self._filler = FILLER if grammar.id_for_node_kind(FILLER, False) is not None else None
        self._nodes = [_outermost(node, wrappers) for node in captures.get("function", [])]
        self._starts = np.array([self._start(n.start_byte) for n in self._nodes], np.int64)
        self._ends = np.array([n.end_byte for n in self._nodes], np.int64)

    def holding(self, spans: Iterable[Span], gone: frozenset[int]) -> frozenset[int] | None:
        """`gone` and the functions to take out for what was found in `spans` without those.

        For each span it is the smallest function that holds it all, else the one with most of it.
        None where one of `spans` is in no function, or there are too many functions.
        """
        is_left = np.ones(len(self._nodes), np.bool_)
        for each in gone:
            is_left &= (self._starts < self._starts[each]) | (self._ends > self._ends[each])
        chosen = set(gone)
        for span in spans:
            index = self._for(span, is_left)
            if index is None or len(chosen) > MAX_UNITS:
                return None
            chosen.add(index)
        return frozenset(chosen)

    def units(self, indices: Iterable[int]) -> list[Unit]:
        """In order; none of those that lie within another."""
        units: list[Unit] = []
        for unit in sorted(map(self._unit, indices), key=lambda u: (u.start, -u.end)):
            if not units or unit.start >= units[-1].end:
                units.append(unit)
        return units

    def _for(self, span: Span, is_left: BoolArray) -> int | None:
        """Which function holds a span, of those left."""
        common = np.minimum(self._ends, span[1]) - np.maximum(self._starts, span[0])
        around = np.flatnonzero((common > 0) & is_left)
        if not len(around):
            return None
        sizes = (self._ends - self._starts)[around]
        return int(around[np.lexsort((sizes, -common[around]))[0]])

    def _unit(self, index: int) -> Unit:
        node = self._nodes[index]
        start, end, indent = self._lines(int(self._starts[index]), node.end_byte)
        block = node.parent
        if block is None:
            return Unit(start, end, indent, node.id, 1, None)
        statements = sum(not child.is_extra for child in block.named_children)
        filler = None
        if block.parent is not None:
            filler = "" if _is_delimited(block) else self._filler
        return Unit(start, end, indent, block.id, statements, filler)

    def _trimmed(self, span: Span) -> int:
        """Where it ends without line ends, which some grammars count to a comment."""
        start, end = span
        while end > start and self._content[end - 1] in b"\r\n":
            end -= 1
        return end

    def _start(self, start: int) -> int:
        """Of the topmost of the comments and attributes that stand right above each other."""
        for index in range(bisect_right(self._above, (start, start)) - 1, -1, -1):
            end, begin = self._above[index]
            gap = self._content[end:start] if start - end <= MAX_INDENT_BYTES else b"x"
            if gap.strip() or gap.count(b"\n") > 1 or self._before(begin).strip():
                break
            start = begin
        return start

    def _before(self, position: int) -> bytes:
        """What stands before it in its line, or as much of that as could be indentation."""
        return self._content[max(0, position - MAX_INDENT_BYTES) : position].rpartition(b"\n")[2]

    def _lines(self, start: int, end: int) -> tuple[int, int, str]:
        """(start, end, indentation) of the lines it fills; of itself where it shares them."""
        before = self._before(start)
        rest = self._content[end : end + MAX_INDENT_BYTES].partition(b"\n")[0]
        comment = end + len(rest) - len(rest.lstrip())
        line_end = self._comments.get(comment, comment)
        ends_line = self._content[line_end : line_end + 1] in (b"\n", b"")
        if before.strip() or not ends_line:
            return start, end, ""
        start -= len(before)
        below = self._content[line_end : line_end + MAX_INDENT_BYTES]
        lines = len(below) - len(below.lstrip(b"\n"))
        # Blank lines below go as well, if there are such above.
        is_apart = self._content[max(0, start - 2) : start].strip(b"\n") == b""
        past = line_end + (lines if is_apart else min(lines, 1))
        return start, past, before.decode("utf-8", "replace")


def _outermost(node: tree_sitter.Node, wrappers: dict[int, tree_sitter.Node]) -> tree_sitter.Node:
    while (wrapper := wrappers.get(node.id)) is not None:
        node = wrapper
    return node


def _is_delimited(block: tree_sitter.Node) -> bool:
    """Whether brackets or words say where the block ends."""
    last, after = block.child(block.child_count - 1), block.next_sibling
    return any(n is not None and not n.is_named and not n.is_extra for n in (last, after))
