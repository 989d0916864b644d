"""Reads a file's tree for what matters: errors, comments, documented functions, kinds of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import tree_sitter

from codemill.language_configs.bounded_parser import (
    DEFAULT_BOUNDS,
    TAG_GRAMMARS,
    BoundedParser,
    ParseBounds,
    Unparsed,
)
from codemill.language_configs.grammars import Grammars
from codemill.language_configs.languages import Language, Languages
from codemill.transforms.functions import Captures, DocumentedFunctions, Function, Span
from codemill.transforms.text_nodes import Lie, TextNodes

QUERY_MATCH_LIMIT = 256
"""Query states alive at once; bounds the time on deeply nested files. Every pattern has depth 2 at
most, so no real file comes near."""


class Parsers:
    """Parses texts of any language. Holds native objects: made per thread, and not handed on."""

    def __init__(
        self, languages: Languages, grammars: Grammars, bounds: ParseBounds = DEFAULT_BOUNDS
    ) -> None:
        self._languages = languages.by_name
        self._grammars = grammars
        self._bounds = bounds
        self._readers: dict[tuple[str, tree_sitter.Language], TreeReader] = {}

    def tree(self, language: str, path: str, content: bytes) -> Tree | Unparsed | None:
        """The file's tree, or the bound it exceeds; None without a grammar."""
        grammar = self._grammars.language(language, path)
        if grammar is None:
            return None
        key = (language, grammar)
        if key not in self._readers:
            self._readers[key] = TreeReader(self._languages[language], grammar, self._bounds)
        return self._readers[key].parse(content)


def parser_of(
    language: Language, grammar: tree_sitter.Language, bounds: ParseBounds
) -> BoundedParser:
    """A parser of `language` by one of its grammars."""
    source = language.grammar
    counts_tags = source is not None and source.name in TAG_GRAMMARS
    return BoundedParser(grammar, bounds, counts_tags=counts_tags)


class TreeReader:
    """One language's parser and queries. Holds native objects: made per process."""

    def __init__(
        self, language: Language, grammar: tree_sitter.Language, bounds: ParseBounds
    ) -> None:
        self.language = language
        self.grammar = grammar
        self._parser = parser_of(language, grammar, bounds)

    def parse(self, content: bytes) -> Tree | Unparsed:
        """The tree of `content`, or the bound that it exceeds."""
        tree = self._parser.parse(content)
        return tree if isinstance(tree, Unparsed) else Tree(self, content, tree)

    def captures(self, root: tree_sitter.Node) -> Captures:
        """The nodes that matter, by capture name.

        A query walks the whole tree, about a quarter of the parse's time, so there is but one per
        file; functions are not looked for where nothing is known to document them.
        """
        if self.language.nodes.docstring or self.language.nodes.doc_markers:
            return self._functions.captures(root)
        return self._comments.captures(root) if self.language.nodes.comment else {}

    @cached_property
    def text_nodes(self) -> TextNodes:
        """Which nodes hold text."""
        return TextNodes(self.grammar)

    @cached_property
    def _comments(self) -> tree_sitter.QueryCursor:
        return query_cursor(self.grammar, {"comment": self.language.nodes.comment})

    @cached_property
    def _functions(self) -> tree_sitter.QueryCursor:
        nodes = self.language.nodes
        wanted = {
            "comment": nodes.comment,
            "function": nodes.function,
            "wrapper": nodes.wrapper,
            "attribute": nodes.attribute,
        }
        return query_cursor(self.grammar, wanted)


