import re

import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.dedup import shingles as shingles_module
from codemill.transforms.dedup.shingles import shingles

TOKEN = re.compile(rb"[0-9A-Za-z_\x80-\xff]+|[^ \t\n\v\f\r]")


def texts(*values):
    return pa.array(values, pa.large_string())


def sets(found):
    bounds = zip(found.offsets[:-1], found.offsets[1:], strict=True)
    return [found.values[start:end].tolist() for start, end in bounds]


def reference_count(text, shingle_tokens=5):
    tokens = TOKEN.findall(text.encode())
    last = len(tokens) - shingle_tokens
    return len({tuple(tokens[i : i + shingle_tokens]) for i in range(last + 1)})


def shared(a, b, **options):
    first, second = sets(shingles(texts(a, b), **options))
    return len(set(first) & set(second))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("a b c d", 0),
        ("a b c d e", 1),
        ("a=b+c", 1),
        ("a b c d e f", 2),
        ("a a a a a a a a a", 1),
        ("def f(x):\n    return x + 1\n", 6),
        ("été naïve Ω 日本語 x", 1),
        ("a\0b\0c", 1),
    ],
)
def test_a_text_has_one_shingle_for_every_five_tokens_in_a_row(text, count):
    assert len(shingles(texts(text)).values) == count


def test_counts_agree_with_a_regular_expression_on_awkward_texts():
    awkward = [
        "x" * 7 + " " + "y" * 8 + " " + "z" * 9 + " " + "w" * 100 + "." + "é" * 50,
        "".join(chr(33 + i % 94) for i in range(500)),
        " lead\n\n\nand trail ; \r\n\f\v ",
        "a_b9 _ __ 0x1F 'q' \"r\" \\ \x85 \xa0 ¿?",
        "\x1c\x1d\x1e\x1f\x7f five tokens",
    ]
    assert [len(row) for row in sets(shingles(texts(*awkward)))] == [
        reference_count(text) for text in awkward
    ]


def test_operators_tell_two_lines_apart():
    assert shared("a = x + 1", "a = x - 1") == 0
    assert shared("a = x + 1", "a=x+1") == 1


def test_only_white_space_between_tokens_makes_no_difference():
    assert shared("if x:\n\treturn f(x)", "if x :    return f( x )") == 4
    assert shared("ab c d e f", "a bc d e f") == 0


@pytest.mark.parametrize("length", [1, 7, 8, 9, 15, 16, 17, 64, 1000])
def test_every_byte_of_a_token_counts(length):
    token = "k" * length
    variants = [token[:i] + "j" + token[i + 1 :] for i in range(length)] + [token, token + "k"]
    rows = sets(shingles(texts(*variants), shingle_tokens=1))
    assert len({row[0] for row in rows}) == length + 2


def test_words_of_a_long_token_do_not_commute():
    assert shared("aaaaaaaabbbbbbbb", "bbbbbbbbaaaaaaaa", shingle_tokens=1) == 0


def test_tokens_of_a_shingle_do_not_commute():
    assert shared("a b c d e", "a b c e d") == 0


def test_rows_are_sorted_and_distinct():
    words = [str(i * i % 17) for i in range(400)]
    (row,) = sets(shingles(texts(" ".join(words))))
    assert row == sorted(set(row))
    assert len(row) == 17


def test_no_shingle_spans_two_texts():
    found = shingles(texts("a b c", "d e f", "g h i j k", "l"))
    assert found.offsets.tolist() == [0, 0, 0, 1, 1]


def test_a_null_has_no_shingles_even_where_its_slot_spans_bytes():
    content = pa.py_buffer(b"a b c d e f g h i j")
    offsets = pa.py_buffer(np.array([0, 9, 19], dtype=np.int64).tobytes())
    second_only = pa.py_buffer(bytes([0b10]))
    text = pa.LargeStringArray.from_buffers(2, offsets, content, second_only)
    assert shingles(text).offsets.tolist() == [0, 0, 1]
    assert shingles(texts(None, None)).offsets.tolist() == [0, 0, 0]


def test_an_empty_batch_gives_no_rows():
    found = shingles(texts())
    assert found.values.tolist() == []
    assert found.offsets.tolist() == [0]
    assert found.values.dtype == np.uint64
    assert found.offsets.dtype == np.int64


SAMPLE = [f"{'w' * (i % 19)} = {i} * {i % 7}; " * (i % 5) or None for i in range(60)]


def test_the_result_does_not_depend_on_batches_or_blocks(monkeypatch):
    whole = sets(shingles(texts(*SAMPLE)))
    one_by_one = [sets(shingles(texts(text)))[0] for text in SAMPLE]
    assert whole == one_by_one
    monkeypatch.setattr(shingles_module, "_BLOCK_BYTES", 64)
    assert sets(shingles(texts(*SAMPLE))) == whole


def test_a_sliced_array_gives_the_rows_of_its_slice():
    whole = texts(*SAMPLE)
    assert sets(shingles(whole.slice(7, 20))) == sets(shingles(whole))[7:27]
    assert sets(shingles(whole.slice(60))) == []


def test_hashes_are_the_same_in_every_build():
    assert shingles(texts("a b c d e")).values.tolist() == [6640012395476788578]


def test_other_types_and_sizes_are_refused():
    with pytest.raises(TypeError, match="large_string, got string"):
        shingles(pa.array(["a"], pa.string()))
    with pytest.raises(ValueError, match="at least 1, got 0"):
        shingles(texts("a"), shingle_tokens=0)
