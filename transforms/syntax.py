"""One parse per file: the language where its name is shared, errors, comments, documented functions.

How far a file is parsed depends on its bytes alone, never on the clock: tree-sitter counts its own
operations and is stopped after so many per byte, so the same file gives the same row on any machine.
tree-sitter holds the interpreter lock while it parses, and the kernel's speed is the parser's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import tree_sitter

from codemill.language_configs.grammars import Grammars
from codemill.language_configs.languages import Language, Languages
from codemill.transforms.language import UNKNOWN, LanguageIdentifier, Verdict
from codemill.transforms.schema import FUNCTION

SHARE_DIGITS = 4
MAX_ERROR_SHARE_TO_IDENTIFY = 0.5
"""A tree that is mostly error says nothing about which language a file is in."""

READ_BYTES = 1_024
"""Text handed to the lexer at a time: small, so that reads count what it goes over again."""

MAX_TOKEN_RUN = 10_000
"""Bare tokens in a row under one node. A query looks from each for the next named sibling, so its
time is quadratic in them: 60 ms for this many, minutes for a file of nothing but `(`."""

QUERY_MATCH_LIMIT = 256
"""Query states alive at once; bounds the time on deeply nested files. Every pattern has depth 2 at
most, so no real file comes near."""

ERROR_PATTERNS = ("(ERROR)", "(MISSING)")

NAME_FIELDS = ("name", "declarator", "key", "left", "lhs", "pattern")
VALUE_FIELDS = ("value", "right", "rhs")
MAX_NAME_DEPTH = 16
MAX_NAME_BYTES = 256

Span = tuple[int, int]


@dataclass(frozen=True)
class SyntaxSettings:
    """How much a parse may cost."""

    max_parse_bytes: int = 1_000_000
    """A longer file is not parsed; its shares are null."""

    max_steps_per_byte: float = 1.0
    """A parse that takes more is given up. A step is a hundred of tree-sitter's operations, or one
    read of `READ_BYTES` by the lexer. Real files took 0.03 of the one, 0.2 of the other at most."""

    min_steps: int = 10_000
    """No parse is given up before that, so that small files with many errors are finished."""

    def __post_init__(self) -> None:
        if min(self.max_parse_bytes, self.max_steps_per_byte, self.min_steps) <= 0:
            raise ValueError(f"every bound must be above 0, got {self}")

    def max_steps(self, size_bytes: int) -> int:
        """The steps, and the reads, that a file of `size_bytes` may take."""
        return max(self.min_steps, int(size_bytes * self.max_steps_per_byte))


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
        settings: SyntaxSettings = SyntaxSettings(),
    ) -> None:
        self._languages = languages.by_name
        self._grammars = grammars
        self._settings = settings
        self._identifier = LanguageIdentifier(languages)
        self._readers: dict[tuple[str, tree_sitter.Language], _Reader] = {}

    def __call__(self, path: pa.StringArray, text: pa.LargeStringArray) -> Syntax:
        """Row by row: `path` has no nulls; a null `text` gives a null row."""
        rows = [
            FileSyntax(None, None) if content is None else self.file(name, content)
            for name, content in zip(path.to_pylist(), _contents(text), strict=True)
        ]
        return _columns(rows)

    def file(self, path: str, content: bytes) -> FileSyntax:
        """One file's row. `content` is UTF-8."""
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
        if grammar is None or len(content) > self._settings.max_parse_bytes:
            return None
        key = (language, grammar)
        if key not in self._readers:
            self._readers[key] = _Reader(self._languages[language], grammar)
        return self._readers[key].parse(content, self._settings)


