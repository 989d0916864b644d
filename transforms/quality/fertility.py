"""How many bytes of a text a token of the reference vocabulary stands for.

The reference vocabulary is a byte-level BPE of 8,192 tokens, trained on permissively licensed code
of many languages in like amounts (`tokenizer_training/reference_vocabulary.py`). It is a measure,
not a tokenizer to train with: it stays the same whatever corpus it is held against, so a score
means the same everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa
import tiktoken

from codemill.transforms.dedup.ragged import text_rows

PIECE_BYTES = 1024
SAMPLED_BYTES = 2 * PIECE_BYTES
"""A longer text is measured in two pieces, a third and two thirds into it: heads are licences, in
prose, and 2 kB tell bytes a token to a few hundredths at three times the speed."""

MIN_BYTES = 200
"""Of fewer ASCII bytes nothing is said: a name or two decide their score."""


@dataclass(frozen=True)
class Vocabulary:
    """A byte-level BPE. Tokens rise with the merges; the 256 bytes come first."""

    pattern: str
    """Regular expression of the pieces that merges stay within; without a look-around."""

    tokens: tuple[bytes, ...]
    """The bytes of every token; the index is the rank of its merge."""


class Fertility:
    """Measures the ASCII bytes of a text. Holds a native object, made when it is first needed.

    Other characters are left out: the vocabulary has few of any script but Latin, and comments in
    Chinese or code in APL are no gibberish.

    Linear in the text: at most SAMPLED_BYTES of a text are encoded, and tiktoken (0.13 or later) is
    not quadratic in runs without a break.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def __getstate__(self) -> dict[str, Vocabulary]:
        return {"_vocabulary": self._vocabulary}

    def __call__(self, text: pa.LargeStringArray) -> pa.DoubleArray:
        """Bytes a token, float64; null for a null and where less than MIN_BYTES are ASCII."""
        bounds, content = text_rows(text)
        data = content.data
        scores = np.full(len(text), np.nan)
        for row, (start, end) in enumerate(pairwise(bounds.tolist())):
            ascii_text = _sampled(data[start:end])
            if len(ascii_text) >= MIN_BYTES:
                num_tokens = len(self._encoding.encode_to_numpy(ascii_text))
                scores[row] = len(ascii_text) / num_tokens
        return pa.array(scores, pa.float64(), mask=np.isnan(scores))

    @cached_property
    def _encoding(self) -> tiktoken.Encoding:
        ranks = {token: rank for rank, token in enumerate(self._vocabulary.tokens)}
        return tiktoken.Encoding(
            "codemill-reference",
            pat_str=self._vocabulary.pattern,
            mergeable_ranks=ranks,
            special_tokens={},
        )


def _sampled(text: memoryview) -> str:
    """The ASCII characters of the pieces of a text that are measured."""
    pieces = [text]
    if len(text) > SAMPLED_BYTES:
        third = (len(text) - PIECE_BYTES) // 3
        pieces = [text[start : start + PIECE_BYTES] for start in (third, 2 * third)]
    return b"".join(pieces).decode("ascii", "ignore")