class Tree:
    """A file's tree in one language. A native object: not handed on."""

    def __init__(self, reader: TreeReader, content: bytes, tree: tree_sitter.Tree) -> None:
        self._reader = reader
        self._content = content
        self._tree = tree

    @property
    def language(self) -> Language:
        """The language that the file was parsed as."""
        return self._reader.language

    @property
    def grammar_kinds(self) -> int:
        """How many kinds of node the grammar has: the larger of two languages has more."""
        return self._reader.grammar.node_kind_count

    @cached_property
    def error_bytes(self) -> int:
        """Bytes under ERROR nodes (what is MISSING has none). Enters erroneous subtrees only."""
        found: list[Span] = []
        open_nodes = [self._tree.root_node] if self._tree.root_node.has_error else []
        while open_nodes:
            node = open_nodes.pop()
            if node.is_error:
                found.append(node.byte_range)
            else:
                open_nodes += [child for child in node.children if child.has_error]
        return _covered(found)

    @property
    def unparsed_bytes(self) -> int:
        """Bytes of tokens that the parser made nothing of: those right under ERROR nodes.

        An ERROR node may span a whole file, because of one macro, and hold everything else well
        parsed: what is whole below it, comments too, does not count.
        """
        total = 0
        open_nodes = [self._tree.root_node] if self._tree.root_node.has_error else []
        while open_nodes:
            node = open_nodes.pop()
            for child in node.children:
                if child.has_error:
                    open_nodes.append(child)
                elif node.is_error and not child.named_child_count and not child.is_extra:
                    total += child.end_byte - child.start_byte
            if node.is_error and not node.child_count:
                total += node.end_byte - node.start_byte
        return total

    @cached_property
    def num_errors(self) -> int:
        """ERROR nodes, those within another not counted, and MISSING ones."""
        number = 0
        open_nodes = [self._tree.root_node] if self._tree.root_node.has_error else []
        while open_nodes:
            node = open_nodes.pop()
            if node.is_error or node.is_missing:
                number += 1
            else:
                open_nodes += [child for child in node.children if child.has_error]
        return number

    def lies(self, spans: Sequence[Span]) -> list[Lie]:
        """How spans of bytes, in order and apart, lie in text and code (`text_nodes`)."""
        return self._reader.text_nodes.lies(self._tree.root_node, self._content, spans)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of named nodes in it. Walks the whole tree."""
        kinds: set[int] = set()
        cursor = self._tree.walk()
        more = True
        while more:
            node = cursor.node
            if node is not None and node.is_named:
                kinds.add(node.kind_id)
            more = _step(cursor)
        grammar = self._reader.grammar
        return frozenset(filter(None, map(grammar.node_kind_for_id, kinds)))

    def has_kinds_unknown_to(self, other: Tree) -> bool:
        """Whether something in it has no name in the grammar of `other`."""
        grammar = other._reader.grammar
        return any(grammar.id_for_node_kind(kind, True) is None for kind in self.kinds)

    def read(self) -> tuple[int, tuple[Function, ...], int]:
        """Bytes of comments, the documented functions in the order they begin, and how many there
        are, documented or not.
        """
        captures = self._reader.captures(self._tree.root_node)
        comments = [node.byte_range for node in captures.get("comment", [])]
        functions = (
            tuple(DocumentedFunctions(self.language, self._content, captures, comments))
            if self._may_document(captures)
            else ()
        )
        return _covered(comments), functions, len(captures.get("function", []))

    def _may_document(self, captures: Captures) -> bool:
        """Whether there are functions and what could document one."""
        nodes = self.language.nodes
        markers = (marker.encode() for marker in nodes.doc_markers)
        has_document = bool(nodes.docstring) or any(m in self._content for m in markers)
        return "function" in captures and has_document


def _step(cursor: tree_sitter.TreeCursor) -> bool:
    """To the next node in the order they begin, outer ones first; False after the last."""
    if cursor.goto_first_child():
        return True
    while not cursor.goto_next_sibling():
        if not cursor.goto_parent():
            return False
    return True


def query_source(patterns: Mapping[str, tuple[str, ...]]) -> str:
    """A tree-sitter query that captures, under each name, node types and patterns alike."""
    return "\n".join(
        f"{node if node.startswith('(') else f'({node})'} @{capture}"
        for capture, nodes in patterns.items()
        for node in nodes
    )


def query_cursor(
    grammar: tree_sitter.Language, patterns: Mapping[str, tuple[str, ...]]
) -> tree_sitter.QueryCursor:
    """A cursor that finds `patterns`, in bounded time."""
    query = tree_sitter.Query(grammar, query_source(patterns))
    return tree_sitter.QueryCursor(query, match_limit=QUERY_MATCH_LIMIT)


def _covered(spans: Iterable[Span]) -> int:
    """How many bytes lie under any of `spans`."""
    total = reach = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total
