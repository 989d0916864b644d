import time
from decimal import Decimal

import numpy as np

from codemill.transforms.dedup.decide import decide, number_nodes


def decided(rank, edges, *, file_id=None, threshold="0.7"):
    """{removed: (kept, intersection, union)} from edges (a, b, intersection, union)."""
    file_id = np.arange(len(rank)) if file_id is None else np.array(file_id)
    columns = np.array(edges, dtype=np.int64).reshape(-1, 4).T
    removals = decide(
        np.array(rank, dtype=np.uint64), file_id, *columns, threshold=Decimal(threshold)
    )
    rows = zip(*(column.tolist() for column in removals), strict=True)
    return {removed: rest for removed, *rest in rows}


def greedy(rank, edges):
    """The definition, one file at a time."""
    kept = []
    neighbours = {frozenset(edge[:2]) for edge in edges if 10 * edge[2] >= 7 * edge[3]}
    for node in sorted(range(len(rank)), key=lambda n: (rank[n], n)):
        if not any(frozenset((node, better)) in neighbours for better in kept):
            kept.append(node)
    return set(range(len(rank))) - set(kept)


def test_the_better_ranked_of_a_pair_is_kept():
    assert decided([5, 2], [(0, 1, 8, 10)]) == {0: [1, 8, 10]}
    assert decided([2, 5], [(0, 1, 8, 10)]) == {1: [0, 8, 10]}


def test_equal_ranks_are_decided_by_file_id():
    assert decided([5, 5], [(0, 1, 8, 10)], file_id=[9, -4]) == {0: [1, 8, 10]}


def test_a_chain_removes_only_what_is_like_a_kept_file():
    assert decided([1, 2, 3], [(0, 1, 8, 10), (1, 2, 8, 10)]) == {1: [0, 8, 10]}


def test_an_edge_below_the_threshold_removes_nothing():
    assert decided([1, 2, 3], [(0, 1, 6999, 10000), (0, 2, 7, 10)]) == {2: [0, 7, 10]}


def test_a_file_is_removed_for_the_most_similar_of_the_kept_that_are_better():
    edges = [(0, 3, 8, 10), (1, 3, 9, 10), (2, 3, 17, 20), (3, 4, 19, 20)]
    assert decided([1, 2, 3, 4, 5], edges) == {3: [1, 9, 10]}


def test_equal_similarities_are_decided_by_rank():
    edges = [(0, 2, 8, 10), (1, 2, 16, 20)]
    assert decided([2, 1, 3], edges) == {2: [1, 16, 20]}


def test_close_similarities_of_large_files_are_told_apart():
    n = 2**26
    edges = [(0, 2, n - 3, n - 1), (1, 2, n - 2, n)]
    assert decided([1, 2, 3], edges) == {2: [1, n - 2, n]}


def test_an_edge_given_twice_or_to_itself_counts_once_or_not():
    edges = [(0, 1, 8, 10), (1, 0, 8, 10), (1, 1, 10, 10)]
    assert decided([1, 2], edges) == {1: [0, 8, 10]}


def test_no_edges_remove_nothing():
    assert decided([], []) == {}
    assert decided([1, 2, 3], []) == {}


def test_random_graphs_are_decided_as_the_definition_says():
    generator = np.random.default_rng(1)
    for _ in range(50):
        rank = generator.integers(0, 6, 30).tolist()
        ends = generator.integers(0, 30, (60, 2)).tolist()
        counts = generator.integers(5, 11, 60).tolist()
        edges = [(a, b, n, 10) for (a, b), n in zip(ends, counts, strict=True) if a != b]
        assert set(decided(rank, edges)) == greedy(rank, edges)


def test_the_order_of_edges_makes_no_difference():
    generator = np.random.default_rng(2)
    rank = generator.integers(0, 9, 40).tolist()
    edges = [(int(a), int(b), 8, 10) for a, b in generator.integers(0, 40, (90, 2))]
    shuffled = [edges[i] for i in generator.permutation(len(edges))]
    assert decided(rank, shuffled) == decided(rank, edges)


def test_a_chain_of_10_000_files_keeps_every_other_one_quickly():
    edges = [(n, n + 1, 8, 10) for n in range(9_999)]
    started = time.process_time()
    removed = decided(list(range(10_000)), edges)
    assert time.process_time() - started < 1
    assert set(removed) == set(range(1, 10_000, 2))


def test_files_are_numbered_by_part_and_row():
    ends = ([1, 0, 1], [5, 2, 5], [0, 0, 0], [2, 7, 7])
    numbered = number_nodes(*(np.array(column, dtype=np.int32) for column in ends))
    assert numbered.part.tolist() == [0, 0, 1]
    assert numbered.row.tolist() == [2, 7, 5]
    assert numbered.a.tolist() == [2, 0, 2]
    assert numbered.b.tolist() == [0, 1, 1]
