import pickle
import time

import pyarrow as pa
import pytest

from codemill.pipeline.packaged import load_vocabulary
from codemill.transforms.quality.fertility import SAMPLED_BYTES, Fertility, Vocabulary

BYTES = tuple(bytes([byte]) for byte in range(256))
PAIRS = Vocabulary(r"\S+|\s+", (*BYTES, b"ab"))


def measured(*texts, vocabulary=PAIRS):
    return Fertility(vocabulary)(pa.array(texts, pa.large_string())).to_pylist()


@pytest.fixture(scope="module")
def packaged():
    return load_vocabulary()


def test_bytes_of_a_text_by_its_tokens():
    assert measured("ab" * 100, "ba" * 100, "ac" * 100) == [2.0, pytest.approx(200 / 101), 1.0]


def test_nothing_is_said_of_little_text():
    assert measured("ab" * 99, "", None) == [None, None, None]


def test_other_scripts_are_left_out():
    assert measured("漢字" * 300, "漢" + "ab" * 100) == [None, 2.0]


def test_of_a_long_text_pieces_are_measured():
    head = "x" * 3000
    assert measured(head + "ab" * SAMPLED_BYTES * 4) == [2.0]


def test_a_slice_of_a_column_is_measured_as_its_rows():
    column = pa.array(["no" * 200, "ab" * 200, None, "ac" * 200], pa.large_string())
    assert Fertility(PAIRS)(column.slice(1)).to_pylist() == [2.0, None, 1.0]


def test_it_pickles_before_and_after_use():
    fertility = Fertility(PAIRS)
    text = pa.array(["ab" * 100], pa.large_string())
    before = pickle.loads(pickle.dumps(fertility))(text)
    fertility(text)
    assert pickle.loads(pickle.dumps(fertility))(text).equals(before)


def test_the_packaged_vocabulary_is_the_bytes_and_what_merges_made(packaged):
    assert len(packaged.tokens) == len(set(packaged.tokens)) == 8192
    assert set(packaged.tokens[:256]) == set(BYTES)
    assert all(len(token) > 1 for token in packaged.tokens[256:])


def test_code_has_twice_the_bytes_a_token_that_digests_have(packaged):
    code = "def area(width, height):\n    return width * height\n" * 9
    digests = "3f9a7c01e2b84d6f5a0c9e71d3b2f846\n" * 12
    of_code, of_digests = measured(code, digests, vocabulary=packaged)
    assert of_code > 2.5
    assert of_digests < 1.4


@pytest.mark.parametrize("run", ["a", "(", " ", "ab"])
def test_a_long_run_takes_no_longer_than_other_text(packaged, run):
    start = time.process_time()
    measured(run * 10_000_000, vocabulary=packaged)
    assert time.process_time() - start < 2
