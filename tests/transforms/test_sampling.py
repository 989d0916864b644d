import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.sampling import (
    keyed_bits,
    keyed_uniform,
    keyed_uniform_text,
    language_rates,
    sampled,
)

FIVE_SIGMA = 5 / 100_000**0.5
"""Of the correlation of 100,000 independent pairs."""

IDS = np.array([0, 1, -1, 2**63 - 1], dtype=np.int64)


def test_bits_are_the_same_on_every_machine():
    assert [f"{b:016x}" for b in keyed_bits(IDS, seed=0, purpose="fim").tolist()] == [
        "07fdc1600cb01850",
        "486ccffdef83a427",
        "1fc2d9e6cf60c2e2",
        "d92caf820e7a88fb",
    ]


def test_a_choice_does_not_depend_on_its_position():
    forward = keyed_uniform(IDS, seed=1, purpose="p")
    backward = keyed_uniform(IDS[::-1], seed=1, purpose="p")
    assert forward.tolist() == backward[::-1].tolist()
    assert keyed_uniform(IDS[2:3], seed=1, purpose="p").tolist() == forward[2:3].tolist()


@pytest.mark.parametrize("other", [{"seed": 2}, {"purpose": "q"}, {"index": 1}])
def test_seed_purpose_and_index_each_change_the_choice(other):
    changed = {"seed": 1, "purpose": "p", "index": 0, **other}
    same = keyed_uniform(IDS, seed=1, purpose="p", index=0) == keyed_uniform(IDS, **changed)
    assert not same.any()


def test_uniforms_of_neighbouring_ids_are_uniform_and_uncorrelated():
    u = keyed_uniform(np.arange(100_000), seed=0, purpose="p")
    counts = np.histogram(u, bins=10, range=(0, 1))[0]
    assert counts.min() > 9_700
    assert counts.max() < 10_300
    assert abs(np.corrcoef(u[1:], u[:-1])[0, 1]) < FIVE_SIGMA


def test_draws_of_one_id_are_uncorrelated():
    first = keyed_uniform(np.arange(100_000), seed=0, purpose="p", index=0)
    second = keyed_uniform(np.arange(100_000), seed=0, purpose="p", index=1)
    assert abs(np.corrcoef(first, second)[0, 1]) < FIVE_SIGMA


def test_equal_strings_draw_alike_and_others_differ():
    a, b, again = keyed_uniform_text(["x/y", "x/z", "x/y"], seed=0, purpose="split")
    assert a == again
    assert a != b
    assert len(keyed_uniform_text([], seed=0, purpose="split")) == 0


def test_alpha_one_keeps_the_mix():
    assert language_rates({"C": 900, "Go": 100}, alpha=1, budget_bytes=500) == {
        "C": pytest.approx(0.5),
        "Go": pytest.approx(0.5),
    }


def test_alpha_below_one_favours_the_small_language():
    rates = language_rates({"C": 900, "Go": 100}, alpha=0.5, budget_bytes=200)
    assert rates == {"C": pytest.approx(150 / 900), "Go": pytest.approx(50 / 100)}


def test_what_a_small_language_cannot_use_goes_to_the_others():
    rates = language_rates({"C": 900, "Go": 10}, alpha=0, budget_bytes=400)
    assert rates == {"C": pytest.approx(390 / 900), "Go": 1.0}


def test_a_budget_above_the_corpus_keeps_everything():
    assert language_rates({"C": 9, "Go": 1}, alpha=0.3, budget_bytes=100) == {"C": 1.0, "Go": 1.0}


def test_no_bytes_give_no_rates():
    assert language_rates({"C": 0}, alpha=0.3, budget_bytes=100) == {}


@pytest.mark.parametrize("wrong", [{"alpha": 1.5}, {"alpha": -1}, {"budget_bytes": -1}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        language_rates({"C": 1}, **{"alpha": 0.5, "budget_bytes": 1, **wrong})


def test_a_language_without_a_rate_is_not_sampled():
    mask = sampled(
        pa.array([1, 2, 3]),
        pa.array(["C", "Go", None]),
        {"C": 1.0},
        seed=0,
        purpose="tokenizer",
    )
    assert mask.to_pylist() == [True, False, False]


def test_a_sample_does_not_depend_on_how_rows_were_batched():
    ids = pa.array(range(100))
    names = pa.array(["C", "Go"] * 50)
    args = ({"C": 0.3, "Go": 0.6},)
    whole = sampled(ids, names, *args, seed=0, purpose="p").to_pylist()
    halves = [
        *sampled(ids[:37], names[:37], *args, seed=0, purpose="p").to_pylist(),
        *sampled(ids[37:], names[37:], *args, seed=0, purpose="p").to_pylist(),
    ]
    assert whole == halves
    assert 0 < sum(whole) < 100
    assert sampled(ids[:0], names[:0], *args, seed=0, purpose="p").to_pylist() == []


def test_a_higher_rate_samples_a_superset():
    ids, names = pa.array(range(1000)), pa.array(["C"] * 1000)
    low = sampled(ids, names, {"C": 0.2}, seed=0, purpose="p").to_numpy(zero_copy_only=False)
    high = sampled(ids, names, {"C": 0.7}, seed=0, purpose="p").to_numpy(zero_copy_only=False)
    assert not (low & ~high).any()
    assert 150 < low.sum() < 250
