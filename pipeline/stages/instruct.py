"""`instruct`: instruction pairs from what the parse found in the kept files.

work/files/content - removals, tokenizer/ -> pairs -> encode -> instruct/SPLIT-i-of-n
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import apache_beam as beam

from codemill.pipeline import parts
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import InstructConfig
from codemill.pipeline.parts import PartFile
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages.text import Shard, chosen, iterate_kept, shard_loads
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.transforms.instruct import InstructPairs
from codemill.transforms.schema import CORPUS_VERSION, INSTRUCT, arrow_schema
from codemill.transforms.tokens import Encoder

STAGE_VERSION = 1

INSTRUCT_DIR = "instruct"
ROWS_PER_GROUP = 1024
FOOTER_STATS = "codemill.pairs"


def graph(build: Build, wanted: list[Shard]) -> Graph:
    """One shard of pairs per shard of text."""
    weights = [shard.spec.size_bytes for shard in wanted]
    return lambda pipeline: (
        pipeline
        | "deal shards" >> Deal(wanted, weights, build.settings)
        | "pair and encode" >> beam.ParDo(WritePairs(build.root, build.config.instruct))
    )


class WritePairs(CheckedDoFn):
    """Makes the pairs of one shard."""

    def __init__(self, root: str, config: InstructConfig) -> None:
        super().__init__()
        self._root = root
        self._config = config

    def setup(self) -> None:
        """Load the tokenizer, once a worker."""
        super().setup()
        self._encoder = Encoder(load_spec(self._root))

    def process(self, shard: Shard) -> Iterator[None]:
        """Write one shard of pairs."""
        pairs = InstructPairs(self._encoder, self._config.max_tokens, seed=self._config.seed)
        path = f"{INSTRUCT_DIR}/{shard.name}.parquet"
        file = PartFile(self._root, path, arrow_schema(INSTRUCT), rows_per_group=ROWS_PER_GROUP)
        if self._config.enabled and self._encoder.spec.chat_ids is not None:
            for rows in iterate_kept(self._root, shard.spec.name):
                for batch in rows.to_batches():
                    file.write(pairs(batch))
        footer = {
            "codemill.corpus_version": CORPUS_VERSION,
            "codemill.tokenizer_digest": self._encoder.spec.digest,
            FOOTER_STATS: json.dumps(pairs.counts, sort_keys=True),
        }
        file.commit(footer)
        return iter(())


def make(build: Build) -> Counts:
    """Make every shard's pairs."""
    build.run_parts(
        "instruct",
        INSTRUCT_DIR,
        shard_loads(build),
        lambda missing: graph(build, chosen(build, missing)),
    )
    return count(build)


def count(build: Build) -> Counts:
    """Pairs and what gave none, from the shards alone."""
    names = sorted(parts.committed(build.root, INSTRUCT_DIR))
    paths = [f"{INSTRUCT_DIR}/{name}.parquet" for name in names]
    left_out: dict[str, int] = {}
    for path in paths:
        for reason, number in json.loads(parts.read_footer(build.root, path)[FOOTER_STATS]).items():
            left_out[reason] = left_out.get(reason, 0) + number
    languages = parts.count_values(build.root, paths, "language")
    return {
        "pairs": sum(parts.num_rows(build.root, path) for path in paths),
        "by_language": {str(name): number for name, number in sorted(languages.items())},
        "left_out": dict(sorted(left_out.items())),
    }


STAGE = Stage(
    name="instruct",
    version=STAGE_VERSION,
    inputs=("text", "files", "tokenizer"),
    libraries=("tiktoken", "tokenizers", "pyarrow"),
    outputs=(INSTRUCT_DIR,),
    needs_work=("catalog", "files", "duplicates"),
    make=make,
)
