import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.tokenizer_training import reference_vocabulary
from codemill.tokenizer_training.reference_vocabulary import (
    MAX_FILE_BYTES,
    as_json_gz,
    make_vocabulary,
    take_sample,
)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """A build of two shards, and a vocabulary of 300 tokens."""
    monkeypatch.setattr(reference_vocabulary, "NUM_TOKENS", 300)
    code = "def area(width, height):\n    return width * height\n" * 20
    data = "zqzq" * MAX_FILE_BYTES
    (tmp_path / "text").mkdir()
    for shard, rows in enumerate([[(3, "Python", code), (1, "C", data)], [(2, "C", code)]]):
        ids, languages, texts = zip(*rows, strict=True)
        table = pa.table(
            {
                "file_id": pa.array(ids, pa.int64()),
                "repository": pa.array([f"h/o/r{shard}"] * len(ids)),
                "revision": pa.array(["1" * 40] * len(ids)),
                "language": pa.array(languages),
                "size_bytes": pa.array([len(text) for text in texts], pa.int64()),
                "text": pa.array(texts, pa.large_string()),
            }
        )
        pq.write_table(table, tmp_path / "text" / f"train-{shard}.parquet")
    return tmp_path


def test_the_same_build_gives_the_same_bytes(build):
    first, second = take_sample(build), take_sample(build)
    assert as_json_gz(make_vocabulary(first), first) == as_json_gz(make_vocabulary(second), second)


def test_the_file_says_where_its_texts_are_from(build):
    sample = take_sample(build)
    document = json.loads(gzip.decompress(as_json_gz(make_vocabulary(sample), sample)))
    assert document["repositories"] == [
        {"repository": "h/o/r0", "revision": "1" * 40},
        {"repository": "h/o/r1", "revision": "1" * 40},
    ]


def test_bytes_come_first_and_merges_of_the_sample_after_them(build):
    tokens = make_vocabulary(take_sample(build)).tokens
    assert [len(token) for token in tokens[:256]] == [1] * 256
    assert b" width" in tokens


def test_long_files_are_left_out(build):
    assert not [token for token in make_vocabulary(take_sample(build)).tokens if b"zq" in token]
