import pytest
import torch
from packed import ROLES, pack, write_shards
from transformers import default_data_collator

from codemill.training.loader import PackedShards
from codemill.training.model import make_model, num_parameters, packed_loss
from codemill.training.settings import SIZES, ModelShape
from codemill.training.shards import Footer

SHAPE = ModelShape(hidden_size=16, layers=1, heads=2)
FOOTER = Footer(8, "d1", ROLES, 300, "1", {})


def test_the_vocabulary_is_padded_to_whole_tiles():
    assert make_model(SHAPE, FOOTER, seed=0).config.vocab_size == 320


def test_the_named_sizes_have_the_stated_parameters():
    footer = Footer(1024, "d1", ROLES, 8192, "1", {})
    with torch.device("meta"):
        counts = {name: num_parameters(make_model(SIZES[name], footer, seed=0)) for name in SIZES}
    assert counts == {
        "tiny": 3_344_064,
        "small": 29_893_120,
        "base": 91_245_312,
        "large": 312_001_536,
    }


def test_weights_follow_from_the_seed_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first, again, other = (make_model(SHAPE, FOOTER, seed=s).lm_head.weight for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.rand(1), expected)


def test_generation_ends_at_the_end_of_text():
    model = make_model(SHAPE, FOOTER, seed=0)
    assert model.generation_config.eos_token_id == ROLES["end_of_text"]
    assert model.generation_config.pad_token_id == ROLES["padding"]


def test_padding_and_first_tokens_do_not_count_in_the_loss(tmp_path):
    write_shards(tmp_path, "train", [[pack([7, 8, 9], [5, 6])]])
    batch = next(iter(PackedShards(tmp_path, "train", seed=0, batch_size=1)))
    model = make_model(SHAPE, FOOTER, seed=0)
    logits = [model(input_ids=torch.tensor([ids])).logits[0] for ids in ([7, 8, 9], [5, 6])]
    predicted = torch.cat([logits[0][:2], logits[1][:1]])
    expected = torch.nn.functional.cross_entropy(predicted, torch.tensor([8, 9, 6]))
    torch.testing.assert_close(packed_loss(model, batch, torch.float32), expected)


def test_reduced_precision_comes_near_the_same_loss(tmp_path):
    write_shards(tmp_path, "train", [[pack([7, 8, 9], [5, 6])]])
    batch = next(iter(PackedShards(tmp_path, "train", seed=0, batch_size=1)))
    model = make_model(SHAPE, FOOTER, seed=0)
    exact, reduced = (packed_loss(model, batch, d).item() for d in (torch.float32, torch.bfloat16))
    assert reduced != exact
    assert reduced == pytest.approx(exact, rel=0.01)


def test_trainers_default_collator_takes_the_columns_unchanged(tmp_path):
    """`Trainer` switches the cache off, as here; packing is then read off the positions."""
    row = pack([7, 8, 9], [5, 6])
    write_shards(tmp_path, "train", [[row]])
    columns = ("input_ids", "labels", "position_ids")
    batch = default_data_collator([{name: row[name] for name in columns}])
    assert {name: values.tolist() for name, values in batch.items()} == {
        n: [row[n]] for n in columns
    }
    model = make_model(SHAPE, FOOTER, seed=0)
    model.config.use_cache = False
    ours = next(iter(PackedShards(tmp_path, "train", seed=0, batch_size=1)))
    torch.testing.assert_close(model(**batch).loss, packed_loss(model, ours, torch.float32))
