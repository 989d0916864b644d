"""Which items of benchmarks a text contains, where, and by which evidence.

All texts go through the sieve: what is found in their streams as they are. Those that have enough
of some item are looked at again with their syntax tree: without comments and docstrings, and
function by function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs.bounded_parser import with_deep_stack
from codemill.transforms.columns import struct_lists
from codemill.transforms.decontaminate.items import FUNCTION
from codemill.transforms.decontaminate.outline import Outline, function_hashes
from codemill.transforms.decontaminate.search import Found, Sieve, StreamIndex
from codemill.transforms.decontaminate.tokens import (
    CODE,
    PROSE,
    SHAPE,
    STREAMS,
    Stream,
    names,
    openings,
    read_tokens,
    rows_of,
    tokens_of,
)
from codemill.transforms.dedup.ragged import (
    Int64Array,
    blocks,
    places_among,
    sorted_distinct,
    text_rows,
)
from codemill.transforms.schema import CONTAMINATION

EXACT = "exact"
BY = (EXACT, "named", "tokens", SHAPE, FUNCTION, "prompt")
"""The kinds of evidence, as `docs/decontamination.md` tells them."""

_BLOCK_BYTES = 256 * 1024
SHARE_DIGITS = 4


@dataclass(frozen=True)
class Thresholds:
    """How much of an item must be found, as a share of the weight of its n-grams."""

    named: float = 0.15
    """Where the solution's own name for its function is among them."""
    tokens: float = 0.25
    shape: float = 0.7
    prompt: float = 0.5
    function: float = 0.5
    """Of the solution's tokens."""


MIN_EVIDENCE = {CODE: 5, SHAPE: 4, PROSE: 3}
"""Weight that must be found in any case: below it stand phrases of mathematics and the like
(`fibonacci(n - 1) + fibonacci(n - 2)`): with 3 for the first, 16 of 29,154 clean files, not 8."""

MUCH = 15
"""Weight of which, in CODE, a share of `MUCH_SHARE` suffices: half of a long solution."""
MUCH_SHARE = 0.12

MIN_WHOLE = 2
"""Of a prompt of which all is found that is no idiom."""

LOOK_AGAIN = {CODE: 0.8, SHAPE: 0.5, PROSE: 1.0}
"""Share of a threshold from which a text is looked at with its tree, which may find more: without
comments between its lines. Not of prose."""

TEST_FACTOR = 2
"""Share of a test without its function's name, in `tokens`: the rest is data (a row of the numbers
from 0 to 15 in an order that a filter has too)."""


class Contamination(NamedTuple):
    """One item found: `schema.CONTAMINATION`."""

    benchmark: str
    item: str
    field: str
    by: str
    overlap: float
    start: int
    end: int
    removed: bool = False


