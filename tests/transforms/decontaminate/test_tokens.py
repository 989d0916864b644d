import keyword

import numpy as np
import pytest

from codemill.transforms.decontaminate import tokens as module
from codemill.transforms.decontaminate.tokens import (
    CODE,
    FIXED_WORDS,
    PROSE,
    SHAPE,
    STREAMS,
    grams,
    names,
    names_bound,
    openings,
    read_tokens,
    rows_of,
    shape,
)


def read(*texts):
    contents = [text.encode() for text in texts]
    block = np.frombuffer(b"".join(contents), np.uint8)
    return read_tokens(block, np.cumsum([0, *map(len, contents)]))


def words(text, wanted=None):
    tokens = read(text)
    spans = zip(tokens.starts, tokens.ends, strict=True)
    found = [text.encode()[start:end].decode() for start, end in spans]
    return (
        found
        if wanted is None
        else [w for w, yes in zip(found, wanted(tokens), strict=True) if yes]
    )


def hashes(text, stream=CODE):
    return STREAMS[stream](read(text)).hashes.tolist()


def test_layout_quotes_and_brackets_of_calls_are_no_tokens():
    assert words("f(a, 'b')[0];") == ["f", "a", "b", "[", "0", "]"]


@pytest.mark.parametrize(
    "copy",
    [
        'def F ( x ) :\n\treturn "a" + x',
        "#def f(x):\n#    return 'a' + x",
        "\"def f(x):\\n    return 'a' + x\"",
        '"def f(x):\\r\\n\\treturn \\"a\\" + x\\n"',
        "def f(x): return ('a' + (x))",
    ],
    ids=["laid out anew", "commented out", "in JSON", "in JSON with quotes", "brackets"],
)
def test_a_copy_has_the_tokens_of_the_code(copy):
    assert hashes(copy) == hashes("def f(x):\n    return 'a' + x")


def test_operators_and_numbers_tell_code_apart():
    assert len({tuple(hashes(t)) for t in ("x + 1", "x - 1", "x + 2", "x +")}) == 4


def test_an_escape_does_not_reach_into_the_next_text():
    assert read("a\\", "nb").offsets.tolist() == [0, 1, 2]
    assert read("a\\", "nb").hashes.tolist() == read("a", "nb").hashes.tolist()


def test_a_chosen_name_is_no_keyword_no_built_in_and_no_attribute():
    assert words("for x in range(n): y.append(len(x)); z.y = 1", names) == ["x", "n", "y", "x", "z"]


def test_a_solution_may_take_fixed_words_for_names_of_its_own():
    text = "def f(str, k): sum = 0\n for char in str: sum += int(char)\n return max(sum == k, str)"
    own = words(text, names_bound)
    assert own == ["f", "str", "k", "sum", "char", "str", "sum", "char", "sum", "k", "str"]


def test_renaming_changes_no_shape():
    before, after = "def total(xs): return sum(xs) + 1", "def t0(values): return sum(values) + 1"
    assert hashes(before, SHAPE) == hashes(after, SHAPE)
    assert hashes(before, CODE) != hashes(after, CODE)


def test_prose_is_words_without_numbers_and_operators():
    assert hashes("Given 2 lists, return * all!", PROSE) == hashes("given lists return all", PROSE)


def test_as_many_ngrams_as_fit_and_none_across_texts():
    stream = STREAMS[CODE](read("a b c d e f g", "a b c d e f"))
    places = np.arange(len(grams(stream)))
    row, inside = rows_of(stream, places)
    assert places[inside].tolist() == [0, 1, 7]
    assert row[inside].tolist() == [0, 0, 1]
    assert grams(stream)[0] == grams(stream)[7]


def test_ngrams_of_shapes_are_twelve_tokens():
    text = "def f(a): return [a + 1, a - 2, a * 3, a / 4]"
    assert len(grams(shape(read(text)))) == len(hashes(text)) - 11


def test_openings_are_eight_to_twenty_four_tokens_from_def_on():
    tokens = read("x = 1\ndef f(a): return a + " + " + ".join("1" * 20))
    place, hashed = openings(shape(tokens))
    assert place.tolist() == [3] * 17
    assert len(set(hashed.tolist())) == 17


def test_no_opening_reaches_into_the_next_text():
    assert len(openings(shape(read("def f(a): return", "a + 1 - 2 * 3")))[0]) == 0


def test_every_fixed_word_is_found_in_its_slot():
    text = " ".join(FIXED_WORDS)
    assert set(keyword.kwlist) & {"lambda"} <= set(FIXED_WORDS)
    assert words(text, names) == []
    assert len(set(module._slots(np.array([module._hash_of(w) for w in FIXED_WORDS])))) == len(
        FIXED_WORDS
    )


def test_a_text_without_tokens_has_no_stream():
    assert all(len(grams(make(read("", " (,) ")))) == 0 for make in STREAMS.values())
