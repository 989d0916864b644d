from decimal import Decimal

import numpy as np
import pytest

from codemill.transforms.dedup.repositories import decide_repositories


def decided(total, pairs, share="0.5"):
    """{removed: (kept, bytes)} from pairs (own, other, bytes)."""
    own, other, shared = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    total = np.array(total, dtype=np.int64)
    found = decide_repositories(own, other, shared, total, share=Decimal(share))
    rows = zip(*(column.tolist() for column in found), strict=True)
    return {removed: tuple(rest) for removed, *rest in rows}


def test_a_repository_goes_when_most_of_it_is_in_a_better_one():
    assert decided([100, 100], [(1, 0, 50), (0, 1, 80)]) == {1: (0, 50)}


def test_one_that_shares_less_stays():
    assert decided([100, 100], [(1, 0, 49)]) == {}


def test_a_better_repository_never_goes_for_a_worse():
    assert decided([10, 100], [(0, 1, 10), (1, 0, 10)]) == {}


def test_none_goes_for_one_that_goes():
    assert decided([100, 100, 100], [(1, 0, 60), (2, 1, 90)]) == {1: (0, 60)}


def test_of_several_the_one_with_most_then_the_better():
    pairs = [(3, 0, 60), (3, 1, 70), (3, 2, 70)]
    assert decided([100] * 4, pairs) == {3: (1, 70)}


def test_a_repository_of_which_nothing_can_be_compared_stays():
    assert decided([5, 0], [(1, 0, 0)]) == {}


def test_shares_out_of_range_are_refused():
    with pytest.raises(ValueError, match="threshold must be in"):
        decided([1], [], share="0")
