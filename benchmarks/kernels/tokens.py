"""Encoding by the build's tokenizer, and packing, which encodes too."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from benchmarks.kernels.stopwatch import Measured, best_of
from codemill.pipeline.config import PretrainConfig
from codemill.pipeline.stages.pretrain import settings
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.transforms.packing import pack_documents
from codemill.transforms.tokens import Encoder


def measure_tokens(root: str, text: pa.LargeStringArray, repeats: int) -> list[Measured]:
    """Figures with the tokenizer of the build in `root`."""
    encoder = Encoder(load_spec(root), check=text.slice(0, 100).to_pylist())
    seconds, tokens = best_of(repeats, lambda: encoder.encode(text))
    note = f"{len(tokens.ids):,} tokens, {encoder.vocab_size:,} entries, {encoder.backend}"
    told = [Measured("tokens", text.nbytes, seconds, note)]
    ids = pa.array(np.arange(1, len(text) + 1), pa.int64())
    wanted = settings(PretrainConfig())

    def packed() -> int:
        return sum(b.num_rows for b in pack_documents(text, ids, encoder, wanted).batches)

    seconds, rows = best_of(repeats, packed)
    return [*told, Measured("packing, encoding included", text.nbytes, seconds, f"{rows:,} rows")]
