"""Makes the reference vocabulary that the quality filters measure text with.

    python -m codemill.tokenizer_training.reference_vocabulary BUILD OUT

BUILD has the texts of a build under the policy `permissive`, without the filter `gibberish`, which
uses the vocabulary; they are sampled so that languages have like amounts. The same build gives the
same bytes. The file that ships, `transforms/quality/reference_vocabulary.json.gz`, was made from
the repositories that it lists at the revisions it lists, with `catalog.max_file_bytes` at
MAX_FILE_BYTES. A new one changes every score `bytes_per_token`, and with it the fingerprint of the
stage `files`.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codemill.tokenizer_training.train import MIN_VOCAB_SIZE, PATTERN, train
from codemill.transforms.quality.fertility import Vocabulary
from codemill.transforms.sampling import language_rates, sampled
from codemill.transforms.tokens import mergeable_ranks

NUM_TOKENS = 8_192
SAMPLE_BYTES = 24 << 20
ALPHA = 0.2
"""Weight of a language is its share of the bytes to this power: 0 is the same for all, 1 the
corpus's mix."""

MAX_FILE_BYTES = 64 << 10
"""Longer files are left out: one of them would be a language's whole sample."""

COLUMNS = ["file_id", "repository", "revision", "language", "size_bytes", "text"]
SEED = 0
PURPOSE = "reference vocabulary"


def make_vocabulary(sample: pa.Table) -> Vocabulary:
    """The vocabulary of a sample's texts."""
    texts = sample["text"].to_pylist()
    tokenizer = train(texts, vocab_size=NUM_TOKENS + MIN_VOCAB_SIZE - 256)
    ranks = mergeable_ranks(json.loads(tokenizer.to_str()))
    return Vocabulary(PATTERN, tuple(sorted(ranks, key=lambda token: ranks[token])))


def as_json_gz(vocabulary: Vocabulary, sample: pa.Table) -> bytes:
    """The packaged form: pattern, tokens in base64, where the texts are from; no time in it."""
    repositories = sample.group_by(["repository", "revision"]).aggregate([])
    document = {
        "pattern": vocabulary.pattern,
        "tokens": [base64.b64encode(token).decode() for token in vocabulary.tokens],
        "repositories": sorted(repositories.to_pylist(), key=lambda row: row["repository"]),
    }
    return gzip.compress(json.dumps(document, indent=1).encode(), mtime=0)


def take_sample(build: Path) -> pa.Table:
    """Texts of a build and where they are from, in the order of their ids."""
    shards = sorted((build / "text").glob("*.parquet"))
    sizes: Counter[str] = Counter()
    for shard in shards:
        for row in _short(shard, ["language", "size_bytes"]).to_pylist():
            sizes[row["language"]] += row["size_bytes"]
    rates = language_rates(sizes, alpha=ALPHA, budget_bytes=SAMPLE_BYTES)
    return pa.concat_tables(_taken(shard, rates) for shard in shards).sort_by("file_id")


def _short(shard: Path, columns: list[str]) -> pa.Table:
    table = pq.read_table(shard, columns=columns)
    return table.filter(pc.less_equal(table["size_bytes"], MAX_FILE_BYTES))


def _taken(shard: Path, rates: dict[str, float]) -> pa.Table:
    table = _short(shard, COLUMNS)
    ids, languages = (pa.concat_arrays(table[c].chunks) for c in ("file_id", "language"))
    return table.filter(sampled(ids, languages, rates, seed=SEED, purpose=PURPOSE))


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    sample = take_sample(arguments.build)
    arguments.out.write_bytes(as_json_gz(make_vocabulary(sample), sample))


if __name__ == "__main__":
    main()
