from decimal import Decimal

import numpy as np
import pytest

from codemill.transforms.dedup.ragged import offsets_of
from codemill.transforms.dedup.verify import can_reach, jaccard, reaches, rounded_similarity


def ragged(*rows):
    values = [value for row in rows for value in sorted(row)]
    return np.array(values, dtype=np.uint64), offsets_of([len(row) for row in rows])


def test_counts_are_those_of_the_sets():
    a = ragged({1, 2, 3}, set(), {7, 2**64 - 1})
    b = ragged({2, 3, 4, 5}, {7}, set())
    intersection, union = jaccard(*a, *b, [0, 0, 2, 2, 1, 1], [0, 1, 1, 2, 2, 0])
    assert intersection.tolist() == [2, 0, 1, 0, 0, 0]
    assert union.tolist() == [5, 4, 2, 2, 0, 4]


def test_a_file_is_all_like_itself():
    a = ragged({5, 6, 7})
    assert [x.tolist() for x in jaccard(*a, *a, [0], [0])] == [[3], [3]]


@pytest.mark.parametrize("block_values", [1, 7, 64, 10**6])
def test_counts_do_not_depend_on_blocks(block_values):
    generator = np.random.default_rng(1)
    sets = [set(generator.integers(0, 60, n).tolist()) for n in generator.integers(0, 50, 20)]
    a, b = generator.integers(0, 20, (2, 80))
    found = jaccard(*ragged(*sets), *ragged(*sets), a, b, block_values=block_values)
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    assert found[0].tolist() == [len(sets[i] & sets[j]) for i, j in pairs]
    assert found[1].tolist() == [len(sets[i] | sets[j]) for i, j in pairs]


def test_the_rows_are_left_as_they_were():
    values, offsets = ragged({1, 5, 9}, {2, 5})
    jaccard(values, offsets, values, offsets, [0, 1], [1, 0])
    assert values.tolist() == [1, 5, 9, 2, 5]


def test_values_use_all_64_bits():
    a, b = ragged({2**63 - 1, 2**63, 2**64 - 1}), ragged({0, 2**63, 2**64 - 1})
    assert [x.tolist() for x in jaccard(*a, *b, [0], [0])] == [[2], [4]]


def test_no_pairs_give_no_counts():
    a = ragged({1})
    assert [x.tolist() for x in jaccard(*a, *a, [], [])] == [[], []]


def test_the_threshold_is_met_exactly():
    intersection = np.array([7, 70, 6999, 7000, 7001, 0, 0])
    union = np.array([10, 100, 10000, 10000, 10000, 10000, 0])
    met = reaches(intersection, union, Decimal("0.7"))
    assert met.tolist() == [True, True, False, True, True, False, False]
    assert reaches(np.array([1, 2]), np.array([3, 3]), Decimal("0.3334")).tolist() == [False, True]


def test_sizes_alone_tell_which_pairs_cannot_reach_a_threshold():
    a, b = np.array([7, 69, 10, 0, 0, 100]), np.array([10, 100, 7, 0, 5, 143])
    assert can_reach(a, b, Decimal("0.7")).tolist() == [True, False, True, False, False, False]


@pytest.mark.parametrize("threshold", ["0.0001", "0.5", "0.7", "0.8125", "1"])
def test_sizes_rule_out_exactly_what_no_sets_of_them_can_reach(threshold):
    sizes = np.arange(40)
    a, b = np.repeat(sizes, 40), np.tile(sizes, 40)
    nested = np.minimum(a, b), np.maximum(a, b)
    rows = [range(n) for n in sizes]
    found = jaccard(*ragged(*rows), *ragged(*rows), a, b)
    assert [x.tolist() for x in found] == [x.tolist() for x in nested]
    able = can_reach(a, b, Decimal(threshold))
    assert able.tolist() == reaches(*found, Decimal(threshold)).tolist()


@pytest.mark.parametrize("threshold", ["0", "-0.5", "1.0001", "0.70001"])
def test_other_thresholds_are_refused(threshold):
    with pytest.raises(ValueError, match=threshold):
        reaches(np.array([1]), np.array([2]), Decimal(threshold))


def test_similarity_is_shown_to_four_digits():
    shown = rounded_similarity(np.array([1, 2, 0, 5, 1]), np.array([3, 3, 0, 5, 20000]))
    assert shown.tolist() == [0.3333, 0.6667, 0.0, 1.0, 0.0001]
