from fractions import Fraction

from benchmarks.near_duplicates.stress import chain_texts, one_set_texts
from benchmarks.near_duplicates.truth import pairs_of, shingle_set


def test_distinct_texts_share_one_shingle_set():
    texts = list(one_set_texts(1000))
    assert len(set(texts)) == 1000
    assert len({frozenset(shingle_set(text)) for text in texts}) == 1


def test_a_link_is_like_its_neighbours_alone():
    pairs = pairs_of(chain_texts(50), "code", Fraction(7, 10))
    assert [(int(a), int(b)) for a, b in zip(pairs.a, pairs.b, strict=True)] == [
        (n, n + 1) for n in range(49)
    ]
    assert set(pairs.intersection.tolist()) == {91}
    assert set(pairs.union.tolist()) == {109}
