"""Tiny builds for the training tests: shards exactly as the `pretrain` stage lays them down."""

import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from codemill.transforms.schema import CORPUS_VERSION, PRETRAIN, arrow_schema

LENGTH = 8
ROLES = {"end_of_text": 0, "padding": 1, "fim_prefix": 2, "fim_middle": 3, "fim_suffix": 4}
TOKENS = [f"<|{role}|>" for role in ROLES]


def byte_level_tokenizer():
    """A tokenizer without merges: special tokens 0..4, then the 256 bytes."""
    entries = [*TOKENS, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({entry: i for i, entry in enumerate(entries)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(TOKENS)
    return tokenizer


TOKENIZER = byte_level_tokenizer()
DIGEST = hashlib.sha256(TOKENIZER.to_str().encode()).hexdigest()


def pack(*documents, length=LENGTH, first_file_id=1):
    """One row of whole documents (lists of token ids), padded to `length`."""
    row = {"input_ids": [], "labels": [], "position_ids": [], "seq_lengths": [], "file_ids": []}
    for file_id, ids in enumerate(documents, first_file_id):
        row["input_ids"] += ids
        row["labels"] += [-100, *ids[1:]]
        row["position_ids"] += range(len(ids))
        row["seq_lengths"].append(len(ids))
        row["file_ids"].append(file_id)
    padding = length - len(row["input_ids"])
    if padding:
        row["input_ids"] += [ROLES["padding"]] * padding
        row["labels"] += [-100] * padding
        row["position_ids"] += range(padding)
        row["seq_lengths"].append(padding)
        row["file_ids"].append(0)
    return {**row, "n_pad": padding}


def footer(**changes):
    """The footer's key-value metadata."""
    values = {
        "sequence_length": str(LENGTH),
        "tokenizer_digest": DIGEST,
        "special_tokens": json.dumps(ROLES),
        "vocab_size": "300",
        "corpus_version": CORPUS_VERSION,
        "packing": json.dumps({"fill": 1.0}),
        **changes,
    }
    return {f"codemill.{name}": value for name, value in values.items() if value is not None}


def write_shards(folder, split, shards, *, row_group_size=3, footers=None):
    """One file for each list of rows in `shards`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    footers = footers or [footer()] * len(shards)
    for index, (rows, metadata) in enumerate(zip(shards, footers, strict=True)):
        schema = arrow_schema(PRETRAIN).with_metadata(metadata)
        table = pa.Table.from_pylist(rows, schema=schema)
        path = folder / f"{split}-{index:05d}-of-{len(shards):05d}.parquet"
        pq.write_table(table, path, compression="zstd", row_group_size=row_group_size)
    return folder


def write_tokenizer(folder):
    """The folder of `TOKENIZER`."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(TOKENIZER.to_str())
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": TOKENS[0],
        "pad_token": TOKENS[1],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def counting_rows(count, start=10):
    """Rows that a model learns at once: every token is the one before plus one."""
    return [pack([start + i + j for j in range(LENGTH)], first_file_id=i + 1) for i in range(count)]


def write_build(folder, *, train=20, validation=4):
    """A whole build folder with `train` and `validation` rows."""
    folder = Path(folder)
    rows = counting_rows(train)
    write_shards(folder / "pretrain", "train", [rows[::2], rows[1::2]])
    if validation:
        write_shards(folder / "pretrain", "validation", [counting_rows(validation)])
    write_tokenizer(folder / "tokenizer")
    return folder
