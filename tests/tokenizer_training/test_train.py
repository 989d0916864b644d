import json
import os
import subprocess
import sys

import pytest

from codemill.tokenizer_training.special_tokens import SPECIAL_TOKENS
from codemill.tokenizer_training.train import MAX_RUN_BYTES, spec_of, train, without_long_runs

CODE = "def f(x):\n    return x + 12345\n" * 20


def pieces(text: str) -> list[str]:
    pre_tokenizer = train([], vocab_size=265).pre_tokenizer
    return [text[start:end] for _, (start, end) in pre_tokenizer.pre_tokenize_str(text)]


def test_special_tokens_come_first():
    tokenizer = train([CODE], vocab_size=300)
    assert [tokenizer.id_to_token(i) for i in range(9)] == list(SPECIAL_TOKENS.values())


def test_the_vocabulary_has_the_size_asked_for():
    assert train([CODE], vocab_size=270).get_vocab_size() == 270


def test_text_is_split_as_code_is_read():
    assert pieces("\tif x_1 == 12345:\n\n        foo('static)\n") == [
        "\tif",
        " x",
        "_",
        "1",
        " ==",
        " ",
        "123",
        "45",
        ":\n\n",
        "        ",
        "foo",
        "('",
        "static",
        ")\n",
    ]


def test_no_piece_goes_on_behind_a_line_end():
    text = "a\n  b  \n \n\n\tc;\r\n  d\n\n"
    assert all("\n" not in piece.rstrip("\r\n \t") for piece in pieces(text))
    assert "".join(pieces(text)) == text
    assert all(piece.endswith("\n") for piece in pieces(text) if "\n" in piece)


def test_every_text_round_trips():
    tokenizer = train([CODE], vocab_size=300)
    for text in ["", "\n", "é漢🙂\x00\x7f", "  a\t\r\n", "<|endoftext|>"]:
        assert tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False) == text


def test_the_spec_is_that_of_the_trained_tokenizer():
    spec = spec_of(train([CODE], vocab_size=300))
    assert spec.end_of_text == 0
    assert spec.padding == 1
    assert spec.fim_ids == (2, 3, 4)
    assert spec.chat_ids == (7, 8)
    assert spec.missing_roles == ()
    assert json.loads(spec.tokenizer_json)["model"]["type"] == "BPE"


def test_special_tokens_in_training_text_are_ordinary():
    vocabulary = train(["<|pad|>" * 50], vocab_size=290).get_vocab()
    assert vocabulary["<|pad|>"] == 1
    assert vocabulary["pad"] > 264


@pytest.mark.parametrize("wrong", [{"vocab_size": 264}, {"vocab_size": 300, "min_frequency": 0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="at least"):
        train([CODE], **wrong)


def test_a_text_without_long_runs_stays_whole():
    assert list(without_long_runs(CODE)) == [CODE]
    assert list(without_long_runs("")) == [""]


def test_long_runs_are_cut_without_cutting_a_character():
    text = "x = 1\n" + "漢" * 500 + " " * 600 + "y"
    cut = list(without_long_runs(text))
    assert "".join(cut) == text
    assert max(len(piece.encode()) for piece in cut) <= 2 * MAX_RUN_BYTES
    assert len(cut) > 5


SCRIPT = """
import hashlib, sys
from codemill.tokenizer_training.train import spec_of, train
texts = [f"def f{i % 97}(a, b):\\n    return a * {i} + b\\n" for i in range(2000)]
print(spec_of(train(texts, vocab_size=600)).digest)
"""


def test_the_same_bytes_whatever_the_threads_and_hash_seed():
    digests = set()
    for threads, hash_seed in [("1", "0"), ("2", "1"), ("4", "2")]:
        env = {**os.environ, "RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True
        )
        digests.add(run.stdout)
    assert len(digests) == 1
