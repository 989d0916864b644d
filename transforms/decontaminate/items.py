"""Items of benchmarks, and what is remembered of them: hashes, never their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.transforms.decontaminate.outline import FunctionHash, Outline, function_hashes
from codemill.transforms.decontaminate.tokens import (
    CODE,
    DEFINING,
    MAX_OPENING,
    MIN_OPENING,
    PROSE,
    SHAPE,
    STREAMS,
    Stream,
    Tokens,
    grams,
    names,
    names_bound,
    openings,
    shape,
    tokens_of,
)
from codemill.transforms.dedup.hashing import UInt64Array

FUNCTION = "function"
"""The stream of whole functions: one hash each."""

STREAMS_OF = {"prompt": (PROSE,), "solution": (CODE, SHAPE), "test": (CODE,)}
"""What is looked for of a field. A prompt is found by its words, whatever the code around them."""


@dataclass(frozen=True)
class Item:
    """One task of a benchmark; what it has not is empty."""

    benchmark: str
    name: str
    prompt: str = ""
    solution: str = ""
    """With the signature, where the benchmark has that in the prompt."""
    test: str = ""
    language: str = "Python"


FINGERPRINTS = pa.schema(
    [
        pa.field("benchmark", pa.string(), nullable=False),
        pa.field("item", pa.string(), nullable=False),
        pa.field("field", pa.string(), nullable=False),
        pa.field("stream", pa.string(), nullable=False),
        pa.field("hash", pa.uint64(), nullable=False),
        pa.field("place", pa.int32(), nullable=False),
        pa.field("tokens", pa.int32(), nullable=False),
        pa.field("telling", pa.bool_(), nullable=False),
        pa.field("repositories", pa.int32(), nullable=False),
        pa.field("opening", pa.uint64(), nullable=False),
    ]
)
"""One row per hash of an item.

`place`: its first token in the field's stream; of a function, how many it has. `tokens`: those of
the field's whole stream. `telling`: whether the n-gram has the name that the solution gives its
function, where that is of several words; in the stream CODE alone. `repositories`: in how many
repositories of the background it was seen, which makes it an idiom. `opening`: the hash of how a
function begins, 0 for n-grams and for functions that do not begin with `def`.
"""


def fingerprints(items: Iterable[Item], outline: Callable[[str, bytes], Outline]) -> pa.Table:
    """The rows of `items`; `outline` reads the text of a language."""
    rows = [row for item in items for row in _rows(item, outline)]
    columns = zip(*rows, strict=True) if rows else [()] * len(FINGERPRINTS)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, FINGERPRINTS, strict=True)]
    return pa.table(arrays, schema=FINGERPRINTS)


_Row = tuple[str, str, str, str, int, int, int, bool, int, int]


def _rows(item: Item, outline: Callable[[str, bytes], Outline]) -> Iterator[_Row]:
    own = _own_names(item.solution.encode())
    yield from _grams_of(item, "prompt", tokens_of(item.prompt.encode()), own)
    solution = item.solution.encode()
    read = outline(item.language, solution)
    tokens = tokens_of(read.without_comments(solution))
    yield from _grams_of(item, "solution", tokens, own)
    forms = [tokens]
    if read.annotations:
        forms.append(tokens_of(read.without_annotations(solution)))
    for form in forms:
        for found, opening in _functions(form, read):
            size = (found.size, len(form.hashes))
            key = (item.benchmark, item.name, "solution", FUNCTION)
            yield *key, found.hash, *size, False, 0, opening
    yield from _grams_of(item, "test", tokens_of(item.test.encode()), own)


def _own_names(solution: bytes) -> UInt64Array:
    """The hashes of the names of several words that it gives its functions."""
    tokens = tokens_of(solution)
    after = np.flatnonzero(np.isin(tokens.hashes[:-1], DEFINING)) + 1
    spans = (
        (solution[tokens.starts[i] : tokens.ends[i]].decode("utf-8", "replace"), i) for i in after
    )
    own = [tokens.hashes[i] for name, i in spans if "_" in name or name[1:] != name[1:].lower()]
    return np.array(own, np.uint64)


def _grams_of(item: Item, field: str, tokens: Tokens, own: UInt64Array) -> Iterator[_Row]:
    """The n-grams of a field. `own` are the names that tell the item from others."""
    for name in STREAMS_OF[field]:
        made = shape(tokens, names_bound(tokens)) if name == SHAPE else STREAMS[name](tokens)
        if not len(made.hashes):
            continue
        has_own = np.convolve(np.isin(made.hashes, own), np.ones(made.gram_tokens, np.int64))
        for place, hashed in _distinct(made):
            telling = name == CODE and bool(has_own[place + made.gram_tokens - 1])
            size = len(made.hashes)
            yield item.benchmark, item.name, field, name, hashed, place, size, telling, 0, 0


def _functions(tokens: Tokens, read: Outline) -> Iterator[tuple[FunctionHash, int]]:
    """Each function, and again where a copy may have other names for built-in ones."""
    seen: set[int] = set()
    for chosen in (names(tokens), names_bound(tokens)):
        place, opening = openings(shape(tokens, chosen))
        for found in function_hashes(tokens, chosen, read.functions):
            if found.hash not in seen:
                seen.add(found.hash)
                size = min(found.size, MAX_OPENING) - MIN_OPENING
                at = opening[tokens.starts[place] == found.span[0]][size : size + 1]
                yield found, int(at[0]) if len(at) else 0


def _distinct(stream: Stream) -> Iterator[tuple[int, int]]:
    """(first place, hash) of every n-gram, in the order of their places; a short text is one."""
    hashes: UInt64Array = grams(stream)
    seen, first = np.unique(hashes, return_index=True)
    yield from sorted(zip(first.tolist(), seen.tolist(), strict=True))
