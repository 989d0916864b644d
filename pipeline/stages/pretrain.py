"""`pretrain`: fill-in-the-middle, encoding and best-fit packing into rows of N tokens.

text/SPLIT-i-of-n, tokenizer/ -> encode and pack -> pretrain/SPLIT-i-of-n
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import apache_beam as beam
import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import PretrainConfig
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages.text import text_path, written
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.transforms.fill_in_the_middle import FimSettings
from codemill.transforms.packing import PackingSettings, PackingStats, pack_documents
from codemill.transforms.schema import CORPUS_VERSION, PRETRAIN, arrow_schema
from codemill.transforms.tokens import Encoder

STAGE_VERSION = 1

PRETRAIN_DIR = "pretrain"
TOKENS_PER_GROUP = 1 << 20
"""Tokens of a row group: 12 MB in memory with labels and positions."""
CHECKED_TEXTS = 64
"""Texts of each shard on which the fast encoder must agree with the tokenizer's own."""
FOOTER_STATS = "codemill.packing"


def graph(build: Build, loads: dict[str, Load]) -> Graph:
    """One packed shard per shard of text."""
    weights = [load.size_bytes for load in loads.values()]
    return lambda pipeline: (
        pipeline
        | "deal shards" >> Deal(list(loads), weights, build.settings)
        | "encode and pack" >> beam.ParDo(PackShard(build.root, build.config.pretrain))
    )


class PackShard(CheckedDoFn):
    """Encodes and packs one shard of text."""

    def __init__(self, root: str, config: PretrainConfig) -> None:
        super().__init__()
        self._root = root
        self._config = config

    def setup(self) -> None:
        """Load the tokenizer, once a worker."""
        super().setup()
        self._spec = load_spec(self._root)
        self._encoder: Encoder | None = None

    def process(self, shard: str) -> Iterator[None]:
        """Write one shard of packed rows."""
        table = parts.read_table(self._root, text_path(shard), columns=["file_id", "text"])
        table = table.combine_chunks()
        texts = pa.array([], pa.large_string()) if not table.num_rows else table["text"].chunk(0)
        if self._encoder is None:
            self._encoder = Encoder(self._spec, check=texts.slice(0, CHECKED_TEXTS).to_pylist())
        file_ids = pa.concat_arrays(table["file_id"].chunks or [pa.array([], pa.int64())])
        packed = pack_documents(texts, file_ids, self._encoder, settings(self._config))
        rows_per_group = max(1, TOKENS_PER_GROUP // self._config.sequence_length)
        path = f"{PRETRAIN_DIR}/{shard}.parquet"
        schema = arrow_schema(PRETRAIN)
        file = PartFile(self._root, path, schema, rows_per_group=rows_per_group)
        for batch in packed.batches:
            file.write(batch)
        file.commit(self._footer(packed.stats))
        return iter(())

    def _footer(self, stats: PackingStats) -> dict[str, str]:
        assert self._encoder is not None
        return {
            "codemill.corpus_version": CORPUS_VERSION,
            "codemill.sequence_length": str(self._config.sequence_length),
            "codemill.tokenizer_digest": self._spec.digest,
            "codemill.special_tokens": json.dumps(dict(self._spec.role_ids), sort_keys=True),
            "codemill.vocab_size": str(self._encoder.vocab_size),
            FOOTER_STATS: json.dumps(asdict(stats), sort_keys=True),
        }


def settings(config: PretrainConfig) -> PackingSettings:
    """What the packing kernel is told."""
    return PackingSettings(
        row_tokens=config.sequence_length,
        fim=FimSettings(config.fim_rate, config.fim_spm_share),
        seed=config.seed,
    )


def make(build: Build) -> Counts:
    """Pack every shard."""
    loads = written(build)
    build.run_parts(
        "pretrain",
        PRETRAIN_DIR,
        loads,
        lambda missing: graph(build, {name: loads[name] for name in missing}),
    )
    return count(build)


def count(build: Build) -> Counts:
    """What the footers of the shards count, added up."""
    totals = {"n_rows": 0, "n_kept_tokens": 0, "n_documents": 0, "n_pieces": 0}
    for shard in sorted(parts.committed(build.root, PRETRAIN_DIR)):
        footer = parts.read_footer(build.root, f"{PRETRAIN_DIR}/{shard}.parquet")
        for name, number in json.loads(footer[FOOTER_STATS]).items():
            if isinstance(number, int):
                totals[name] = totals.get(name, 0) + number
    return totals


STAGE = Stage(
    name="pretrain",
    version=STAGE_VERSION,
    inputs=("text", "tokenizer"),
    libraries=("tiktoken", "tokenizers", "numpy", "pyarrow"),
    outputs=(PRETRAIN_DIR,),
    needs_work=(),
    make=make,
)
