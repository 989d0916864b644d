"""Documented functions of one tree: which comment or docstring belongs to which definition."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import tree_sitter

from codemill.language_configs.languages import Language

NAME_FIELDS = ("name", "declarator", "key", "left", "lhs", "pattern")
VALUE_FIELDS = ("value", "right", "rhs")
MAX_INDENT_BYTES = 256
"""White space looked through before a definition or comment: more of it is no indentation."""

MAX_NAME_DEPTH = 16
MAX_NAME_BYTES = 256

Span = tuple[int, int]
Captures = Mapping[str, list[tree_sitter.Node]]


@dataclass(frozen=True)
class Function:
    """One documented function: `schema.FUNCTION`."""

    name: str
    start: int
    end: int
    body_start: int
    doc_start: int
    doc_end: int


class DocumentedFunctions:
    """The documented functions of one file, in the order they begin."""

    def __init__(
        self, language: Language, content: bytes, captures: Captures, comments: Iterable[Span]
    ) -> None:
        self._content = content
        self._nodes = language.nodes
        self._markers = tuple(m.encode() for m in language.nodes.doc_markers)
        self._block = tuple(opening.encode() for opening, _ in language.comments.block)
        self._functions = captures.get("function", [])
        self._wrappers = {
            node.named_child(node.named_child_count - 1).id: node
            for node in captures.get("wrapper", [])
            if node.named_child_count
        }
        attributes = [(n.end_byte, n.start_byte, False) for n in captures.get("attribute", [])]
        looked_at = comments if self._functions and self._markers else []
        self._before = sorted(attributes + [self._trimmed(span) for span in looked_at])
        self._ends = [end for end, _, _ in self._before]

    def __iter__(self) -> Iterator[Function]:
        found = (self._documented(node) for node in self._functions)
        return iter(sorted((f for f in found if f), key=lambda f: (f.start, f.end)))

    def _trimmed(self, span: Span) -> tuple[int, int, bool]:
        """A comment as (end, start, is comment); some grammars count its line end to it."""
        start, end = span
        while end > start and self._content[end - 1] in b"\r\n":
            end -= 1
        return end, start, True

    def _documented(self, node: tree_sitter.Node) -> Function | None:
        outer = node
        while (wrapper := self._wrappers.get(outer.id)) is not None:
            outer = wrapper
        start, doc = self._doc_before(outer.start_byte)
        if doc is None and not self._nodes.docstring:
            return None
        body = _body(node, self._nodes.body)
        doc = (body and self._docstring(body)) or doc
        name = _name(node) if body and doc else None
        if body is None or doc is None or name is None:
            return None
        text = self._content[name.start_byte : name.end_byte].decode("utf-8", "replace")
        return Function(text, start, outer.end_byte, body.start_byte, *doc)

    def _docstring(self, body: tree_sitter.Node) -> Span | None:
        if not self._nodes.docstring or not body.named_child_count:
            return None
        first = body.named_child(0)
        if first.type == "expression_statement" and first.named_child_count:
            first = first.named_child(0)
        return first.byte_range if first.type in self._nodes.docstring else None

    def _doc_before(self, position: int) -> tuple[int, Span | None]:
        """Where the definition begins, its attributes included, and the comment right before."""
        start, doc = position, None
        for index in range(bisect_right(self._ends, position) - 1, -1, -1):
            end, begin, is_comment = self._before[index]
            if not self._adjacent(end, doc[0] if doc else start):
                break
            if not is_comment and doc is None:
                start = begin
                continue
            is_block = self._content.startswith(self._block, begin)
            if not is_comment or not self._documents(begin) or (doc and is_block):
                break
            doc = (begin, doc[1] if doc else end)
            if is_block:
                break
        return start, doc

    def _adjacent(self, end: int, start: int) -> bool:
        """Whether nothing but one line end and indentation stands between."""
        gap = self._content[end:start] if start - end <= MAX_INDENT_BYTES else b"x"
        return not gap.strip() and gap.count(b"\n") <= 1

    def _documents(self, begin: int) -> bool:
        """Whether a comment begins with a documentation marker, on a line of its own."""
        before = self._content[max(0, begin - MAX_INDENT_BYTES) : begin]
        return (
            bool(self._markers)
            and self._content.startswith(self._markers, begin)
            and not self._content.startswith(b"#!", begin)
            and not before.rpartition(b"\n")[2].strip()
        )


def _body(node: tree_sitter.Node, types: tuple[str, ...]) -> tree_sitter.Node | None:
    """A function's body: its field `body`, that of the value it names, or a child of `types`."""
    if body := node.child_by_field_name("body"):
        return body
    for field in VALUE_FIELDS:
        value = node.child_by_field_name(field)
        if value is not None:
            return value.child_by_field_name("body")
    return next((c for c in reversed(node.named_children) if c.type in types), None)


def _name(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The node that names a function: down the naming fields to an identifier."""
    named = _step_to_name(node)
    for _ in range(MAX_NAME_DEPTH):
        if named is None or named.type.endswith("identifier"):
            break
        inner = _step_to_name(named)
        if inner is None:
            break
        named = inner
    if named is None:
        named = next((c for c in node.named_children if _is_name(c.type)), None)
    return named if named is not None and 0 < _size(named) <= MAX_NAME_BYTES else None


def _step_to_name(node: tree_sitter.Node) -> tree_sitter.Node | None:
    found = (node.child_by_field_name(field) for field in NAME_FIELDS)
    return next((child for child in found if child is not None), None)


def _is_name(node_type: str) -> bool:
    return node_type.endswith(("identifier", "name"))


def _size(node: tree_sitter.Node) -> int:
    return node.end_byte - node.start_byte
