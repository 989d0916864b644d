"""Takes the functions out of files in which a benchmark's item was found, and nothing else.

A file is looked at again after its functions are gone, and once more for what then remains: a file
keeps its place in the corpus only if nothing is found in the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from codemill.language_configs.bounded_parser import with_deep_stack
from codemill.transforms.columns import struct_lists
from codemill.transforms.decontaminate.detector import (
    Contamination,
    Detector,
    contamination_lists,
)
from codemill.transforms.decontaminate.outline import OutlineReader
from codemill.transforms.decontaminate.units import Unit
from codemill.transforms.edits import Edit, edited
from codemill.transforms.functions import Span
from codemill.transforms.rewrite import Rewriter
from codemill.transforms.schema import SPAN
from codemill.transforms.trees import Tree

MAX_ROUNDS = 4
"""Times a file is looked at: of an item that it holds twice, one copy is found at a time."""

MAX_FOUND = 64
"""Items of a file that is a collection of them."""

KIND = "contaminated"


@dataclass(frozen=True)
class Removed:
    """What a `Remover` makes of a batch; its rows in order."""

    columns: dict[str, pa.Array]
    """Those of `Rewritten`, `contamination` and `taken_out`."""

    is_clean: pa.BooleanArray
    """Rows in which something was found and nothing is left; never null."""


class Remover:
    """Holds native objects: one a process."""

    def __init__(self, detector: Detector, reader: OutlineReader, rewriter: Rewriter) -> None:
        self._detector = detector
        self._reader = reader
        self._rewriter = rewriter

    def __call__(self, batch: pa.RecordBatch, found: pa.ListArray) -> Removed:
        """`found` is what the detector says of the batch."""
        told = [[Contamination(**one) for one in given] for given in found.to_pylist()]
        rewritten = self._rewriter(batch, self._edits(batch, told), _as_they_are)
        broken = set(np.flatnonzero(rewritten.is_broken))
        if broken:
            sound = [edit for edit in rewritten.edits if edit.row not in broken]
            rewritten = self._rewriter(batch, sound, _as_they_are)
        done: dict[int, list[Edit]] = {}
        for edit in rewritten.edits:
            done.setdefault(edit.row, []).append(edit)
        told = [
            [one._replace(removed=row in done) for one in given] for row, given in enumerate(told)
        ]
        return Removed(
            columns={
                **rewritten.columns,
                "contamination": contamination_lists(told),
                "taken_out": span_lists([done.get(row, ()) for row in range(batch.num_rows)]),
            },
            is_clean=pa.array([row in done for row in range(batch.num_rows)], pa.bool_()),
        )

    def _edits(self, batch: pa.RecordBatch, told: Sequence[list[Contamination]]) -> Iterator[Edit]:
        """Those after which nothing is found; adds to `told` what is found on the way."""
        text, languages = batch.column("text"), batch.column("language")
        for row, found in enumerate(told):
            language = languages[row].as_py()
            if found and language:
                content = text[row].as_buffer().to_pybytes()
                yield from self._edits_of(row, language, content, found)

    def _edits_of(
        self, row: int, language: str, content: bytes, found: list[Contamination]
    ) -> list[Edit]:
        """Of one file; none if something would be left."""
        held = with_deep_stack(lambda: self._reader.units(language, content))
        gone: frozenset[int] = frozenset()
        new = found
        for _ in range(MAX_ROUNDS):
            if held is None or len(found) > MAX_FOUND:
                break
            chosen = held.holding([(one.start, one.end) for one in new], gone)
            units = held.units(chosen or ())
            if chosen is None or not _may_go(units):
                break
            gone = chosen
            edits = list(_without(row, units, content))
            text = pa.array([edited(content, edits).decode()], pa.large_string())
            (left,) = self._detector(text, pa.array([language])).to_pylist()
            if not left:
                return edits
            new = [_placed(Contamination(**one), edits) for one in left]
            found += new
        return []


def _may_go(units: Sequence[Unit]) -> bool:
    """Whether no block is left empty that must not be."""
    gone = Counter(unit.block for unit in units)
    return all(u.filler is not None or gone[u.block] < u.statements for u in units)


def _without(row: int, units: Sequence[Unit], content: bytes) -> Iterator[Edit]:
    """Each unit is replaced by nothing, the last of a block that would be empty by its filler."""
    left = {unit.block: unit.statements for unit in units}
    for unit in units:
        left[unit.block] -= 1
        new = unit.filler if not left[unit.block] else ""
        if new:
            ends_line = content[unit.end - 1 : unit.end] == b"\n"
            new = unit.indent + new + ("\n" if ends_line else "")
        yield Edit(row, unit.start, unit.end, KIND, new or "")


def _as_they_are(edits: Sequence[Edit], tree: Tree, content: bytes) -> Iterator[list[Edit]]:
    del tree, content
    yield list(edits)


def _placed(found: Contamination, edits: Sequence[Edit]) -> Contamination:
    """`found` in an edited text, with its span in the text before."""
    start, end = before_edits((found.start, found.end), edits)
    return found._replace(start=start, end=end)


def before_edits(span: Span, edits: Sequence[Edit]) -> Span:
    """A span of an edited text in the text before: with what was taken out inside it."""
    starts, shifts, shift = [], [], 0
    for edit in edits:
        starts.append(edit.start - shift)
        shift += edit.end - edit.start - len(edit.replacement.encode())
        shifts.append(shift)

    def moved(position: int, passed: int) -> int:
        return position + (shifts[passed - 1] if passed else 0)

    start, end = span
    return moved(start, bisect_right(starts, start)), moved(end, bisect_right(starts, end - 1))


def span_lists(rows: Sequence[Sequence[Edit]]) -> pa.ListArray:
    """list<schema.SPAN>, one a row."""
    edits = [edit for row in rows for edit in row]
    return struct_lists(edits, [len(row) for row in rows], SPAN)
