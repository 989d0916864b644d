import numpy as np

from codemill.transforms.dedup.ragged import (
    blocks,
    count_per_row,
    equals_previous,
    offsets_of,
    places_among,
    runs,
    sort_rows,
)


def test_offsets_count_from_zero():
    assert offsets_of([2, 0, 3]).tolist() == [0, 2, 2, 5]
    assert offsets_of([]).tolist() == [0]


def test_rows_are_sorted_apart():
    values = np.array([3, 1, 9, 2, 0], dtype=np.uint64)
    sort_rows(values, offsets_of([2, 0, 3]))
    assert values.tolist() == [1, 3, 0, 2, 9]


def test_the_first_of_a_row_equals_nothing_before_it():
    values = np.array([4, 4, 4, 4], dtype=np.uint64)
    found = equals_previous(values, offsets_of([0, 2, 0, 2, 0]))
    assert found.tolist() == [False, True, False, True]
    assert equals_previous(values[:0], offsets_of([0])).tolist() == []


def test_flags_are_counted_per_row():
    flags = np.array([True, False, True, True])
    assert count_per_row(flags, offsets_of([0, 2, 0, 2])).tolist() == [0, 1, 0, 2]


def test_blocks_hold_what_fits_and_a_large_item_stands_alone():
    assert list(blocks(np.array([3, 3, 9, 1, 0]), 6)) == [(0, 2), (2, 3), (3, 5)]
    assert list(blocks(np.array([], dtype=np.int64), 6)) == []
    assert list(blocks(np.array([0, 0]), 6)) == [(0, 2)]


def test_runs_of_equal_neighbours():
    starts, sizes = runs(np.array([5, 5, 2, 5]))
    assert starts.tolist() == [0, 2, 3]
    assert sizes.tolist() == [2, 1, 1]
    assert runs(np.array([], dtype=np.int64))[0].tolist() == []


def test_places_are_where_a_value_is_and_minus_one_where_it_is_not():
    ordered = np.array([2, 5, 9], dtype=np.uint64)
    wanted = np.array([9, 1, 5, 10, 2], dtype=np.uint64)
    assert places_among(ordered, wanted).tolist() == [2, -1, 1, -1, 0]
    assert places_among(ordered[:0], wanted[:1]).tolist() == [-1]