class Detector:
    """Finds the items of `fingerprints`. Holds native objects through `outline`: one a process."""

    def __init__(
        self,
        fingerprints: pa.Table,
        outline: Callable[[str, bytes], Outline],
        thresholds: Thresholds,
    ) -> None:
        """`fingerprints` as `items.FINGERPRINTS`."""
        self._outline = outline
        self.thresholds = thresholds
        self._fields, field = _numbered(fingerprints)
        self._is_test = np.array([name == "test" for _, _, name in self._fields], np.bool_)
        weight = weights(fingerprints)
        rows = pa.table(
            {
                "hash": fingerprints["hash"],
                "field": field,
                "weight": weight,
                "telling": fingerprints["telling"],
                "tokens": fingerprints["tokens"],
                "place": fingerprints["place"],
            }
        )
        stream = fingerprints["stream"]
        self._indexes = {
            name: StreamIndex(rows.filter(pc.equal(stream, name)), len(self._fields))
            for name in STREAMS
        }
        functions = rows.filter(pc.and_(pc.equal(stream, FUNCTION), pc.greater(rows["weight"], 0)))
        functions = functions.take(pc.sort_indices(functions["hash"]))
        self._functions = functions["hash"].to_numpy()
        self._function_field = functions["field"].to_numpy()
        openings_of = fingerprints.filter(weight > 0)["opening"].to_numpy()
        self._openings = Sieve(sorted_distinct(openings_of[openings_of > 0]))
        self._function_share = pc.divide(
            functions["place"].cast(pa.float64()), functions["tokens"]
        ).to_numpy()
        self._bars = {CODE: thresholds.named, SHAPE: thresholds.shape, PROSE: thresholds.prompt}

    def __call__(self, text: pa.LargeStringArray, language: pa.Array) -> pa.ListArray:
        """list<schema.CONTAMINATION>, by where it begins; empty where nothing is found."""
        bounds, content = text_rows(text)
        candidates: list[int] = []
        for first, end in blocks(np.diff(bounds), _BLOCK_BYTES):
            block = content[bounds[first] : bounds[end]]
            rows = bounds[first : end + 1] - bounds[first]
            candidates += (self._candidates(block, rows) + first).tolist()
        found: dict[int, list[Contamination]] = {}
        if candidates:
            languages = language.take(pa.array(candidates)).to_pylist()
            given = [
                (name, content[bounds[row] : bounds[row + 1]].tobytes())
                for row, name in zip(candidates, languages, strict=True)
            ]
            looked = with_deep_stack(lambda: [self._file(*one) for one in given])
            found = dict(zip(candidates, looked, strict=True))
        return contamination_lists([found.get(row, []) for row in range(len(text))])

    def _candidates(self, block: npt.NDArray[np.uint8], rows: Int64Array) -> Int64Array:
        """The rows that are looked at again."""
        tokens = read_tokens(block, rows)
        made = {name: make(tokens) for name, make in STREAMS.items()}
        wanted = [self._rows_with_openings(made[SHAPE])]
        for name, stream in made.items():
            row, share, evidence = self._indexes[name].shares(stream)
            bar = self._bars[name] * LOOK_AGAIN[name]
            enough = (share >= bar) & (evidence >= MIN_EVIDENCE[name] - 2)
            # All that is no idiom of a short item may be one n-gram.
            wanted.append(row[enough | (share > 1 - 1e-9)])
        return np.unique(np.concatenate(wanted))

    def _rows_with_openings(self, stream: Stream) -> Int64Array:
        """The rows that have a function which begins as one of a solution does."""
        place, hashes = openings(stream)
        return rows_of(stream, place[self._openings(hashes)[0]])[0]

    def _file(self, language: str | None, content: bytes) -> list[Contamination]:
        """What is in one text, the best of each kind of evidence for a field."""
        found = list(self._in_streams(content, STREAMS))
        outline = self._outline(language, content) if language else Outline()
        if outline.comments:
            bare = outline.without_comments(content)
            found += self._in_streams(bare, (CODE, SHAPE))
        if outline.functions:
            found += self._in_functions(outline.without_comments(content), outline)
        if outline.functions and outline.annotations:
            found += self._in_functions(outline.without_annotations(content), outline)
        best: dict[tuple[str, str, str, str], Contamination] = {}
        for one in sorted(found, key=lambda c: (-c.overlap, c.end - c.start, c.start)):
            best.setdefault(one[:4], one)
        return sorted(best.values(), key=lambda c: (c.start, c.end, c[:4]))

    def _in_streams(self, content: bytes, wanted: Iterable[str]) -> Iterator[Contamination]:
        tokens = tokens_of(content)
        for name in wanted:
            stream = STREAMS[name](tokens)
            found = self._indexes[name].find(stream)
            for by, overlap, entry in self._judged(name, found):
                last = min(int(found.last[entry]) + stream.gram_tokens, len(stream.token)) - 1
                start = tokens.starts[stream.token[found.first[entry]]]
                end = tokens.ends[stream.token[last]]
                benchmark, item, field = self._fields[found.field[entry]]
                yield Contamination(benchmark, item, field, by, overlap, int(start), int(end))

    def _judged(self, stream: str, found: Found) -> Iterator[tuple[str, float, int]]:
        """(evidence, overlap, entry) of what suffices."""
        enough = (found.share >= self._bars[stream]) & (found.evidence >= MIN_EVIDENCE[stream])
        if stream == PROSE:
            # Of a short prompt, most may be what sixteen others say as well.
            enough |= (found.share > 1 - 1e-9) & (found.evidence >= MIN_WHOLE)
        exact = found.whole & (found.share > 0) & (stream != SHAPE)
        if stream == CODE:
            bar = np.where(found.evidence >= MUCH, MUCH_SHARE, self.thresholds.tokens)
            bar = np.minimum(bar, self.thresholds.tokens)
            bar *= np.where(self._is_test[found.field], TEST_FACTOR, 1)
            named = found.is_named & (found.share >= self._bars[CODE])
            enough = found.evidence >= MIN_EVIDENCE[CODE]
            enough &= named | (found.share >= np.minimum(bar, 1))
        by = {CODE: "tokens", SHAPE: SHAPE, PROSE: "prompt"}[stream]
        for entry in np.flatnonzero(enough | exact).tolist():
            share = round(float(found.share[entry]), SHARE_DIGITS)
            if exact[entry]:
                yield EXACT, 1.0, entry
            else:
                yield "named" if found.is_named[entry] else by, share, entry

    def _in_functions(self, bare: bytes, outline: Outline) -> Iterator[Contamination]:
        tokens = tokens_of(bare)
        hashed = list(function_hashes(tokens, names(tokens), outline.functions))
        places = places_among(self._functions, np.array([f.hash for f in hashed], np.uint64))
        for function, place in zip(hashed, places.tolist(), strict=True):
            if place >= 0 and self._function_share[place] >= self.thresholds.function:
                share = round(float(self._function_share[place]), SHARE_DIGITS)
                benchmark, item, field = self._fields[self._function_field[place]]
                start, end = function.span
                yield Contamination(benchmark, item, field, FUNCTION, share, start, end)


