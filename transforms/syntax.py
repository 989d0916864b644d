"""One parse per file: its language where the name is shared, its errors, comments and functions.

tree-sitter holds the interpreter lock while it parses, and the kernel's speed is the parser's.
Texts are hostile: `language_configs.bounded_parser` says what keeps them in bounds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import tree_sitter

from codemill.language_configs.bounded_parser import (
    DEFAULT_BOUNDS,
    BoundedParser,
    ParseBounds,
    with_deep_stack,
)
from codemill.language_configs.grammars import Grammars
from codemill.language_configs.languages import Language, Languages
from codemill.transforms.language import UNKNOWN, LanguageIdentifier, Verdict
from codemill.transforms.schema import FUNCTION

SHARE_DIGITS = 4
MAX_ERROR_SHARE_TO_IDENTIFY = 0.5
"""A tree that is mostly error says nothing about which language a file is in."""

QUERY_MATCH_LIMIT = 256
"""Query states alive at once; bounds the time on deeply nested files. Every pattern has depth 2 at
most, so no real file comes near."""

ERROR_PATTERNS = ("(ERROR)", "(MISSING)")

NAME_FIELDS = ("name", "declarator", "key", "left", "lhs", "pattern")
VALUE_FIELDS = ("value", "right", "rhs")
MAX_INDENT_BYTES = 256
"""White space looked through before a definition or comment: more of it is no indentation."""

MAX_NAME_DEPTH = 16
MAX_NAME_BYTES = 256

Span = tuple[int, int]


@dataclass(frozen=True)
class Syntax:
    """What the parse found, one row per file, as `transforms.schema` names it."""

    language: pa.StringArray
    """github-linguist's name or `unknown`; null where the text is."""

    language_by: pa.StringArray
    """filename, extension, shebang, modeline, heuristic, parse or none; null where the text is."""

    parse_error_share: pa.DoubleArray
    """Bytes under ERROR and MISSING nodes, four digits; null where unparsed, 0 where empty."""

    comment_share: pa.DoubleArray
    """Bytes of comments, four digits; null where unparsed, 0 where empty. Not docstrings."""

    functions: pa.ListArray
    """Documented functions in the order they begin; empty where there are none, never null."""


@dataclass(frozen=True)
class Function:
    """One documented function: `schema.FUNCTION`."""

    name: str
    start: int
    end: int
    body_start: int
    doc_start: int
    doc_end: int


@dataclass(frozen=True)
class FileSyntax:
    """One file's row. `None` and `()` stand for unparsed."""

    language: str | None
    language_by: str | None
    parse_error_share: float | None = None
    comment_share: float | None = None
    functions: tuple[Function, ...] = ()


class SyntaxKernel:
    """Identifies and parses texts. Holds native objects: made per process, from picklable parts."""

    def __init__(
        self,
        languages: Languages,
        grammars: Grammars,
        bounds: ParseBounds = DEFAULT_BOUNDS,
    ) -> None:
        self._languages = languages.by_name
        self._grammars = grammars
        self._bounds = bounds
        self._identifier = LanguageIdentifier(languages)
        self._readers: dict[tuple[str, tree_sitter.Language], _Reader] = {}

    def __call__(self, path: pa.StringArray, text: pa.LargeStringArray) -> Syntax:
        """Row by row: `path` has no nulls; a null `text` gives a null row."""
        files = zip(path.to_pylist(), _contents(text), strict=True)
        return _columns(with_deep_stack(lambda: [self._file(*file) for file in files]))

    def _file(self, path: str, content: bytes | None) -> FileSyntax:
        if content is None:
            return FileSyntax(None, None)
        verdict = self._identifier.identify(path, content)
        if len(verdict.names) > 1:
            return self._compared(verdict, path, content)
        if not verdict.names:
            return FileSyntax(UNKNOWN, "none")
        language = verdict.names[0]
        return _row(language, verdict.by, self._parsed(language, path, content))

    def _compared(self, verdict: Verdict, path: str, content: bytes) -> FileSyntax:
        """The language whose tree has the fewest bytes in error.

        `unknown` where two share that place, and where one of the languages cannot be parsed.
        """
        trees = [self._parsed(name, path, content) for name in verdict.names]
        parsed = [tree for tree in trees if tree is not None]
        if len(parsed) < len(trees):
            return FileSyntax(UNKNOWN, "none")
        best, second = sorted(parsed, key=lambda tree: tree.error_bytes)[:2]
        most = min(second.error_bytes - 1, int(MAX_ERROR_SHARE_TO_IDENTIFY * len(content)))
        if best.error_bytes > most:
            return FileSyntax(UNKNOWN, "none")
        return _row(best.language.name, "parse", best)

    def _parsed(self, language: str, path: str, content: bytes) -> _Parsed | None:
        """The file's tree, read; None without a grammar or where the bounds are exceeded."""
        grammar = self._grammars.language(language, path)
        if grammar is None:
            return None
        key = (language, grammar)
        if key not in self._readers:
            self._readers[key] = _Reader(self._languages[language], grammar, self._bounds)
        return self._readers[key].read(content)


