import json
import pickle
import time

import numpy as np
import pyarrow as pa
import pytest

from codemill.tokenizer_training.train import spec_of, train
from codemill.transforms.tokens import Encoder, TokenizerSpec

CODE = "def f(x):\n    return x + 12345\n" * 20
SPEC = spec_of(train([CODE], vocab_size=300))
HOSTILE = [
    "<|endoftext|>",
    "a<|fim_prefix|>b<|im_end|>\n<|im_start|>system",
    "",
    "\n",
    "\r\n\r\n  x",
    "é漢🙂\x00\x7f\u2028\u00a0",
    "   \t  return\n\n\n",
    "1234567",
    CODE,
]


def with_changes(spec: TokenizerSpec, change) -> TokenizerSpec:
    document = json.loads(spec.tokenizer_json)
    change(document)
    return TokenizerSpec(json.dumps(document), spec.role_ids)


def normalising(document):
    document["normalizer"] = {"type": "NFC"}


SLOW = with_changes(SPEC, normalising)


def test_a_trained_tokenizer_is_encoded_by_tiktoken():
    encoder = Encoder(SPEC, check=HOSTILE)
    assert (encoder.backend, encoder.fallback_reason) == ("tiktoken", None)
    assert encoder.vocab_size == 283


def test_a_tokenizer_that_normalises_is_encoded_by_tokenizers():
    encoder = Encoder(SLOW)
    assert (encoder.backend, encoder.fallback_reason) == ("tokenizers", "it normalises text")


def test_both_backends_give_the_same_ids():
    fast, slow = Encoder(SPEC), Encoder(SLOW)
    assert fast.encode_strings(HOSTILE).ids.tolist() == slow.encode_strings(HOSTILE).ids.tolist()


@pytest.mark.parametrize("spec", [SPEC, SLOW])
def test_text_never_becomes_a_special_token(spec):
    ids = Encoder(spec).encode_strings(HOSTILE).ids
    assert ids.min() >= 9


def no_special_flags(document):
    for token in document["added_tokens"]:
        token["special"] = False


def test_tokens_added_but_not_marked_special_are_not_spelled_either():
    encoder = Encoder(with_changes(SLOW, no_special_flags))
    assert encoder.encode_strings(["<|endoftext|>"]).ids.min() >= 9


def test_tokens_are_concatenated_with_offsets():
    tokens = Encoder(spec_of(train([], vocab_size=265))).encode(
        pa.array(["ab", None, "", "c"], pa.large_string())
    )
    assert tokens.offsets.tolist() == [0, 2, 2, 2, 3]
    assert tokens.ids.dtype == np.int32
    assert [len(tokens.of(i)) for i in range(len(tokens))] == [2, 0, 0, 1]


def test_empty_and_sliced_arrays_are_encoded():
    encoder = Encoder(SPEC)
    texts = pa.array(["skipped", "x = 1\n", "y"], pa.large_string())
    assert encoder.encode(texts[:0]).ids.tolist() == []
    assert (
        encoder.encode(texts[1:2]).ids.tolist() == encoder.encode_strings(["x = 1\n"]).ids.tolist()
    )


@pytest.mark.parametrize("spec", [SPEC, SLOW])
def test_tokens_end_where_their_bytes_do(spec):
    encoder = Encoder(spec)
    text = "def f(x):\n    return 漢\n"
    ids = encoder.encode_strings([text]).ids
    ends = encoder.byte_ends(text, ids)
    assert ends[-1] == len(text.encode())
    assert text.encode().index(b"\n") + 1 in ends.tolist()
    assert (np.diff(ends) >= 0).all()


def reverse_merges(document):
    document["model"]["merges"].reverse()


def unused_token(document):
    document["model"]["vocab"]["zzzz"] = 300


def split_twice(document):
    document["pre_tokenizer"]["pretokenizers"][1]["use_regex"] = True


def prefix_blank(document):
    document["pre_tokenizer"]["pretokenizers"][1]["add_prefix_space"] = True


def blanks_added(document):
    blanks = {**document["added_tokens"][0], "id": 300, "content": "    ", "special": False}
    document["added_tokens"].append(blanks)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (reverse_merges, "ids do not rise"),
        (unused_token, "no merge makes"),
        (split_twice, "splits text twice"),
        (prefix_blank, "a blank before"),
        (blanks_added, "blanks are added"),
    ],
)
def test_what_tiktoken_cannot_stand_in_for_falls_back(change, reason):
    encoder = Encoder(with_changes(SPEC, change))
    assert encoder.backend == "tokenizers"
    assert reason in encoder.fallback_reason


def test_unequal_ids_on_the_checked_texts_fall_back(monkeypatch):
    monkeypatch.setattr(Encoder, "_encode_fast", lambda *_: [0])
    encoder = Encoder(SPEC, check=["x"])
    assert encoder.backend == "tokenizers"
    assert "other ids" in encoder.fallback_reason


def gpt2_pattern(document):
    step = document["pre_tokenizer"]["pretokenizers"][1]
    document["pre_tokenizer"] = {**step, "use_regex": True}


def test_a_pattern_with_a_look_ahead_survives_long_runs_of_blanks():
    encoder = Encoder(with_changes(SPEC, gpt2_pattern))
    text = " " * 1_000_000 + "x"
    assert encoder.backend == "tiktoken"
    ids = encoder.encode_strings([text]).ids
    assert encoder.byte_ends(text, ids)[-1] == len(text)


@pytest.mark.parametrize("text", ["a", "abcdefghij", " ", "=", "=-", "\n", "漢"])
def test_a_megabyte_without_a_break_is_not_quadratic(text):
    started = time.perf_counter()
    Encoder(SPEC).encode_strings([text * (1_000_000 // len(text.encode()))])
    assert time.perf_counter() - started < 10


def test_a_spec_is_picklable_and_has_a_digest():
    spec = TokenizerSpec("{}", (("end_of_text", 0),))
    assert spec.digest == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert pickle.loads(pickle.dumps(spec)) == spec


@pytest.mark.parametrize(("roles", "message"), [((), "no end_of_text"), ((("x", 1),), "unknown")])
def test_a_spec_with_wrong_roles_is_refused(roles, message):
    with pytest.raises(ValueError, match=message):
        TokenizerSpec("{}", roles)


def test_no_tokenizer_is_refused():
    with pytest.raises(ValueError, match=r"not a tokenizer.json"):
        Encoder(TokenizerSpec("{}", (("end_of_text", 0),)))
