"""All kinds of instruction pairs of a part, encoded."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from codemill.transforms import schema
from codemill.transforms.instruct.chat import encode_pairs
from codemill.transforms.tokens import Encoder

_PACKAGE = "codemill.transforms.instruct"


class PairMaker(Protocol):
    """A kind's `Pairs`."""

    left_out: Counter[str]
    """What gave no pair, by reason."""

    def __init__(self, *, seed: int, languages: Collection[str] | None = None) -> None:
        """Begins a part; None takes all languages."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of WORK_CONTENT to one of `chat.PAIRS`."""


def kinds() -> dict[str, type[PairMaker]]:
    """The kinds there are, by name, sorted. Looks at the package's folder."""
    makers: dict[str, type[PairMaker]] = {}
    for name in sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])):
        maker = getattr(importlib.import_module(f"{_PACKAGE}.{name}"), "Pairs", None)
        if maker is not None:
            makers[name] = maker
    return makers


class InstructPairs:
    """Makes and encodes the pairs of one part, batch by batch; a new one is made for each part."""

    def __init__(
        self,
        encoder: Encoder,
        max_tokens: int,
        *,
        seed: int,
        languages: Collection[str] | None = None,
        wanted: Sequence[str] | None = None,
    ) -> None:
        """`wanted` names kinds, None takes all; ValueError where one is unknown."""
        found = kinds()
        names = list(found) if wanted is None else list(wanted)
        unknown = sorted(set(names) - found.keys())
        if unknown:
            raise ValueError(f"unknown kinds of pairs {unknown}; there are {', '.join(found)}")
        self._encoder = encoder
        self._max_tokens = max_tokens
        self._makers = [found[name](seed=seed, languages=languages) for name in names]
        self._too_long = 0

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of WORK_CONTENT to one of `schema.INSTRUCT`, kind after kind.

        Raises:
            ValueError: the tokenizer has no tokens for chats.

        """
        made = []
        for maker in self._makers:
            rows, too_long = encode_pairs(maker(batch), self._encoder, max_tokens=self._max_tokens)
            self._too_long += too_long
            made.append(rows)
        table = pa.Table.from_batches(made, schema.arrow_schema(schema.INSTRUCT)).combine_chunks()
        return pa.record_batch([_single(column) for column in table.columns], schema=table.schema)

    @property
    def counts(self) -> dict[str, int]:
        """What was left out so far, by reason, sorted."""
        total: Counter[str] = Counter()
        for maker in self._makers:
            total.update(maker.left_out)
        if self._too_long:
            total["over_max_tokens"] += self._too_long
        return dict(sorted(total.items()))


def _single(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)
