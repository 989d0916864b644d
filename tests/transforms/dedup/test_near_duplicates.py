"""The kernels together against brute force over every pair."""

import re
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.dedup.bands import band_hashes, choose_bands
from codemill.transforms.dedup.candidates import propose
from codemill.transforms.dedup.minhash import permutations, signatures
from codemill.transforms.dedup.settle import choose, known_states, settle
from codemill.transforms.dedup.shingles import shingles
from codemill.transforms.dedup.verify import jaccard, reaches

THRESHOLD = Decimal("0.7")
NUM_FAMILIES = 30
VARIANTS = 10


def corpus():
    """Families of one text and ever more edited copies of it, in a fixed shuffled order."""
    generator = np.random.default_rng(11)
    made = []
    for family in range(NUM_FAMILIES):
        size = int(generator.integers(60, 400))
        original = [f"v{family}_{n}" for n in generator.integers(0, 40, size)]
        made.append(" + ".join(original))
        for variant in range(1, VARIANTS):
            copy = list(original)
            for place in generator.integers(0, size, variant * size // 120 + 1):
                copy[place] = f"edit{generator.integers(1000)}"
            made.append(" + ".join(copy))
    return [made[i] for i in generator.permutation(len(made))]


def token_shingles(text):
    tokens = re.findall(r"\w+|\S", text)
    return {tuple(tokens[i : i + 5]) for i in range(len(tokens) - 4)}


def true_edges(texts):
    sets = [token_shingles(text) for text in texts]
    counts = {
        (a, b): (len(sets[a] & sets[b]), len(sets[a] | sets[b]))
        for b in range(len(sets))
        for a in range(b)
    }
    return {pair: n for pair, n in counts.items() if 10 * n[0] >= 7 * n[1]}


def decided(a, b, intersection, union):
    """[(removed, kept)] of edges whose first file is the better one; a file's rank is its place."""
    similar = np.flatnonzero(reaches(intersection, union, THRESHOLD))
    better, worse = a[similar].astype(np.uint64), b[similar].astype(np.uint64)
    none = np.zeros(len(better), dtype=np.uint8)
    settled = settle(worse, worse, b[similar], better, none)
    gone = np.flatnonzero(known_states(settled, worse))
    states = known_states(settled, better[gone])
    best = gone[choose(worse[gone], states, intersection[similar[gone]], union[similar[gone]])]
    return list(zip(worse[best].tolist(), better[best].tolist(), strict=True))


def found(texts, batch_rows):
    """Candidates with their counts and the removals; a text's rank is its place."""
    array = pa.array(texts, pa.large_string())
    drawn = permutations(256, seed=42)
    banding = choose_bands(256, threshold=0.7, detection=0.99)
    bands = []
    for first in range(0, len(texts), batch_rows):
        batch = shingles(array.slice(first, batch_rows))
        bands.append(band_hashes(signatures(*batch, drawn), banding))
    hashes = np.concatenate(bands).ravel()
    node = np.repeat(np.arange(len(texts)), banding.bands)
    edges = propose(
        hashes,
        np.zeros(len(node), dtype=np.int32),
        node.astype(np.int32),
        node.astype(np.uint64),
        node,
    )
    whole = shingles(array)
    a, b = edges.row_a.astype(np.int64), edges.row_b.astype(np.int64)
    counts = jaccard(*whole, *whole, a, b)
    removals = decided(a, b, *counts)
    candidates = dict(
        zip(
            zip(a.tolist(), b.tolist(), strict=True),
            zip(*(c.tolist() for c in counts), strict=True),
            strict=True,
        )
    )
    return candidates, removals


@pytest.fixture(scope="module")
def texts():
    return corpus()


@pytest.fixture(scope="module")
def truth(texts):
    return true_edges(texts)


def test_pairs_at_the_threshold_are_found_as_often_as_promised(texts, truth):
    candidates, _ = found(texts, 64)
    assert len(truth) > 300
    assert sum(pair in candidates for pair in truth) >= 0.99 * len(truth)


def test_every_removable_file_is_removed_and_no_other(texts, truth):
    _, removals = found(texts, 64)
    kept = []
    for node in range(len(texts)):
        if not any((better, node) in truth for better in kept):
            kept.append(node)
    assert sorted(set(range(len(texts))) - set(kept)) == [gone for gone, _ in removals]
    assert {twin for _, twin in removals} <= set(kept)


def test_counts_are_those_of_the_token_sets(texts, truth):
    candidates, _ = found(texts, 64)
    assert {pair: n for pair, n in candidates.items() if 10 * n[0] >= 7 * n[1]}.items() <= (
        truth.items()
    )


@pytest.mark.parametrize("batch_rows", [1, 7, 300])
def test_the_decision_does_not_depend_on_batches(texts, batch_rows):
    assert found(texts, batch_rows)[1] == found(texts, 64)[1]
