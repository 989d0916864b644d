"""Text that a vocabulary of code has no words for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class Gibberish(Minimum):
    """Files that fall to pieces under a tokenizer.

    What: ASCII bytes a token of the reference vocabulary; null where fewer than 200 are measured.
    Why: what is made of rare strings is data, whatever characters it is made of.
    Dropped: hashes, signatures, encoded and obfuscated text, tables of code points.
    Kept: dense code, ciphers among it, and text in any script: only ASCII is measured.
    Cost: 2 kB of a text are encoded.
    Source: BigCode's filter for SantaCoder (arXiv:2301.03988) has 2.5 to 2.9 characters for Python,
        Java and JavaScript with a tokenizer of their own. With ours of 8,192 tokens, base64 and
        hexadecimal have 1.1 to 1.4, drawings 1.5; of 30,098 files the lowest
        that are code have 1.66 (algebra) and 1.69 (circuits), a median 3.5. An upper bound was
        tried: what is above 6 are rulers and headers, and short files that import.
    """

    name = "gibberish"
    score_name = "bytes_per_token"
    digits = 3
    default = 1.6
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """ASCII bytes a token; null where too little is measured."""
        known = pc.and_(batch.text.is_valid(), batch.bytes_per_token.is_valid())
        return pc.if_else(known, batch.bytes_per_token, pa.scalar(None, pa.float64()))
