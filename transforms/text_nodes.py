"""Which parts of a syntax tree are text to its language: strings, comments, words of a shell.

Grammars name such nodes in their own ways (`string_literal`, `line_comment`, `heredoc_body`,
`string_fragment`), but out of few words, and a string begins with a quote.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

import tree_sitter

TEXT_WORDS = frozenset(
    {
        *("char", "character", "comment", "content", "cdata", "docstring", "escape", "fragment"),
        *("heredoc", "nowdoc", "quoted", "raw", "regex", "regexp", "rune", "scalar", "str"),
        *("string", "text", "unquoted", "uri", "url", "value", "word"),
    }
)
"""Words of the names of nodes that hold text; so do `cstring` and all that end likewise."""

TEXT_NAMES = frozenset({"template_literal"})
"""Names of nodes that hold text and say so in no word of their own."""

AROUND_WORDS = frozenset(
    {"begin", "close", "closing", "delimiter", "end", "marker", "open", "opening", "start"}
)
"""Words of the names of what stands around text."""

OTHER_WORDS = frozenset(
    {
        *("adjacent", "clause", "color", "concatenated", "condition", "declaration", "definition"),
        *("expression", "float", "initializer", "integer", "list", "operator", "redirect"),
        *("statement", "type"),
    }
)
"""Words of the names of what is made of several things, or a number."""

QUOTES = b"\"'`"

Span = tuple[int, int]


class Lie(NamedTuple):
    """How a span lies in its file."""

    texts: list[Span]
    """The parts of it that lie in text and hold none of its delimiters, in order: all of it where
    one string, comment or word holds it; a part a string where it goes over several that are put
    together."""

    num_leaves: int
    """Leaves that are no text, of which it has a part: an expression has several."""


class TextNodes:
    """The text in trees of one grammar."""

    def __init__(self, grammar: tree_sitter.Language) -> None:
        names = [grammar.node_kind_for_id(kind) or "" for kind in range(grammar.node_kind_count)]
        words = {kind: _words(name) for kind, name in enumerate(names)}
        self._text = {k for k, w in words.items() if names[k] in TEXT_NAMES or _names_text(w)}
        self._around = {kind for kind, found in words.items() if found & AROUND_WORDS}

    def lies(self, root: tree_sitter.Node, content: bytes, spans: Sequence[Span]) -> list[Lie]:
        """How each span lies; they are in order and apart."""
        walk = _Walk(self, content, spans)
        walk.over(root)
        return [
            Lie(list(_within(span, walk.texts, walk.cuts)), len(list(_meeting(span, walk.cuts))))
            for span in spans
        ]

    def holds_text(self, node: tree_sitter.Node, content: bytes) -> bool:
        """By its name or, where that tells nothing, by the quote it begins with."""
        if not node.is_named or node.kind_id in self._around:
            return False
        begins = node.named_child_count == 0 and content[node.start_byte] in QUOTES
        return begins or node.kind_id in self._text


class _Walk:
    """One walk over the nodes that spans lie in: linear, however many spans there are."""

    def __init__(self, nodes: TextNodes, content: bytes, spans: Sequence[Span]) -> None:
        self.texts: list[Span] = []
        """Outermost nodes of text."""
        self.cuts: list[Span] = []
        """Leaves that are none: delimiters, and what is put into a string."""
        self._nodes = nodes
        self._content = content
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def over(self, root: tree_sitter.Node) -> None:
        """Note texts and cuts in order."""
        cursor = root.walk()
        more = cursor.goto_first_child()
        while more:
            node = cursor.node
            if node is not None and self._meets_span(node):
                more = (self._note(node) and cursor.goto_first_child()) or _goto_next(cursor)
            else:
                more = _goto_next(cursor)

    def _meets_span(self, node: tree_sitter.Node) -> bool:
        first = bisect_right(self._ends, node.start_byte)
        return first < len(self._starts) and self._starts[first] < node.end_byte

    def _note(self, node: tree_sitter.Node) -> bool:
        """Whether its children are to be looked at."""
        if self._nodes.holds_text(node, self._content):
            if not self.texts or self.texts[-1][1] <= node.start_byte:
                self.texts.append(node.byte_range)
        elif not node.child_count:
            self.cuts.append(node.byte_range)
        return node.child_count > 0


def _within(span: Span, texts: Sequence[Span], cuts: Sequence[Span]) -> Iterator[Span]:
    """The parts of `span` under `texts` and under none of `cuts`."""
    for start, end in _meeting(span, texts):
        at = start
        for cut_start, cut_end in _meeting((start, end), cuts):
            if at < cut_start:
                yield at, cut_start
            at = cut_end
        if at < end:
            yield at, end


def _meeting(span: Span, others: Sequence[Span]) -> Iterator[Span]:
    """What `span` has in common with each of `others`, which are in order and apart."""
    index = bisect_right(others, span[0], key=itemgetter(1))
    while index < len(others) and others[index][0] < span[1]:
        yield max(span[0], others[index][0]), min(span[1], others[index][1])
        index += 1


def _words(kind: str) -> frozenset[str]:
    """The words of a name like `string_content` or `literalString`, in lower case."""
    return frozenset(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", kind))


def _names_text(words: frozenset[str]) -> bool:
    named = words & TEXT_WORDS or any(w.endswith(("string", "comment")) for w in words)
    return bool(named) and not words & (AROUND_WORDS | OTHER_WORDS)


def _goto_next(cursor: tree_sitter.TreeCursor) -> bool:
    """To the next node in the order they begin that is not under this one."""
    while not cursor.goto_next_sibling():
        if not cursor.goto_parent():
            return False
    return True