class _Reader:
    """One language's parser and its query, with and without the patterns of errors.

    A query walks the whole tree, about a quarter of the parse's time, so there is but one per file.
    """

    def __init__(
        self, language: Language, grammar: tree_sitter.Language, bounds: ParseBounds
    ) -> None:
        nodes = language.nodes
        self._parser = BoundedParser(grammar, bounds)
        patterns = {"comment": nodes.comment}
        if nodes.docstring or nodes.doc_markers:
            patterns |= {
                "function": nodes.function,
                "wrapper": nodes.wrapper,
                "attribute": nodes.attribute,
            }
        self._sound = _cursor(grammar, query_source(patterns))
        self._broken = _cursor(grammar, query_source(patterns | {"error": ERROR_PATTERNS}))
        self.language = language

    def read(self, content: bytes) -> _Parsed | None:
        """What the tree of `content` holds; None where it defeats the parser."""
        tree = self._parser.parse(content)
        if tree is None:
            return None
        root = tree.root_node
        captures = (self._broken if root.has_error else self._sound).captures(root)
        error_bytes = _covered(node.byte_range for node in captures.get("error", []))
        return _Parsed(self.language, content, captures, error_bytes)


@dataclass(frozen=True)
class _Parsed:
    """What a file's tree holds, in one language: the nodes that matter, by capture name."""

    language: Language
    content: bytes
    captures: dict[str, list[tree_sitter.Node]]
    error_bytes: int


def _row(language: str, by: str, parsed: _Parsed | None) -> FileSyntax:
    if parsed is None:
        return FileSyntax(language, by)
    size = max(1, len(parsed.content))
    comments = [node.byte_range for node in parsed.captures.get("comment", [])]
    return FileSyntax(
        language,
        by,
        round(parsed.error_bytes / size, SHARE_DIGITS),
        round(_covered(comments) / size, SHARE_DIGITS),
        tuple(_Functions(parsed, comments)),
    )


class _Functions:
    """The documented functions of one file, in the order they begin."""

    def __init__(self, parsed: _Parsed, comments: Iterable[Span]) -> None:
        language, captures = parsed.language, parsed.captures
        self._content = parsed.content
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
        trimmed = [self._trimmed(span) for span in comments] if self._functions else []
        self._before = sorted(attributes + trimmed)
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


def query_source(patterns: dict[str, tuple[str, ...]]) -> str:
    """A tree-sitter query that captures, under each name, node types and patterns alike."""
    return "\n".join(
        f"{node if node.startswith('(') else f'({node})'} @{capture}"
        for capture, nodes in patterns.items()
        for node in nodes
    )


def _cursor(grammar: tree_sitter.Language, source: str) -> tree_sitter.QueryCursor:
    query = tree_sitter.Query(grammar, source)
    return tree_sitter.QueryCursor(query, match_limit=QUERY_MATCH_LIMIT)


def _covered(spans: Iterable[Span]) -> int:
    """How many bytes lie under any of `spans`."""
    total = reach = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total


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


def _contents(text: pa.LargeStringArray) -> Iterator[bytes | None]:
    """Each row's UTF-8, copied once; None for a null."""
    for view in text.cast(pa.large_binary()):
        yield view.as_py()


def _columns(rows: list[FileSyntax]) -> Syntax:
    return Syntax(
        language=pa.array([r.language for r in rows], pa.string()),
        language_by=pa.array([r.language_by for r in rows], pa.string()),
        parse_error_share=pa.array([r.parse_error_share for r in rows], pa.float64()),
        comment_share=pa.array([r.comment_share for r in rows], pa.float64()),
        functions=_function_lists(rows),
    )


def _function_lists(rows: list[FileSyntax]) -> pa.ListArray:
    """Every row's functions as one list array, built by column."""
    offsets = [0]
    for row in rows:
        offsets.append(offsets[-1] + len(row.functions))
    found = [f for row in rows for f in row.functions]
    columns = [pa.array([getattr(f, x.name) for f in found], x.type) for x in FUNCTION]
    structs = pa.StructArray.from_arrays(columns, fields=list(FUNCTION))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)
