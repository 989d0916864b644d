"""Parses hostile text with tree-sitter: within a bound, and without overflowing the stack.

How far a text is parsed depends on its bytes alone, never on the clock: what tree-sitter does is
counted, and it is stopped after so much per byte, so a text gives the same tree on any machine.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import tree_sitter

T = TypeVar("T")

READ_BYTES = 1_024
"""Text handed to the lexer at a time: small, so that reads count what it goes over again."""

MAX_TOKEN_RUN = 10_000
"""Bare tokens in a row under one node. A query looks from each for the next named sibling, so its
time is quadratic in them: 60 ms for this many, minutes for a megabyte of nothing but `(`."""

MAX_DEPTH = 20_000
"""Nodes above each other, not counting the last `MAX_TOKEN_RUN`. Queries keep depths in 16 bits and
run for ever where these overflow."""

TAG_GRAMMARS = frozenset(["html", "svelte", "vue"])
"""Grammars whose scanner goes over its stack of open tags at each tag: quadratic."""

MAX_OPEN_TAGS = 5_000
"""Tags that may be opened and never closed in their text: 0.3 s for as many, minutes for 500 kB."""

_OPENED = re.compile(rb"<[A-Za-z]")
_CLOSED = re.compile(
    rb"</|/>|<(?i:area|base|br|col|dd|dt|embed|hr|img|input|li|link|meta|option|p|source|td|th|tr"
    rb"|track|wbr)\b"
)
"""Ends of tags, and the tags that need none."""

STACK_BYTES = 256 << 20
"""Stack for `with_deep_stack`. tree-sitter frees an ambiguous parse recursively, about 96 bytes of
stack per token: 300 kB of `{a:` overflow the usual 8 MiB. Only what is used takes memory."""


@dataclass(frozen=True)
class ParseBounds:
    """How much a parse may cost."""

    max_bytes: int = 1 << 20
    """A longer text is not parsed. `STACK_BYTES` is enough for nearly twice as much."""

    max_steps_per_byte: float = 0.1
    """A parse that takes more is given up. A step is a hundred of tree-sitter's operations: of
    6,981 real files, none above 500 bytes took more than 0.04."""

    max_reads_per_byte: float = 1.0
    """Likewise for the lexer's reads of `READ_BYTES`; real files took 0.3 at most."""

    min_steps: int = 1_000
    """No parse is given up before so many steps and reads: small texts are finished."""

    def __post_init__(self) -> None:
        per_byte = min(self.max_steps_per_byte, self.max_reads_per_byte)
        if min(self.max_bytes, per_byte, self.min_steps) <= 0:
            raise ValueError(f"every bound must be above 0, got {self}")


DEFAULT_BOUNDS = ParseBounds()


class Unparsed(StrEnum):
    """Why there is no tree: the bound that the text exceeds."""

    BYTES = "max_bytes"
    STEPS = "max_steps_per_byte"
    READS = "max_reads_per_byte"
    DEPTH = "max_depth"
    TOKENS = "max_token_run"


class BoundedParser:
    """One grammar's parser. Call it under `with_deep_stack` where the text is not to be trusted."""

    def __init__(
        self, grammar: tree_sitter.Language, bounds: ParseBounds, *, counts_tags: bool = False
    ) -> None:
        """`counts_tags` is for `TAG_GRAMMARS`."""
        self._parser = tree_sitter.Parser(grammar)
        self._bounds = bounds
        self._counts_tags = counts_tags
        self._piece = bytearray()

    def parse(self, content: bytes) -> tree_sitter.Tree | Unparsed:
        """The tree of UTF-8 `content`, or why it is too long or defeats parser or queries.

        A node's `text` must not be read: on a tree parsed piece by piece, tree-sitter 0.26 crashes.
        """
        if len(content) > self._bounds.max_bytes:
            return Unparsed.BYTES
        if self._counts_tags and _open_tags(content) > MAX_OPEN_TAGS:
            return Unparsed.DEPTH
        budget = _Budget(content, self._bounds, self._piece)
        try:
            tree = self._parser.parse(budget.read, progress_callback=budget.exceeded)
        except ValueError:  # how a parse ends that was stopped
            self._parser.reset()
            return budget.bound
        if budget.exceeded():
            return budget.bound
        root = tree.root_node
        if root.descendant_count <= MAX_TOKEN_RUN:
            return tree
        return _defeats_queries(root) or tree


def _open_tags(content: bytes) -> int:
    """Tags that are opened and not closed, at the least."""
    return len(_OPENED.findall(content)) - len(_CLOSED.findall(content))


class _Budget:
    """Hands a text out piece by piece, counts what its parse does, and stops it at the bound."""

    def __init__(self, content: bytes, bounds: ParseBounds, piece: bytearray) -> None:
        self._view = memoryview(content)
        self._piece = piece
        size = len(content)
        self._steps_left = max(bounds.min_steps, int(size * bounds.max_steps_per_byte))
        self._reads_left = max(bounds.min_steps, int(size * bounds.max_reads_per_byte))

    def read(self, offset: int, _point: tree_sitter.Point) -> bytearray:
        """The next piece of text. A lexer that goes back over the same text asks again.

        Always in the same buffer, because tree-sitter 0.26 never lets go of what it is given here.
        Once too much was read the text is at its end: a lexer inside one token asks nothing else.
        """
        self._reads_left -= 1
        end = offset + READ_BYTES if self._reads_left >= 0 else offset
        self._piece[:] = self._view[offset:end]
        return self._piece

    def exceeded(self, _offset: int = 0, _has_error: bool = False) -> bool:
        """Called after every step; true stops the parse."""
        self._steps_left -= 1
        return self._steps_left < 0 or self._reads_left < 0

    @property
    def bound(self) -> Unparsed:
        """Which of the two was exceeded."""
        return Unparsed.READS if self._reads_left < 0 else Unparsed.STEPS


def _defeats_queries(root: tree_sitter.Node) -> Unparsed | None:
    """The bound a tree exceeds that is too deep, or has too many bare tokens in a row for children.

    Only nodes with more descendants than either bound are looked into; most trees have none.
    """
    large = [(root, 0)]
    while large:
        node, depth = large.pop()
        if depth > MAX_DEPTH:
            return Unparsed.DEPTH
        children = node.children
        bare = len(children) - node.named_child_count
        if bare > MAX_TOKEN_RUN and _longest_run(children) > MAX_TOKEN_RUN:
            return Unparsed.TOKENS
        large += [(c, depth + 1) for c in children if c.descendant_count > MAX_TOKEN_RUN]
    return None


def _longest_run(children: list[tree_sitter.Node]) -> int:
    """How many bare tokens follow each other at most."""
    longest = run = 0
    for child in children:
        run = 0 if child.is_named else run + 1
        longest = max(longest, run)
    return longest


def with_deep_stack(work: Callable[[], T]) -> T:
    """`work()`, run on a stack of `STACK_BYTES`; its result, or the exception it raised.

    The thread exists for its stack alone: the caller waits for it.
    """
    usual = threading.stack_size(STACK_BYTES)
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(work).result()
    finally:
        threading.stack_size(usual)
