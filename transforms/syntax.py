"""One parse per file: its language where the name is shared, its errors, comments and functions.

tree-sitter holds the interpreter lock while it parses, and the kernel's speed is the parser's.
Texts are hostile: `language_configs.bounded_parser` says what keeps them in bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

import pyarrow as pa

from codemill.language_configs.bounded_parser import (
    DEFAULT_BOUNDS,
    ParseBounds,
    Unparsed,
    with_deep_stack,
)
from codemill.language_configs.grammars import Grammars
from codemill.language_configs.languages import Languages
from codemill.transforms.columns import struct_lists
from codemill.transforms.functions import Function
from codemill.transforms.json_text import is_json
from codemill.transforms.language import JSON, UNKNOWN, LanguageIdentifier, Verdict
from codemill.transforms.schema import FUNCTION
from codemill.transforms.trees import Parsers, Tree

SHARE_DIGITS = 4
MAX_ERROR_SHARE_TO_IDENTIFY = 0.5
"""A tree that is mostly error is no file of its language: true of 29 of 31 labelled files for which
this left one candidate, where all the files that were in the language had less but for three
grammars' blind spots (F#, SQL, Verilog)."""

TELLING_KINDS = 12
"""A tree without errors tells its language from those that cannot be parsed where it has so many
kinds of named nodes: of 87 labelled files that was right for 84. Lenient grammars (Lisps, TeX, PHP
outside its tags) make trees without errors of anything, but of few kinds: with 2 it was 98 of 126.
"""

MIN_KINDS = 5
"""Between trees with equally many errors, kinds tell only where the larger has this many."""

DOUBTFUL_ERROR_SHARE = 0.05
"""A file named for a language whose tree is worse than this is re-examined."""


@dataclass(frozen=True)
class Syntax:
    """What the parse found, one row per file, as `transforms.schema` names it."""

    language: pa.StringArray
    """github-linguist's name or `unknown`; null where the text is."""

    language_by: pa.StringArray
    """The evidence, see `schema.LANGUAGE_BY`; null where the text is."""

    parse_error_share: pa.DoubleArray
    """Bytes of tokens that the parser could not place (`Tree.unparsed_bytes`), four digits; null
    where unparsed, 0 where empty."""

    comment_share: pa.DoubleArray
    """Bytes of comments, four digits; null where unparsed, 0 where empty. Not docstrings."""

    docstring_share: pa.DoubleArray
    """Bytes of the documentation of functions that stands inside them, four digits; null where
    unparsed. Not that of modules and classes."""

    documented_share: pa.DoubleArray
    """Functions that are documented, four digits; null where unparsed, where there are none, and
    where nothing says how the language documents them."""

    functions: pa.ListArray
    """Documented functions in the order they begin; empty where there are none, never null."""

    unparsed: pa.StringArray
    """The bound that kept a file from being parsed; null where parsed, and without a grammar."""


@dataclass(frozen=True)
class FileSyntax:
    """One file's row. `None` and `()` stand for unparsed."""

    language: str | None
    language_by: str | None
    parse_error_share: float | None = None
    comment_share: float | None = None
    docstring_share: float | None = None
    documented_share: float | None = None
    functions: tuple[Function, ...] = ()
    unparsed: str | None = None


class SyntaxKernel:
    """Identifies and parses texts. Holds native objects: made per process, from picklable parts."""

    def __init__(
        self,
        languages: Languages,
        grammars: Grammars,
        bounds: ParseBounds = DEFAULT_BOUNDS,
    ) -> None:
        self._relatives = languages.relatives
        self._parsers = Parsers(languages, grammars, bounds)
        self._identifier = LanguageIdentifier(languages)

    def __call__(self, path: pa.StringArray, text: pa.LargeStringArray) -> Syntax:
        """Row by row: `path` has no nulls; a null `text` gives a null row."""
        files = zip(path.to_pylist(), _contents(text), strict=True)
        return syntax_columns(with_deep_stack(lambda: [self._file(*file) for file in files]))

    def _file(self, path: str, content: bytes | None) -> FileSyntax:
        if content is None:
            return FileSyntax(None, None)
        verdict = self._identifier.identify(path, content)
        if len(verdict.names) > 1:
            return self._compared(verdict, path, content)
        if not verdict.names:
            return FileSyntax(UNKNOWN, "none")
        return self._named(verdict, path, content)

    def _named(self, verdict: Verdict, path: str, content: bytes) -> FileSyntax:
        """The row of a file whose language is known but for a look at its tree."""
        language = verdict.names[0]
        if language == JSON and is_json(content):
            return FileSyntax(
                language, verdict.by, 0.0, 0.0, 0.0
            )  # as its tree would say, at nine times the speed
        tree = self._parsers.tree(language, path, content)
        if isinstance(tree, Tree) and tree.error_bytes > DOUBTFUL_ERROR_SHARE * len(content):
            better = self._relative(language, tree, path, content)
            if better is not None:
                return file_syntax(better.language.name, "relative", better, content)
        return file_syntax(language, verdict.by, tree, content)

    def _relative(self, language: str, tree: Tree, path: str, content: bytes) -> Tree | None:
        """The tree of the one relative that has a name for everything in the file.

        It must be without error, telling, and hold what `language` has no word for: C++ takes a C
        file full of macros for declarations.
        """
        found = (
            self._parsers.tree(name, path, content) for name in self._relatives.get(language, ())
        )
        sound = [t for t in found if _is_sound(t) and t.has_kinds_unknown_to(tree)]
        return sound[0] if len(sound) == 1 else None

    def _compared(self, verdict: Verdict, path: str, content: bytes) -> FileSyntax:
        """The language that the parses of all candidates point to; `unknown` where none does."""
        trees = {name: self._parsers.tree(name, path, content) for name in verdict.names}
        most = MAX_ERROR_SHARE_TO_IDENTIFY * len(content)
        possible = {
            name: tree
            for name, tree in trees.items()
            if tree is None or (isinstance(tree, Tree) and tree.error_bytes <= most)
        }
        if verdict.doubtful:
            possible = {name: tree for name, tree in possible.items() if _is_sound(tree)}
        name = next(iter(possible)) if len(possible) == 1 else _pointed_to(possible)
        if name is None or not content:
            return FileSyntax(UNKNOWN, "none")
        return file_syntax(name, "parse", possible[name], content)


