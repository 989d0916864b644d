import time
import tracemalloc

import numpy as np

from codemill.transforms.dedup.candidates import propose


def proposed(entries, **options):
    """Edges as [((part, row), (part, row))] from entries (hash, part, row, rank, file id)."""
    columns = list(zip(*entries, strict=True)) or [()] * 5
    types = (np.uint64, np.int32, np.int32, np.uint64, np.int64)
    edges = propose(*map(np.array, columns, types), **options)
    pairs = zip(
        edges.part_a.tolist(),
        edges.row_a.tolist(),
        edges.part_b.tolist(),
        edges.row_b.tolist(),
        strict=True,
    )
    return [((a, b), (c, d)) for a, b, c, d in pairs]


def bucket(size, band_hash=5, part=0):
    """A bucket whose rows are in keep order."""
    return [(band_hash, part, row, row, row) for row in range(size)]


def test_files_of_one_bucket_are_paired_the_better_ranked_first():
    entries = [(9, 0, 3, 50, 1), (9, 2, 1, 10, 2), (8, 0, 0, 1, 3)]
    assert proposed(entries) == [((2, 1), (0, 3))]


def test_equal_ranks_are_ordered_by_file_id_then_by_place():
    assert proposed([(9, 0, 0, 5, 20), (9, 0, 1, 5, -3)]) == [((0, 1), (0, 0))]
    assert proposed([(9, 1, 0, 5, 20), (9, 0, 1, 5, 20)]) == [((0, 1), (1, 0))]


def test_ranks_use_all_64_bits():
    assert proposed([(9, 0, 0, 2**64 - 1, 1), (9, 0, 1, 2**63, 1)]) == [((0, 1), (0, 0))]


def test_a_pair_that_meets_in_many_bands_is_proposed_once():
    entries = [(h, 0, row, row, row) for h in (4, 5, 6) for row in (0, 1)]
    assert proposed(entries) == [((0, 0), (0, 1))]


def test_a_file_is_never_paired_with_itself():
    assert proposed([(9, 0, 1, 5, 1), (9, 0, 1, 5, 1)]) == []


def test_no_entries_and_no_shared_buckets_give_no_pairs():
    assert proposed([]) == []
    assert proposed([(1, 0, 0, 0, 0), (2, 0, 1, 0, 1)]) == []


def test_a_bucket_up_to_the_limit_gives_all_its_pairs():
    expected = [((0, i), (0, j)) for i in range(6) for j in range(i + 1, 6)]
    assert proposed(bucket(6), max_bucket_pairs=6) == expected


def test_a_larger_bucket_pairs_everyone_with_the_heads_and_the_next():
    expected = [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (1, 2), (2, 3), (3, 4), (4, 5)]
    found = proposed(bucket(6), max_bucket_pairs=5, heads=1)
    assert found == [((0, i), (0, j)) for i, j in expected]


def test_capped_buckets_are_counted():
    entries = bucket(6, 5) + bucket(7, 6) + bucket(3, 7)
    columns = [np.array(c) for c in zip(*entries, strict=True)]
    types = (np.uint64, np.int32, np.int32, np.uint64, np.int64)
    arrays = [c.astype(t) for c, t in zip(columns, types, strict=True)]
    assert propose(*arrays, max_bucket_pairs=5).num_capped_buckets == 2
    assert propose(*arrays, max_bucket_pairs=7).num_capped_buckets == 0


def test_the_order_of_entries_makes_no_difference():
    generator = np.random.default_rng(3)
    entries = [
        (int(generator.integers(40)), row % 3, row, int(generator.integers(4)), row * 7 % 50)
        for row in range(50)
        for _ in range(6)
    ]
    expected = proposed(entries, max_bucket_pairs=4, heads=2)
    shuffled = [entries[i] for i in generator.permutation(len(entries))]
    assert proposed(shuffled, max_bucket_pairs=4, heads=2) == expected
    assert len(expected) == len(set(expected))


def test_dealing_whole_buckets_to_partitions_gives_the_same_pairs():
    generator = np.random.default_rng(4)
    entries = [
        (int(generator.integers(60)), 0, row, row, row) for row in range(80) for _ in range(3)
    ]
    dealt = [[entry for entry in entries if entry[0] % 5 == which] for which in range(5)]
    union = {pair for part in dealt for pair in proposed(part)}
    assert sorted(union) == proposed(entries)


def test_a_bucket_of_200_000_files_is_linear_in_time_and_memory():
    size = 200_000
    rank = np.random.default_rng(5).permutation(size).astype(np.uint64)
    row = np.arange(size, dtype=np.int32)
    arrays = (
        np.full(size, 7, np.uint64),
        np.zeros(size, np.int32),
        row,
        rank,
        row.astype(np.int64),
    )
    started = time.process_time()
    edges = propose(*arrays)
    seconds = time.process_time() - started
    tracemalloc.start()
    propose(*arrays)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 2
    assert peak < size * 700
    assert edges.num_capped_buckets == 1
    best = np.argmin(rank)
    assert np.count_nonzero(edges.row_a == best) == size - 1