def weights(fingerprints: pa.Table) -> npt.NDArray[np.float64]:
    """What each row counts: nothing where the background has it, for it is an idiom."""
    return np.where(fingerprints["repositories"].to_numpy() > 0, 0.0, 1.0)


def _numbered(fingerprints: pa.Table) -> tuple[list[tuple[str, str, str]], Int64Array]:
    """(benchmark, item, field) by number, and the number in each row."""
    parts = [_codes(fingerprints[name]) for name in ("benchmark", "item", "field")]
    key = np.zeros(len(fingerprints), np.int64)
    for values, codes in parts:
        key = key * len(values) + codes
    _, first, column = np.unique(key, return_index=True, return_inverse=True)
    named = zip(
        *(values.take(pa.array(codes[first])).to_pylist() for values, codes in parts), strict=True
    )
    return list(named), column


def _codes(column: pa.ChunkedArray) -> tuple[pa.Array, Int64Array]:
    """The distinct values of a column, and which of them each row has."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.dictionary, np.asarray(encoded.indices).astype(np.int64)


def contamination_lists(rows: Sequence[Sequence[Contamination]]) -> pa.ListArray:
    """list<schema.CONTAMINATION>, one a row."""
    found = [one for row in rows for one in row]
    return struct_lists(found, [len(row) for row in rows], CONTAMINATION)


class Worst(NamedTuple):
    """The item of each row of which most was found; null where none was."""

    overlap: pa.DoubleArray
    threshold: pa.DoubleArray


def worst(contamination: pa.ListArray, thresholds: Thresholds) -> Worst:
    """What the ledger tells as value, and what it was held against."""
    rows = [max(row, key=_rank) if row else None for row in contamination.to_pylist()]
    bars = {EXACT: 1.0, **{by: getattr(thresholds, by) for by in BY if by != EXACT}}
    return Worst(
        pa.array([row and row["overlap"] for row in rows], pa.float64()),
        pa.array([row and bars[row["by"]] for row in rows], pa.float64()),
    )


def _rank(found: dict[str, Any]) -> tuple[float, int]:
    return found["overlap"], -BY.index(found["by"])


def details(contamination: pa.ListArray) -> pa.StringArray:
    """`HumanEval HumanEval/13: 0.98 of its solution (tokens), and 3 more`; null where none."""
    return pa.array(
        [_detail(row) if row else None for row in contamination.to_pylist()], pa.string()
    )


def _detail(row: list[dict[str, Any]]) -> str:
    most = max(row, key=_rank)
    share = f"{most['overlap']:.2f} of its {most['field']} ({most['by']})"
    others = len({(c["benchmark"], c["item"]) for c in row}) - 1
    more = f", and {others:,} more" if others else ""
    return f"{most['benchmark']} {most['item']}: {share}{more}"
