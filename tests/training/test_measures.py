"""What the loss is held against: unigram entropy, bytes of tokens, the validation split."""

import json
import math

import numpy as np
import pytest
import torch
from packed import ROLES, TOKENIZER, pack, write_shards, write_tokenizer

from codemill.training.loader import PackedShards
from codemill.training.model import make_model
from codemill.training.settings import ModelShape
from codemill.training.shards import Footer, ShardSet
from codemill.training.unigram import entropy, unigram_entropy
from codemill.training.validation import validate
from codemill.training.vocabulary import token_bytes


def test_entropy_of_a_uniform_distribution_is_the_log_of_its_size():
    assert entropy(np.array([3, 0, 3, 3, 3])) == pytest.approx(math.log(4))


def test_entropy_of_nothing_is_zero():
    assert entropy(np.array([0, 0])) == 0.0


def test_unigram_entropy_counts_labels_only(tmp_path):
    write_shards(tmp_path, "train", [[pack([7, 8, 8, 9], [5, 9])], [pack([99] * 1)]])
    expected = -(2 * 0.5 * math.log(0.5))  # labels 8, 8, 9, 9
    assert unigram_entropy(ShardSet(tmp_path, "train")) == pytest.approx(expected)


def test_unigram_entropy_stops_at_its_limit(tmp_path):
    write_shards(tmp_path, "train", [[pack([7, 8, 8])], [pack([7, 9, 9])]])
    shards = ShardSet(tmp_path, "train")
    assert unigram_entropy(shards, max_tokens=1) == 0.0
    assert unigram_entropy(shards) == pytest.approx(math.log(2))


def test_a_byte_level_token_is_as_many_bytes_as_its_characters(tmp_path):
    write_tokenizer(tmp_path)
    table = token_bytes(tmp_path / "tokenizer.json", 300)
    ids = TOKENIZER.encode("é€<|end_of_text|>").ids
    assert sum(table[i] for i in ids) == len("é€".encode())
    assert table[ROLES["end_of_text"]] == 0


def test_bytes_are_unknown_for_other_vocabularies(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"decoder": {"type": "Metaspace"}, "model": {"vocab": {"▁a": 0}}}))
    assert token_bytes(path, 10) is None


def test_validation_weighs_batches_by_their_labels(tmp_path):
    rows = [pack([7, 8, 9, 10, 11, 12, 13, 14]), pack([7, 8]), pack([5])]
    write_shards(tmp_path, "validation", [rows])
    shape = ModelShape(hidden_size=16, layers=1, heads=2)
    model = make_model(shape, Footer(8, "d1", ROLES, 300, "1", {}), seed=0)
    bytes_by_token = torch.full((300,), 2)

    def run(batch_size):
        shards = PackedShards(
            tmp_path, "validation", seed=0, batch_size=batch_size, drop_last=False
        )
        return validate(
            model,
            shards,
            max_tokens=1000,
            bytes_by_token=bytes_by_token,
            dtype=torch.float32,
        )

    assert run(1).loss == pytest.approx(run(3).loss)
    assert run(1).bits_per_byte == pytest.approx(run(1).loss / math.log(2) / 2)


def test_a_validation_split_without_labels_gives_nothing(tmp_path):
    write_shards(tmp_path, "validation", [[pack([5])]])
    shape = ModelShape(hidden_size=16, layers=1, heads=2)
    model = make_model(shape, Footer(8, "d1", ROLES, 300, "1", {}), seed=0)
    shards = PackedShards(tmp_path, "validation", seed=0, batch_size=1, drop_last=False)
    found = validate(model, shards, max_tokens=9, bytes_by_token=None, dtype=torch.float32)
    assert found is None
