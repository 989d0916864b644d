from fractions import Fraction

from benchmarks.near_duplicates.truth import (
    Pairs,
    code_tokens,
    jaccard,
    pairs_of,
    shingle_set,
    word_tokens,
)

SEVEN_TENTHS = Fraction(7, 10)


def numbered(*ranges):
    return [" ".join(f"t{n}" for n in range(*bounds)) for bounds in ranges]


def rows(pairs):
    return [tuple(int(value) for value in row) for row in zip(*pairs, strict=True)]


def test_a_token_is_a_run_of_word_bytes_or_one_other_byte():
    assert code_tokens("f_1(é)\t+=\r\n\f\v2") == [
        b"f_1",
        b"(",
        "é".encode(),
        b")",
        b"+",
        b"=",
        b"2",
    ]


def test_a_space_that_is_not_ascii_is_part_of_a_word():
    assert code_tokens("a\u00a0b c") == ["a\u00a0b".encode(), b"c"]


def test_words_lose_case_and_punctuation():
    assert word_tokens("Foo.bar(x + É)") == ["foo", "bar", "x", "é"]


def test_four_tokens_have_no_shingle_and_five_have_one():
    assert shingle_set("a b c d") == set()
    assert shingle_set("a b c d e") == {(b"a", b"b", b"c", b"d", b"e")}


def test_pairs_carry_both_integers_of_their_similarity():
    # 16 shingles each, 12 of them in common
    texts = numbered((0, 20), (4, 24), (100, 120))
    assert rows(pairs_of(texts, "code", Fraction(1, 2))) == [(0, 1, 12, 20)]


def test_a_similarity_of_exactly_the_threshold_reaches_it():
    # 17 shingles each, 14 in common: 14 of 20
    assert rows(pairs_of(numbered((0, 21), (3, 24)), "code", SEVEN_TENTHS)) == [(0, 1, 14, 20)]
    assert rows(pairs_of(numbered((0, 21), (4, 25)), "code", SEVEN_TENTHS)) == []


def test_a_repeated_shingle_counts_once():
    assert rows(pairs_of(["a a a a a a a", "a a a a a"], "code", SEVEN_TENTHS)) == [(0, 1, 1, 1)]


def test_short_texts_are_like_nothing_not_even_each_other():
    assert rows(pairs_of(["a b", "a b", ""], "code", SEVEN_TENTHS)) == []


def test_blocks_of_the_product_leave_no_pair_out():
    texts = numbered(*((n, n + 30) for n in range(1100)))
    pairs = pairs_of(texts, "code", Fraction(9, 10))
    assert rows(pairs) == [(n, n + 1, 25, 27) for n in range(1099)]


def test_the_matrix_agrees_with_python_sets():
    texts = ["if (a) { b(); }", "if (a) { c(); }", "if (a) { b(); } else { c(); }", "x = y"]
    sets = [shingle_set(text) for text in texts]
    found = {(a, b): i / u for a, b, i, u in rows(pairs_of(texts, "code", Fraction(1, 1000)))}
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4)]
    expected = {(a, b): jaccard(sets[a], sets[b]) for a, b in pairs}
    assert found == {pair: value for pair, value in expected.items() if value}
    assert len(found) == 3


def test_operators_count_for_code_and_not_for_words():
    texts = ["a + b + c + d + e", "a - b - c - d - e"]
    assert rows(pairs_of(texts, "code", SEVEN_TENTHS)) == []
    assert rows(pairs_of(texts, "words", SEVEN_TENTHS)) == [(0, 1, 1, 1)]


def test_at_least_compares_in_integers():
    import numpy as np

    pairs = Pairs(*(np.array(c) for c in ([0, 1], [2, 3], [7, 6], [10, 9])))
    assert rows(pairs.at_least(SEVEN_TENTHS)) == [(0, 2, 7, 10)]
