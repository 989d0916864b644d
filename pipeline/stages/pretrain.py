"""`pretrain`: fill-in-the-middle, encoding and best-fit packing into rows of N tokens.

text/SPLIT-i-of-n, tokenizer/ -> encode and pack -> pretrain/SPLIT-i-of-n
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import PretrainConfig
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages.exchange import one_batch
from codemill.pipeline.stages.text import text_path, written
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.transforms.fill_in_the_middle import FimSettings
from codemill.transforms.identity import keyed_number
from codemill.transforms.learning_value.copies import SampleWeight, copies
from codemill.transforms.packing import Packed, PackingSettings, PackingStats, pack_documents
from codemill.transforms.schema import CORPUS_VERSION, PRETRAIN, arrow_schema
from codemill.transforms.tokens import Encoder

STAGE_VERSION = 2

PRETRAIN_DIR = "pretrain"
DOCUMENT = ["file_id", "learning_value", "text"]
"""What packing reads of a row of text."""
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
        table = parts.read_table(self._root, text_path(shard), columns=DOCUMENT).combine_chunks()
        documents = one_batch(table)
        if self._encoder is None:
            checked = documents.column("text").slice(0, CHECKED_TEXTS).to_pylist()
            self._encoder = Encoder(self._spec, check=checked)
        rows_per_group = max(1, TOKENS_PER_GROUP // self._config.sequence_length)
        path = f"{PRETRAIN_DIR}/{shard}.parquet"
        schema = arrow_schema(PRETRAIN)
        file = PartFile(self._root, path, schema, rows_per_group=rows_per_group)
        stats = PackingStats()
        for packed in packings(documents, shard, self._encoder, self._config):
            for batch in packed.batches:
                file.write(batch)
            stats += packed.stats
        file.commit(self._footer(stats))
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


def packings(
    documents: pa.RecordBatch, shard: str, encoder: Encoder, config: PretrainConfig
) -> Iterator[Packed]:
    """The rows of a shard: of every document that is taken, then of its second copies, and so on.

    A document so never meets its own copy in a row, and is cut and rearranged anew each time.
    """
    taken = copies_of(documents, shard, config)
    texts, file_ids = documents.column("text"), documents.column("file_id")
    for copy in range(max(1, int(taken.max(initial=0)))):
        chosen = pa.array(taken > copy)
        yield pack_documents(
            texts.filter(chosen), file_ids.filter(chosen), encoder, settings(config, copy)
        )


def copies_of(
    documents: pa.RecordBatch, shard: str, config: PretrainConfig
) -> npt.NDArray[np.int64]:
    """How often each document of a shard is taken; outside `train` once, as it came."""
    exponent = config.value_exponent if shard.startswith("train-") else 0.0
    weight = SampleWeight(exponent, config.value_once, config.value_copies)
    file_ids = documents.column("file_id").to_numpy()
    return copies(documents.column("learning_value"), file_ids, weight, seed=config.seed)


def settings(config: PretrainConfig, copy: int = 0) -> PackingSettings:
    """What the packing kernel is told of documents, of their second copies (1), and so on."""
    return PackingSettings(
        row_tokens=config.sequence_length,
        fim=FimSettings(config.fim_rate, config.fim_spm_share),
        seed=config.seed if not copy else keyed_number(config.seed, "copy", str(copy)),
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
    """What the footers of the shards count, added up, and what was not taken."""
    totals = {"n_rows": 0, "n_kept_tokens": 0, "n_documents": 0, "n_pieces": 0}
    totals["not_taken"] = sum(_not_taken(build, shard) for shard in written(build))
    for shard in sorted(parts.committed(build.root, PRETRAIN_DIR)):
        footer = parts.read_footer(build.root, f"{PRETRAIN_DIR}/{shard}.parquet")
        for name, number in json.loads(footer[FOOTER_STATS]).items():
            if isinstance(number, int):
                totals[name] = totals.get(name, 0) + number
    return totals


def _not_taken(build: Build, shard: str) -> int:
    """Files of a shard of text that are in no row of its packed one."""
    if not build.config.pretrain.value_exponent:
        return 0
    columns = ["file_id", "learning_value"]
    batches = parts.iterate_parts(build.root, [text_path(shard)], columns=columns)
    taken = (copies_of(batch, shard, build.config.pretrain) for batch in batches)
    return sum(int(np.count_nonzero(each == 0)) for each in taken)


STAGE = Stage(
    name="pretrain",
    version=STAGE_VERSION,
    inputs=("text", "tokenizer"),
    libraries=("tiktoken", "tokenizers", "numpy", "pyarrow"),
    outputs=(PRETRAIN_DIR,),
    needs_work=(),
    make=make,
)
