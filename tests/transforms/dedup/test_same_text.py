import time
from hashlib import sha256
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.dedup import same_text
from codemill.transforms.dedup.same_text import set_hashes, text_hashes
from codemill.transforms.dedup.shingles import shingles


def texts(*values):
    return pa.array(values, pa.large_string())


def hashes(*values):
    return text_hashes(texts(*values)).to_pylist()


def of(content):
    return sha256(content).digest()[:16]


def test_the_hash_is_half_the_sha_256_of_the_normalised_text():
    assert hashes("if x:\n\ty = 'é'\n") == [of("if x:\n\ty = 'é'".encode())]
    assert text_hashes(texts("a")).type == pa.binary(16)


@pytest.mark.parametrize(
    "text",
    ["a\n\n  b", "a\r\n\r\n  b", "a\r\r  b", "a \t\n\v\f\n  b", "a\n \n  b", "a\n\n  b\n\n \t\r\n"],
)
def test_line_ends_and_white_space_before_them_make_no_difference(text):
    assert hashes(text) == [of(b"a\n\n  b")]


@pytest.mark.parametrize(
    "text",
    [
        *("a\n  b", "a\n\n\n  b", "a\n\n b", "\na\n\n  b", " a\n\n  b", "a\n\n \tb"),
        *("a\n\n  b\0", "a\n\n  b\x1c\n", "a\x85\n\n  b", "a\xa0\n\n  b", "a\u2028\n  b"),
    ],
)
def test_all_else_does(text):
    assert hashes(text) != [of(b"a\n\n  b")]


def test_white_space_alone_is_an_empty_text_and_a_null_is_null():
    assert hashes("", " \r\n\t", None) == [of(b""), of(b""), None]
    assert text_hashes(texts(None)).type == pa.binary(16)


SAMPLE = [
    *("x = 1 \r\n" * (n % 4) + "\n" * (n % 3) + "y" * (n % 5) + " " * (n % 2) for n in range(60)),
    *(None, "\n", "a\n", "\n"),
]


def test_the_result_does_not_depend_on_batches_or_blocks(monkeypatch):
    whole = hashes(*SAMPLE)
    assert whole == [hashes(text)[0] for text in SAMPLE]
    monkeypatch.setattr(same_text, "_BLOCK_BYTES", 16)
    assert hashes(*SAMPLE) == whole


def test_a_slice_gives_the_rows_of_its_slice():
    whole = texts(*SAMPLE)
    assert text_hashes(whole.slice(7, 20)).to_pylist() == hashes(*SAMPLE)[7:27]
    assert text_hashes(whole.slice(64)).to_pylist() == []
    assert text_hashes(texts()).type == pa.binary(16)


def test_a_null_is_null_even_where_its_slot_spans_bytes():
    offsets = pa.py_buffer(np.array([0, 2, 3], dtype=np.int64).tobytes())
    second_only = pa.py_buffer(bytes([0b10]))
    text = pa.LargeStringArray.from_buffers(2, offsets, pa.py_buffer(b"abc"), second_only)
    assert text_hashes(text).to_pylist() == [None, of(b"c")]


def test_other_types_are_refused():
    with pytest.raises(TypeError, match="large_string, got string"):
        text_hashes(pa.array(["a"], pa.string()))


@pytest.mark.parametrize("unit", [" ", "\n", "\r", " \n", "a \n", "\ra", "\t\n" + " " * 50])
def test_a_hostile_megabyte_takes_no_second(unit):
    text = texts("a" + unit * (1_000_000 // len(unit)) + "a")
    started = time.process_time()
    text_hashes(text)
    assert time.process_time() - started < 1


def test_texts_of_equal_hash_have_equal_sets():
    every = ["".join(pieces) for pieces in product("a=\x1c\x85 \n\r\f", repeat=5)]
    sets = set_list(*shingles(texts(*every), shingle_tokens=2))
    by_text = {}
    for text_hash, set_hash in zip(hashes(*every), sets, strict=True):
        by_text.setdefault(text_hash, set()).add(set_hash)
    assert len(by_text) < len(every) / 2
    assert {len(found) for found in by_text.values()} == {1}


def set_list(values, offsets):
    return set_hashes(values, offsets).to_pylist()


def test_sets_have_equal_hashes_exactly_where_they_are_equal():
    found = set_list(*shingles(texts("a b c d e f", "a  b c\nd e f", "a b c d e g", "a", None)))
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert found[3:] == [None, None]


def test_the_hash_of_a_set_is_that_of_its_little_endian_values():
    values = np.array([1, 2, 3, 2**64 - 1], dtype=np.uint64)
    found = set_hashes(values, np.array([0, 2, 2, 4]))
    expected = [(1 + (2 << 64)).to_bytes(16, "little"), (3).to_bytes(8, "little") + b"\xff" * 8]
    assert found.to_pylist() == [of(expected[0]), None, of(expected[1])]
    assert found.type == pa.binary(16)


def test_no_sets_have_no_hashes():
    found = set_hashes(np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64))
    assert found.to_pylist() == []
    assert found.type == pa.binary(16)