class _Reader:
    """One language's parser and its query, with and without the patterns of errors.

    A query walks the whole tree, about a quarter of the parse's time, so there is but one per file.
    """

    def __init__(self, language: Language, grammar: tree_sitter.Language) -> None:
        nodes = language.nodes
        self._parser = tree_sitter.Parser(grammar)
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

    def parse(self, content: bytes, settings: SyntaxSettings) -> _Parsed | None:
        """The tree of `content`, queried once; None where it defeats the parser."""
        tree = _bounded_parse(self._parser, _Budget(content, settings))
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
        # Not `name.text`: on a tree parsed through a callback it crashes the interpreter.
        text = self._content[name.start_byte : name.end_byte].decode("utf-8", "replace")
        return Function(text, start, outer.end_byte, body.start_byte, *doc)

    def _docstring(self, body: tree_sitter.Node) -> Span | None:
        if not self._nodes.docstring:
            return None
        first = body.named_child(0) if body.named_child_count else None
        if first is not None and first.type == "expression_statement":
            first = first.named_child(0)
        return (
            first.byte_range if first is not None and first.type in self._nodes.docstring else None
        )

    def _doc_before(self, position: int) -> tuple[int, Span | None]:
        """Where the definition begins, its attributes included, and the comment right before."""
        start, doc = position, None
        for index in range(bisect_right(self._ends, position) - 1, -1, -1):
            end, begin, is_comment = self._before[index]
            if not self._adjacent(end, doc[0] if doc else start):
                break
            if not is_comment:
                if doc:
                    break
                start = begin
                continue
            if not self._documents(begin):
                break
            is_block = self._content.startswith(self._block, begin)
            if doc and is_block:
                break
            doc = (begin, doc[1] if doc else end)
            if is_block:
                break
        return start, doc

    def _adjacent(self, end: int, start: int) -> bool:
        """Whether nothing but one line end stands between."""
        gap = self._content[end:start]
        return not gap.strip() and gap.count(b"\n") <= 1

    def _documents(self, begin: int) -> bool:
        """Whether a comment begins with a documentation marker, on a line of its own."""
        line = self._content.rfind(b"\n", 0, begin) + 1
        return (
            bool(self._markers)
            and self._content.startswith(self._markers, begin)
            and not self._content.startswith(b"#!", begin)
            and not self._content[line:begin].strip()
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


class _Budget:
    """Counts what a parse does and stops it when that is too much."""

    def __init__(self, content: bytes, settings: SyntaxSettings) -> None:
        self._view = memoryview(content)
        self._steps_left = self._reads_left = settings.max_steps(len(content))

    def read(self, offset: int, _point: tree_sitter.Point) -> memoryview:
        """The next piece of text. A lexer that goes back over the same text asks again."""
        self._reads_left -= 1
        return self._view[offset : offset + READ_BYTES]

    def exceeded(self, _offset: int, _has_error: bool) -> bool:
        """Called after every step; true stops the parse."""
        self._steps_left -= 1
        return self._steps_left < 0 or self._reads_left < 0


def _bounded_parse(parser: tree_sitter.Parser, budget: _Budget) -> tree_sitter.Tree | None:
    """The tree of the budget's text; None where the parser needs more than the budget."""
    try:
        tree = parser.parse(budget.read, progress_callback=budget.exceeded)
    except ValueError:
        parser.reset()
        return None
    return None if _defeats_queries(tree.root_node) else tree


def _defeats_queries(root: tree_sitter.Node) -> bool:
    """Whether a node has more than `MAX_TOKEN_RUN` bare tokens in a row for children.

    Only nodes with that many descendants are looked into, which most files have but few of.
    """
    large = [root]
    while large:
        node = large.pop()
        if node.descendant_count <= MAX_TOKEN_RUN:
            continue
        children = node.children
        bare = len(children) - node.named_child_count
        if bare > MAX_TOKEN_RUN and _longest_run(children) > MAX_TOKEN_RUN:
            return True
        large.extend(children)
    return False


def _longest_run(children: list[tree_sitter.Node]) -> int:
    """How many bare tokens follow each other at most."""
    longest = run = 0
    for child in children:
        run = 0 if child.is_named else run + 1
        longest = max(longest, run)
    return longest


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