def _pointed_to(possible: dict[str, Tree | None]) -> str | None:
    """The candidate whose tree says that the file is in its language.

    Where every candidate has a tree, the one with the fewest bytes in error; of equals the one with
    the most kinds of nodes, for it understands more; of those the smaller language, for nothing in
    the file says it is in the larger (a C header that is C++ as well). Where some have none, the
    only one without error, and only if it is telling.
    """
    trees = [tree for tree in possible.values() if tree is not None]
    if len(trees) < len(possible):
        sound = [tree for tree in trees if _is_sound(tree)]
        return sound[0].language.name if len(sound) == 1 else None
    ranked = sorted(trees, key=_rank)[:2]
    if len(ranked) < 2 or _rank(ranked[0]) == _rank(ranked[1]):
        return None
    best, second = ranked
    if best.error_bytes == second.error_bytes and len(best.kinds) < MIN_KINDS:
        return None
    return best.language.name


def _is_sound(tree: Tree | Unparsed | None) -> TypeGuard[Tree]:
    """Whether there is a tree, without error and telling."""
    return isinstance(tree, Tree) and not tree.error_bytes and len(tree.kinds) >= TELLING_KINDS


def _rank(tree: Tree) -> tuple[int, int, int]:
    return tree.error_bytes, -len(tree.kinds), tree.grammar_kinds


def file_syntax(language: str, by: str, tree: Tree | Unparsed | None, content: bytes) -> FileSyntax:
    """The row of a file that was parsed, or was not."""
    if not isinstance(tree, Tree):
        return FileSyntax(language, by, unparsed=tree)
    size = max(1, len(content))
    comment_bytes, functions, num_functions = tree.read()
    nodes = tree.language.nodes
    told = num_functions > 0 and bool(nodes.docstring or nodes.doc_markers)
    return FileSyntax(
        language,
        by,
        round(tree.unparsed_bytes / size, SHARE_DIGITS),
        round(comment_bytes / size, SHARE_DIGITS),
        round(_docstring_bytes(functions) / size, SHARE_DIGITS),
        round(len(functions) / num_functions, SHARE_DIGITS) if told else None,
        functions,
    )


def _docstring_bytes(functions: tuple[Function, ...]) -> int:
    """Bytes of documentation inside functions; before them it is a comment."""
    return sum(f.doc_end - f.doc_start for f in functions if f.doc_start >= f.body_start)


def _contents(text: pa.LargeStringArray) -> Iterator[bytes | None]:
    """Each row's UTF-8, copied once; None for a null."""
    for view in text.cast(pa.large_binary()):
        yield view.as_py()


def syntax_columns(rows: Sequence[FileSyntax]) -> Syntax:
    """One row of each column for each of `rows`."""
    return Syntax(
        language=pa.array([r.language for r in rows], pa.string()),
        language_by=pa.array([r.language_by for r in rows], pa.string()),
        parse_error_share=pa.array([r.parse_error_share for r in rows], pa.float64()),
        comment_share=pa.array([r.comment_share for r in rows], pa.float64()),
        docstring_share=pa.array([r.docstring_share for r in rows], pa.float64()),
        documented_share=pa.array([r.documented_share for r in rows], pa.float64()),
        functions=_function_lists(rows),
        unparsed=pa.array([r.unparsed for r in rows], pa.string()),
    )


def _function_lists(rows: Sequence[FileSyntax]) -> pa.ListArray:
    """Every row's functions as one list array."""
    found = [f for row in rows for f in row.functions]
    return struct_lists(found, [len(row.functions) for row in rows], FUNCTION)
