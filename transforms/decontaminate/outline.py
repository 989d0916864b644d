"""What the syntax tree says of a text: where its comments, docstrings and functions are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tree_sitter

from codemill.language_configs.bounded_parser import (
    DEFAULT_BOUNDS,
    BoundedParser,
    ParseBounds,
)
from codemill.language_configs.grammars import Grammars
from codemill.language_configs.languages import Languages
from codemill.transforms.decontaminate.tokens import Tokens
from codemill.transforms.decontaminate.units import Units
from codemill.transforms.dedup.hashing import GOLDEN_GAMMA, UInt64Array, mix64
from codemill.transforms.dedup.ragged import BoolArray
from codemill.transforms.functions import Captures, Span
from codemill.transforms.trees import parser_of, query_cursor

MIN_FUNCTION_TOKENS, MAX_FUNCTION_TOKENS = 10, 2_000
"""A shorter function has nothing of its own without its names (`return sys.getsizeof(x)`), a longer
one is no solution. Of HumanEval and MBPP four items are shorter."""


_STATEMENTS = frozenset(["block", "expression_statement", "module"])
"""What a string that is a statement of its own is a child of, in the grammars of Python's kin."""


@dataclass(frozen=True)
class Outline:
    """Byte spans, each sorted; all empty where a text cannot be parsed."""

    comments: tuple[Span, ...] = ()
    """Comments and docstrings."""
    functions: tuple[Span, ...] = ()
    annotations: tuple[Span, ...] = ()
    """Types of parameters, results and variables that a program runs without."""

    def without_comments(self, content: bytes) -> bytes:
        """`content`, as long, with spaces for comments and docstrings."""
        return _blanked(content, self.comments)

    def without_annotations(self, content: bytes) -> bytes:
        """`content`, as long, with spaces for comments, docstrings and annotations."""
        return _blanked(content, (*self.comments, *self.annotations))


def _blanked(content: bytes, spans: tuple[Span, ...]) -> bytes:
    if not spans:
        return content
    text = bytearray(content)
    for start, end in spans:
        text[start:end] = b" " * (end - start)
    return bytes(text)


class FunctionHash(NamedTuple):
    """A function by what it does: two have the same hash that differ in chosen names alone."""

    hash: int
    size: int
    """Tokens."""
    span: Span


def function_hashes(
    tokens: Tokens, chosen: BoolArray, functions: Iterable[Span]
) -> Iterator[FunctionHash]:
    """One per function of suitable length, of the tokens of a text without comments.

    Names that are `chosen` count by the order in which they appear, so they may be changed, but not
    swapped.
    """
    spans = list(functions)
    places = np.searchsorted(tokens.starts, np.array(spans, np.int64).reshape(-1, 2)).tolist()
    known: dict[tuple[bytes, bytes], int] = {}
    for span, (first, last) in zip(spans, places, strict=True):
        if MIN_FUNCTION_TOKENS <= last - first <= MAX_FUNCTION_TOKENS:
            hashes, is_chosen = tokens.hashes[first:last], chosen[first:last]
            key = hashes.tobytes(), is_chosen.tobytes()
            if key not in known:
                known[key] = _hash(_renamed(hashes, is_chosen))
            yield FunctionHash(known[key], last - first, span)


def _renamed(hashes: UInt64Array, chosen: BoolArray) -> UInt64Array:
    """`hashes` with the number of its first appearance for each chosen name."""
    renamed = hashes.copy()
    _, first, which = np.unique(hashes[chosen], return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    renamed[chosen] = order[which].astype(np.uint64)
    return renamed


def _hash(tokens: UInt64Array) -> int:
    place = np.arange(1, len(tokens) + 1, dtype=np.uint64) * GOLDEN_GAMMA
    return int(mix64(mix64(tokens + place).sum(keepdims=True))[0])


class OutlineReader:
    """Outlines of texts in any language that has a grammar. Holds native objects."""

    def __init__(
        self, languages: Languages, grammars: Grammars, bounds: ParseBounds = DEFAULT_BOUNDS
    ) -> None:
        self._languages = languages.by_name
        self._grammars = grammars
        self._bounds = bounds
        self._readers: dict[str, tuple[BoundedParser, tree_sitter.QueryCursor] | None] = {}

    def __call__(self, language: str, content: bytes) -> Outline:
        """The outline of UTF-8 `content`. Call it under `with_deep_stack`."""
        captures = self._captures(language, content)
        comments = [node.byte_range for node in captures.get("comment", [])]
        comments += [n.byte_range for n in captures.get("docstring", []) if _stands_alone(n)]
        functions = [node.byte_range for node in captures.get("function", [])]
        annotations = list(map(_annotation, captures.get("annotation", [])))
        return Outline(
            tuple(sorted(comments)),
            tuple(sorted(functions)),
            tuple(sorted(filter(None, annotations))),
        )

    def units(self, language: str, content: bytes) -> Units | None:
        """The functions as they could be taken out; None where `content` cannot be parsed."""
        grammar = self._grammars.language(language)
        captures = self._captures(language, content)
        return Units(content, captures, grammar) if grammar and captures else None

    def _captures(self, language: str, content: bytes) -> Captures:
        """The nodes that matter by their kind; none where `content` cannot be parsed."""
        if language not in self._readers:
            self._readers[language] = self._reader(language)
        reader = self._readers[language]
        tree = reader and reader[0].parse(content)
        if reader is None or not isinstance(tree, tree_sitter.Tree):
            return {}
        return reader[1].captures(tree.root_node)

    def _reader(self, name: str) -> tuple[BoundedParser, tree_sitter.QueryCursor] | None:
        language = self._languages.get(name)
        grammar = self._grammars.language(name)
        if language is None or grammar is None:
            return None
        nodes = language.nodes
        wanted = {
            "comment": nodes.comment,
            "docstring": nodes.docstring,
            "function": nodes.function,
            "wrapper": nodes.wrapper,
            "attribute": nodes.attribute,
            "annotation": nodes.annotation,
        }
        return parser_of(language, grammar, self._bounds), query_cursor(grammar, wanted)


def _stands_alone(string: tree_sitter.Node) -> bool:
    """Whether a string is a statement, which nothing reads but people."""
    return string.parent is not None and string.parent.type in _STATEMENTS


def _annotation(node: tree_sitter.Node) -> Span | None:
    """A type with what stands before it; None for one inside another, and for what is compared."""
    before = node.prev_sibling
    return (before.start_byte, node.end_byte) if before and before.type in {":", "->"} else None
