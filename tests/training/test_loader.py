import pytest
import torch
from packed import ROLES, counting_rows, pack, write_shards

from codemill.training.loader import PackedShards, document_mask, keyed_permutation
from codemill.training.model import make_model
from codemill.training.settings import ModelShape
from codemill.training.shards import Footer

SHAPE = ModelShape(hidden_size=16, layers=2, heads=2)
FOOTER = Footer(8, "d1", ROLES, 300, "1", {})


@pytest.fixture
def folder(tmp_path):
    return write_shards(tmp_path, "train", [counting_rows(11, 10), counting_rows(10, 21)])


def shards(folder, **changes):
    return PackedShards(folder, "train", **{"seed": 3, "batch_size": 2, **changes})


def first_tokens(batches):
    """The first token of every row: names the row in these shards."""
    return [token for batch in batches for token in batch["input_ids"][:, 0].tolist()]


def test_an_epoch_gives_every_row_once(folder):
    seen = first_tokens(shards(folder, drop_last=False))
    assert sorted(seen) == list(range(10, 31))
    assert seen != sorted(seen)


def test_the_last_partial_batch_is_dropped_unless_asked_for(folder):
    assert len(list(shards(folder))) == 10
    assert [len(b["labels"]) for b in shards(folder, drop_last=False)] == [2] * 10 + [1]


def test_batches_are_int64_tensors_of_whole_rows(folder):
    batch = next(iter(shards(folder)))
    shapes = {name: (tuple(v.shape), v.dtype) for name, v in batch.items()}
    names = ("input_ids", "labels", "position_ids", "segment_ids")
    assert shapes == dict.fromkeys(names, ((2, 8), torch.int64))


def test_order_follows_from_seed_and_epoch_alone(folder):
    order = first_tokens(shards(folder))
    assert first_tokens(shards(folder)) == order
    assert first_tokens(shards(folder, seed=4)) != order
    assert first_tokens(shards(folder, epoch=1)) != order


def test_rows_are_shuffled_beyond_their_row_group_and_shard(folder):
    first = first_tokens(shards(folder))[:6]
    assert any(token < 21 for token in first)
    assert any(token >= 21 for token in first)


def test_a_small_buffer_still_gives_every_row_once(folder):
    seen = first_tokens(shards(folder, drop_last=False, buffer_tokens=40))
    assert sorted(seen) == list(range(10, 31))


@pytest.mark.parametrize("buffer_tokens", [8, 40, 1 << 20])
@pytest.mark.parametrize("stop", [1, 4, 9])
def test_resuming_gives_the_rest_of_the_epoch(folder, stop, buffer_tokens):
    whole = first_tokens(shards(folder, buffer_tokens=buffer_tokens))
    stopped = shards(folder, buffer_tokens=buffer_tokens)
    iterator = iter(stopped)
    before = first_tokens(next(iterator) for _ in range(stop))
    resumed = shards(folder, buffer_tokens=buffer_tokens)
    resumed.load_state_dict(stopped.state_dict())
    assert before + first_tokens(resumed) == whole


def test_resuming_goes_to_the_saved_epoch(folder):
    later = shards(folder, epoch=2)
    next(iter(later))
    resumed = shards(folder)
    resumed.load_state_dict(later.state_dict())
    assert resumed.epoch == 2
    assert first_tokens(resumed) == first_tokens(shards(folder, epoch=2))[2:]


@pytest.mark.parametrize("change", [{"seed": 4}, {"num_rows": 20}])
def test_a_position_in_another_order_is_refused(folder, change):
    loader = shards(folder)
    with pytest.raises(ValueError, match=next(iter(change))):
        loader.load_state_dict({**loader.state_dict(), **change})


def test_ranks_share_the_rows_without_overlap(folder):
    ranks = [shards(folder, rank=r, world_size=3, drop_last=False) for r in range(3)]
    seen = [first_tokens(loader) for loader in ranks]
    assert sorted(token for tokens in seen for token in tokens) == list(range(10, 31))


def test_ranks_together_see_what_one_alone_would(folder):
    pairs = zip(shards(folder, world_size=2), shards(folder, rank=1, world_size=2), strict=True)
    together = [first_tokens(pair) for pair in pairs]
    alone = [first_tokens([batch]) for batch in shards(folder, batch_size=4)]
    assert together == alone


@pytest.mark.parametrize("change", [{"batch_size": 0}, {"rank": 2, "world_size": 2}])
def test_impossible_dealing_is_refused(folder, change):
    with pytest.raises(ValueError, match="must be"):
        shards(folder, **change)


def test_a_permutation_follows_from_seed_and_purpose():
    keys = ((0, "a"), (1, "a"), (0, "b"))
    orders = [keyed_permutation(6, seed=s, purpose=p).tolist() for s, p in keys]
    assert orders == [[5, 4, 2, 3, 1, 0], [2, 3, 4, 1, 0, 5], [0, 3, 4, 5, 2, 1]]


def test_the_mask_is_causal_and_keeps_to_segments():
    mask = document_mask(torch.tensor([[0, 0, 1]]))
    assert mask.tolist() == [[[[True, False, False], [True, True, False], [False, False, True]]]]


def test_no_document_attends_to_another(tmp_path):
    rows = [pack([7, 8, 9], [5, 6]), pack([17, 18, 19], [5, 6])]
    write_shards(tmp_path, "train", [rows])
    batch = next(iter(shards(tmp_path)))
    model = make_model(SHAPE, FOOTER, seed=0).eval()
    with torch.inference_mode():
        logits = model(
            input_ids=batch["input_ids"],
            position_ids=batch["position_ids"],
            attention_mask=document_mask(batch["segment_ids"]),
        ).logits
        alone = model(input_ids=torch.tensor([[5, 6]])).logits
    assert torch.equal(logits[0, 3:5], logits[1, 3:5])
    assert not torch.equal(logits[0, :3], logits[1, :3])
    torch.testing.assert_close(logits[0, 3:5], alone[0])
