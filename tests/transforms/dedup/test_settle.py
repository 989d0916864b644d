import time

import numpy as np

from codemill.transforms.dedup.settle import (
    KEPT,
    REMOVED,
    UNDECIDED,
    Settled,
    choose,
    known_states,
    settle,
)


def columns(rank, edges, file_id=None):
    """Edges (a, b, intersection, union), the better first, in keep order of the better file."""
    file_id = list(range(len(rank))) if file_id is None else file_id
    keys = [(rank[n], file_id[n]) for n in range(len(rank))]
    directed = [(*sorted((a, b), key=keys.__getitem__), i, u) for a, b, i, u in edges]
    directed.sort(key=lambda edge: keys[edge[0]])
    better, worse, intersection, union = np.array(directed, dtype=np.int64).reshape(-1, 4).T
    order = np.array(rank, np.uint64)[worse], np.array(file_id, np.int64)[worse]
    return worse.astype(np.uint64), order, better.astype(np.uint64), intersection, union


def decided(rank, edges, file_id=None, share_of=lambda node: 0):
    """{removed: (kept, intersection, union)} with the edges settled in shares, in turn."""
    worse, order, better, intersection, union = columns(rank, edges, file_id)
    shares = np.array([share_of(node) for node in worse.tolist()], dtype=np.int64)
    known = Settled(np.unique(worse), np.full(len(np.unique(worse)), UNDECIDED, np.uint8))
    while (known.state == UNDECIDED).any():
        before = known_states(known, better)
        found = {}
        for share in set(shares.tolist()):
            mine = shares == share
            args = (worse[mine], *(k[mine] for k in order), better[mine], before[mine])
            settled = settle(*args)
            found.update(zip(settled.node.tolist(), settled.state.tolist(), strict=True))
        known = Settled(known.node, np.array([found[n] for n in known.node.tolist()], np.uint8))
    gone = np.flatnonzero(known_states(known, worse) == REMOVED)
    best = gone[
        choose(worse[gone], known_states(known, better[gone]), intersection[gone], union[gone])
    ]
    rows = zip(*(c[best].tolist() for c in (worse, better, intersection, union)), strict=True)
    return {removed: tuple(rest) for removed, *rest in rows}


def greedy(rank, edges):
    """The definition, one file at a time."""
    kept = []
    neighbours = {frozenset(edge[:2]) for edge in edges}
    for node in sorted(range(len(rank)), key=lambda n: (rank[n], n)):
        if not any(frozenset((node, better)) in neighbours for better in kept):
            kept.append(node)
    return set(range(len(rank))) - set(kept)


def random_graph(generator):
    rank = generator.integers(0, 6, 30).tolist()
    ends = generator.integers(0, 30, (60, 2)).tolist()
    return rank, [(a, b, 8, 10) for a, b in ends if a != b]


def test_the_better_ranked_of_a_pair_is_kept():
    assert decided([5, 2], [(0, 1, 8, 10)]) == {0: (1, 8, 10)}
    assert decided([2, 5], [(0, 1, 8, 10)]) == {1: (0, 8, 10)}


def test_equal_ranks_are_decided_by_file_id():
    assert decided([5, 5], [(0, 1, 8, 10)], file_id=[9, -4]) == {0: (1, 8, 10)}


def test_a_chain_removes_only_what_is_like_a_kept_file():
    assert decided([1, 2, 3], [(0, 1, 8, 10), (1, 2, 8, 10)]) == {1: (0, 8, 10)}


def test_a_file_is_removed_for_the_most_similar_of_the_kept_that_are_better():
    edges = [(0, 3, 8, 10), (1, 3, 9, 10), (2, 3, 17, 20), (3, 4, 19, 20)]
    assert decided([1, 2, 3, 4, 5], edges) == {3: (1, 9, 10)}


def test_equal_similarities_are_decided_by_rank():
    assert decided([2, 1, 3], [(0, 2, 8, 10), (1, 2, 16, 20)]) == {2: (1, 16, 20)}


def test_close_similarities_of_large_files_are_told_apart():
    n = 2**26
    assert decided([1, 2, 3], [(0, 2, n - 3, n - 1), (1, 2, n - 2, n)]) == {2: (1, n - 2, n)}


def test_no_edges_remove_nothing():
    assert decided([1, 2, 3], []) == {}


def test_random_graphs_are_decided_as_the_definition_says():
    generator = np.random.default_rng(1)
    for _ in range(50):
        rank, edges = random_graph(generator)
        assert set(decided(rank, edges)) == greedy(rank, edges)


def test_shares_settled_apart_come_to_the_same():
    generator = np.random.default_rng(2)
    for _ in range(30):
        rank, edges = random_graph(generator)
        whole = decided(rank, edges)
        assert decided(rank, edges, share_of=lambda node: node % 3) == whole
        assert decided(rank, edges, share_of=lambda node: node) == whole


def test_a_file_waits_for_better_ones_that_are_undecided():
    worse, better = np.array([7, 8], np.uint64), np.array([1, 2], np.uint64)
    order = np.array([3, 4], np.uint64), np.array([7, 8])
    known = np.array([UNDECIDED, REMOVED], np.uint8)
    assert settle(worse, *order, better, known).state.tolist() == [UNDECIDED, KEPT]


def test_a_chain_of_10_000_files_keeps_every_other_one_in_one_pass():
    edges = [(n, n + 1, 8, 10) for n in range(9_999)]
    started = time.process_time()
    removed = decided(list(range(10_000)), edges)
    assert time.process_time() - started < 2
    assert set(removed) == set(range(1, 10_000, 2))
