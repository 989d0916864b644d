"""`tokenizer`: byte-level BPE on a language-weighted sample of the training text, or the user's.

    text/train-* -> sample -> work/tokenizer/sample -> train -> tokenizer/

Sampling is distributed; training is one process's work, over a sample of bounded size.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa

from codemill.pipeline import parts, storage
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import Config
from codemill.pipeline.errors import UserError
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.sources import Discovery
from codemill.pipeline.stages.text import bytes_by_language, text_path, written
from codemill.tokenizer_training.evaluate import evaluate
from codemill.tokenizer_training.folder import TokenizerCard, save
from codemill.tokenizer_training.train import spec_of, train
from codemill.tokenizer_training.user import copy_user_tokenizer, load_user_tokenizer
from codemill.transforms.sampling import language_rates, sampled
from codemill.transforms.tokens import Encoder, TokenizerSpec

STAGE_VERSION = 1

TOKENIZER_DIR = "tokenizer"
SAMPLE_DIR = "work/tokenizer/sample"
HELD_OUT_BYTES = 4 << 20
"""Validation text that the tokenizer's card is measured on."""
COLUMNS = ["file_id", "language", "size_bytes", "text"]
SAMPLE = pa.schema(
    [("language", pa.string()), ("size_bytes", pa.int64()), ("text", pa.large_string())]
)


def sample_graph(build: Build, loads: dict[str, Load], rates: dict[str, float]) -> Graph:
    """The files that the keyed choice takes, shard by shard."""
    weights = [load.size_bytes for load in loads.values()]
    return lambda pipeline: (
        pipeline
        | "deal shards" >> Deal(list(loads), weights, build.settings)
        | "sample" >> beam.ParDo(SampleShard(build.root, rates, build.config.tokenizer.seed))
    )


class SampleShard(CheckedDoFn):
    """Writes the sampled texts of one shard."""

    def __init__(self, root: str, rates: dict[str, float], seed: int) -> None:
        super().__init__()
        self._root = root
        self._rates = rates
        self._seed = seed

    def process(self, shard: str) -> Iterator[None]:
        """One file of texts, in the shard's order."""
        path = f"{SAMPLE_DIR}/{shard}.parquet"
        file = PartFile(self._root, path, SAMPLE, rows_per_group=256)
        for batch in parts.iterate_parts(self._root, [text_path(shard)], columns=COLUMNS):
            ids, languages = batch.column("file_id"), batch.column("language")
            taken = sampled(ids, languages, self._rates, seed=self._seed, purpose="tokenizer")
            file.write(batch.filter(taken))
        file.commit()
        return iter(())


def make(build: Build) -> Counts:
    """Take the user's tokenizer, or sample and train."""
    config = build.config.tokenizer
    with tempfile.TemporaryDirectory() as folder:
        if config.path:
            spec = load_user_tokenizer(Path(config.path), config.roles)
            copy_user_tokenizer(Path(config.path), Path(folder))
            sample_bytes = 0
        else:
            sample = take_sample(build)
            sample_bytes = sum(sample.bytes_by_language.values())
            build.reporter.say(f"  training a tokenizer on {sample_bytes / 1e6:.1f} MB")
            spec = train_on(build, sample, Path(folder))
        publish(build, Path(folder), spec)
    for role in spec.missing_roles:
        build.reporter.say(f"  warning: the tokenizer has no token for {role}")
    vocabulary = Encoder(spec).vocab_size
    return {"vocab_size": vocabulary, "sample_bytes": sample_bytes, "digest": spec.digest}


@dataclass(frozen=True)
class Sample:
    """Texts to train on, and how many bytes of each language they are."""

    texts: list[str]
    bytes_by_language: dict[str, int]


def take_sample(build: Build) -> Sample:
    """Sample the training shards; `UserError` where they hold no text."""
    config = build.config.tokenizer
    rates = language_rates(
        bytes_by_language(build, "train"),
        alpha=config.language_exponent,
        budget_bytes=config.sample_bytes,
    )
    loads = {name: load for name, load in written(build).items() if name.startswith("train-")}
    build.run_parts(
        "sample",
        SAMPLE_DIR,
        loads,
        lambda missing: sample_graph(build, {name: loads[name] for name in missing}, rates),
    )
    paths = [f"{SAMPLE_DIR}/{name}.parquet" for name in loads]
    table = pa.Table.from_batches(parts.iterate_parts(build.root, paths), SAMPLE)
    if not table.num_rows:
        raise UserError(
            "no text is left to train a tokenizer on: ledger/ says why every file was dropped"
        )
    sums = table.group_by("language").aggregate([("size_bytes", "sum")]).sort_by("language")
    sizes = zip(sums["language"].to_pylist(), sums["size_bytes_sum"].to_pylist(), strict=True)
    return Sample(table["text"].to_pylist(), dict(sizes))


def train_on(build: Build, sample: Sample, folder: Path) -> TokenizerSpec:
    """Train and write the folder that `transformers` loads."""
    config = build.config.tokenizer
    tokenizer = train(
        sample.texts, vocab_size=config.vocab_size, min_frequency=config.min_frequency
    )
    spec = spec_of(tokenizer)
    encoder = Encoder(spec)
    measured = evaluate(held_out(build), encoder)
    save(folder, spec, TokenizerCard(encoder.vocab_size, sample.bytes_by_language, measured))
    return spec


def held_out(build: Build) -> Iterator[tuple[str, str]]:
    """(language, text) of the first `HELD_OUT_BYTES` of the validation split."""
    left = HELD_OUT_BYTES
    paths = [text_path(name) for name in written(build) if name.startswith("validation-")]
    for batch in parts.iterate_parts(build.root, paths, columns=["language", "text"]):
        for row in batch.to_pylist():
            left -= len(row["text"])
            if left < 0:
                return
            yield row["language"], row["text"]


def publish(build: Build, folder: Path, spec: TokenizerSpec) -> None:
    """Put the files of a tokenizer's folder into the build, `tokenizer.json` last."""
    roles = json.dumps(dict(spec.role_ids), indent=1)
    storage.write_bytes(build.path(TOKENIZER_DIR, "roles.json"), roles.encode())
    for path in sorted(folder.iterdir(), key=lambda p: (p.name == "tokenizer.json", p.name)):
        storage.write_bytes(build.path(TOKENIZER_DIR, path.name), path.read_bytes())


def load_spec(root: str) -> TokenizerSpec:
    """The tokenizer of a build."""
    roles = storage.read_json(storage.join(root, TOKENIZER_DIR, "roles.json"))
    with storage.open_read(storage.join(root, TOKENIZER_DIR, "tokenizer.json")) as file:
        return TokenizerSpec(file.read().decode(), tuple(roles.items()))


def _data(config: Config, inputs: Discovery) -> Any:
    """The digest of the user's tokenizer, which is not in the configuration."""
    del inputs
    if not config.tokenizer.path:
        return None
    return load_user_tokenizer(Path(config.tokenizer.path), config.tokenizer.roles).digest


STAGE = Stage(
    name="tokenizer",
    version=STAGE_VERSION,
    inputs=("text",),
    libraries=("tokenizers",),
    outputs=(TOKENIZER_DIR,),
    needs_work=(),
    make=make,
    data=_data,
)
