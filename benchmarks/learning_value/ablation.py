"""Trains equal models on files of high, low and any learning value and compares them.

    python benchmarks/learning_value/ablation.py BUILD --to FOLDER [--draw 0] [--steps 0]

BUILD is a finished build. A fifth of its repositories is held out whole. The code of the others is
halved at the median value of each language; from both halves, and from all of it, files are drawn
until each language has as many bytes in each set. Each set trains a model of n-grams (`ngram.py`)
and, with `--steps`, one `tiny` Llama a seed. Every model is measured in bits a byte on the same
held-out files: all of them, and those above and below the median. `--draw` draws others.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from ngram import NgramModel
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from codemill.language_configs import load_languages
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import make_learning_value
from codemill.pipeline.stages.pretrain import FOOTER_STATS
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.training.loader import PackedShards
from codemill.training.pretrain import pretrain
from codemill.training.settings import PretrainSettings, named_shape
from codemill.training.validation import validate
from codemill.training.vocabulary import token_bytes
from codemill.transforms.fill_in_the_middle import FimSettings
from codemill.transforms.packing import PackingSettings, pack_documents
from codemill.transforms.sampling import keyed_bits, keyed_uniform_text
from codemill.transforms.schema import CORPUS_VERSION, PRETRAIN, arrow_schema
from codemill.transforms.tokens import Encoder

HELD_OUT = 0.2
ROW_TOKENS = 512
BATCH_TOKENS = 4096
HELD_OUT_BYTES = 2_000_000
MIN_FILES = 40
"""A language with fewer files is left out: its halves would be accidents."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Files:
    """The code of a build."""

    rows: pa.Table
    """file_id, repository, language, size_bytes, text."""
    value: npt.NDArray[np.float64]
    held_out: Mask
    high: Mask
    """Above the median of its language in what is not held out."""


def read(build: Path, seed: int, by: str) -> Files:
    """The kept code, valued by today's formula; as a control, halved by size instead."""
    judged = pq.read_table(sorted(build.glob("files/*.parquet"))).combine_chunks()
    value = make_learning_value(Config().files)(judged.to_batches()[0])
    valued = pa.table({"file_id": judged["file_id"], "value": value})
    columns = ["file_id", "repository", "language", "size_bytes", "text"]
    text = pq.read_table(sorted(build.glob("text/*.parquet")), columns=columns)
    rows = text.join(valued, "file_id").sort_by("file_id").combine_chunks()
    code = [x.name for x in load_languages().languages if x.type == "programming"]
    common = pc.value_counts(rows["language"])
    counts = {row["values"]: row["counts"] for row in common.to_pylist()}
    wanted = [name for name in code if counts.get(name, 0) >= MIN_FILES]
    rows = rows.filter(pc.is_in(rows["language"], pa.array(wanted)))
    repositories = rows["repository"].to_pylist()
    shares = keyed_uniform_text(repositories, seed=seed, purpose="held out")
    found = rows["value" if by == "value" else "size_bytes"].to_numpy().astype(np.float64)
    return Files(rows, found, shares < HELD_OUT, _above(rows, found, shares >= HELD_OUT))


def _above(rows: pa.Table, value: npt.NDArray[np.float64], known: Mask) -> Mask:
    language = np.array(rows["language"].to_pylist())
    above = np.zeros(len(value), dtype=bool)
    for name in set(language.tolist()):
        mine = language == name
        if (mine & known).any():
            above[mine] = value[mine] > np.median(value[mine & known])
    return above


def drawn(files: Files, among: dict[str, Mask], seed: int) -> dict[str, npt.NDArray[np.int64]]:
    """Rows of each set, with as many bytes of each language in all of them."""
    language = np.array(files.rows["language"].to_pylist())
    sizes = files.rows["size_bytes"].to_numpy()
    keys = keyed_bits(files.rows["file_id"].to_numpy(), seed=seed, purpose="draw")
    order = np.argsort(keys)
    chosen: dict[str, list[npt.NDArray[np.int64]]] = {name: [] for name in among}
    for name in sorted(set(language.tolist())):
        rows = {s: order[(mask & (language == name))[order]] for s, mask in among.items()}
        budget = min(sizes[mine].sum() for mine in rows.values())
        for each, mine in rows.items():
            chosen[each].append(mine[np.cumsum(sizes[mine]) <= budget])
    return {name: np.concatenate(mine) for name, mine in chosen.items()}


def write_shard(folder: Path, name: str, files: Files, rows: npt.NDArray[np.int64]) -> int:
    """One packed shard of the files; its tokens."""
    encoder: Encoder = ENCODERS["encoder"]
    taken = files.rows.take(pa.array(np.sort(rows))).combine_chunks()
    settings = PackingSettings(row_tokens=ROW_TOKENS, fim=FimSettings(rate=0.0))
    text, ids = taken["text"].combine_chunks(), taken["file_id"].combine_chunks()
    packed = pack_documents(text, ids, encoder, settings)
    footer = {
        "codemill.corpus_version": CORPUS_VERSION,
        "codemill.sequence_length": str(ROW_TOKENS),
        "codemill.tokenizer_digest": encoder.spec.digest,
        "codemill.special_tokens": json.dumps(dict(encoder.spec.role_ids), sort_keys=True),
        "codemill.vocab_size": str(encoder.vocab_size),
        FOOTER_STATS: json.dumps(asdict(packed.stats), sort_keys=True),
    }
    schema = arrow_schema(PRETRAIN).with_metadata(footer)
    folder.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(folder / f"{name}-00000-of-00001.parquet", schema) as writer:
        for batch in packed.batches:
            writer.write_batch(batch.replace_schema_metadata(footer))
    return packed.stats.n_kept_tokens


ENCODERS: dict[str, Encoder] = {}


def measured(model: Path, folder: Path, tokenizer: Path, vocab_size: int) -> float:
    """Bits a byte of the validation shard in `folder`."""
    shards = PackedShards(folder, "validation", seed=0, batch_size=8, drop_last=False)
    table = token_bytes(tokenizer / "tokenizer.json", vocab_size)
    loaded = LlamaForCausalLM.from_pretrained(model)
    found = validate(
        loaded,
        shards,
        max_tokens=1 << 30,
        bytes_by_token=torch.from_numpy(table),
        dtype=torch.float32,
    )
    assert found is not None
    assert found.bits_per_byte is not None
    return found.bits_per_byte


def tokens_of(folder: Path, split: str) -> npt.NDArray[np.int32]:
    """The tokens of a shard in the order of its rows, padding left out."""
    table = pq.read_table(folder / f"{split}-00000-of-00001.parquet")
    ids = table["input_ids"].combine_chunks().flatten().to_numpy()
    lengths = table["seq_lengths"].combine_chunks().flatten().to_numpy()
    padding = table["file_ids"].combine_chunks().flatten().to_numpy() == 0
    return ids[~np.repeat(padding, lengths)]


def ngram_bits(model: NgramModel, folder: Path) -> float:
    """Bits a byte of the validation shard in `folder`."""
    ids = tokens_of(folder, "validation")
    spec = ENCODERS["encoder"].spec
    is_text = ids != spec.end_of_text
    text = Tokenizer.from_str(spec.tokenizer_json).decode(ids[is_text].tolist())
    return model.bits(ids) / len(text.encode())


def told(bits: dict[str, float]) -> str:
    """Bits a byte by what is held out."""
    return ", ".join(f"{name} {value:.4f}" for name, value in bits.items())


def main() -> None:
    """Draw, train, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--draw", type=int, default=0, help="seed of what is held out and drawn")
    parser.add_argument("--by", choices=("value", "size"), default="value")
    parser.add_argument("--steps", type=int, default=0, help="of the tiny model; 0 trains none")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    files = read(options.build, options.draw, options.by)
    ENCODERS["encoder"] = Encoder(load_spec(str(options.build)))
    vocab_size = ENCODERS["encoder"].vocab_size
    known = ~files.held_out
    sets = drawn(
        files, {"high": known & files.high, "low": known & ~files.high, "any": known}, options.draw
    )
    held = {"all": files.held_out, "high": files.held_out & files.high}
    held["low"] = files.held_out & ~files.high
    for name, mask in held.items():
        sample = drawn(files, {name: mask}, options.draw)[name]
        sizes = files.rows["size_bytes"].to_numpy()[sample]
        keys = keyed_bits(files.rows["file_id"].to_numpy()[sample], seed=0, purpose="held")
        order = np.argsort(keys)
        sample = sample[order][np.cumsum(sizes[order]) <= HELD_OUT_BYTES]
        tokens = write_shard(options.to / f"held-{name}", "validation", files, sample)
        print(f"held out, {name}: {len(sample)} files, {tokens:,} tokens", flush=True)
    for name, rows in sets.items():
        folder = options.to / f"set-{name}"
        tokens = write_shard(folder / "pretrain", "train", files, rows)
        shutil.copytree(options.build / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
        value = files.value[rows]
        print(f"{name}: {len(rows)} files, {tokens:,} tokens, mean value {value.mean():.3f}")
    for name in sets:
        model = NgramModel(tokens_of(options.to / f"set-{name}" / "pretrain", "train"), vocab_size)
        bits = {h: ngram_bits(model, options.to / f"held-{h}") for h in held}
        print(f"n-grams of {name}: bits a byte of {told(bits)}", flush=True)
    for seed in range(options.seeds if options.steps else 0):
        for name in sets:
            folder = options.to / f"model-{name}-{seed}"
            settings = PretrainSettings(
                steps=options.steps,
                batch_tokens=BATCH_TOKENS,
                seed=seed,
                eval_every=0,
                checkpoint_every=0,
                log_every=100,
                device="cpu",
            )
            pretrain(options.to / f"set-{name}", folder, named_shape("tiny"), settings)
            tokenizer = options.to / f"set-{name}" / "tokenizer"
            bits = {
                h: measured(folder, options.to / f"held-{h}", tokenizer, vocab_size) for h in held
            }
            print(f"seed {seed}, tiny model of {name}: bits a byte of {told(bits)}", flush=True)


if __name__ == "__main__":
    main()
