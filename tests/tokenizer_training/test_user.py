import json

import pytest

from codemill.tokenizer_training.train import spec_of, train
from codemill.tokenizer_training.user import copy_user_tokenizer, load_user_tokenizer


def write(folder, specials, config=None):
    """A folder with the bytes and `specials` for a vocabulary."""
    document = json.loads(spec_of(train([], vocab_size=265)).tokenizer_json)
    vocabulary = {token: i for token, i in document["model"]["vocab"].items() if i > 8}
    document["model"]["vocab"] = vocabulary
    template = document["added_tokens"][0]
    document["added_tokens"] = [
        {**template, "id": 300 + i, "content": token} for i, token in enumerate(specials)
    ]
    (folder / "tokenizer.json").write_text(json.dumps(document))
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))


def test_starcoder_spellings_are_known(tmp_path):
    write(
        tmp_path, ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<repo_name>"]
    )
    spec = load_user_tokenizer(tmp_path)
    assert spec.end_of_text == 300
    assert spec.fim_ids == (301, 302, 303)
    assert spec.role_id("repo_name") == 304
    assert spec.missing_roles == ("padding", "file_sep", "im_start", "im_end")


def test_deepseek_has_the_hole_before_the_suffix(tmp_path):
    write(
        tmp_path,
        ["<｜end▁of▁sentence｜>", "<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
    )
    spec = load_user_tokenizer(tmp_path)
    prefix, middle, suffix = 301, 303, 302
    assert spec.fim_ids == (prefix, middle, suffix)


def test_what_is_missing_switches_off(tmp_path):
    write(tmp_path, ["<|endoftext|>"])
    spec = load_user_tokenizer(tmp_path)
    assert spec.fim_ids is None
    assert spec.chat_ids is None
    assert spec.padding == spec.end_of_text == 300


def test_an_override_wins(tmp_path):
    write(tmp_path, ["<|endoftext|>", "<eod>"])
    assert load_user_tokenizer(tmp_path, {"end_of_text": "<eod>"}).end_of_text == 301


def test_the_configuration_names_what_is_not_known(tmp_path):
    write(tmp_path, ["<eod>"], {"eos_token": {"content": "<eod>"}})
    assert load_user_tokenizer(tmp_path).end_of_text == 300


def test_a_known_spelling_wins_over_the_configuration(tmp_path):
    write(tmp_path, ["<|im_end|>", "<|endoftext|>"], {"eos_token": "<|im_end|>"})
    assert load_user_tokenizer(tmp_path).end_of_text == 301


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"end_of_document": "<|endoftext|>"}, "unknown roles"),
        ({"padding": "<nope>"}, "not in the vocabulary"),
    ],
)
def test_wrong_overrides_are_refused(tmp_path, overrides, message):
    write(tmp_path, ["<|endoftext|>"])
    with pytest.raises(ValueError, match=message):
        load_user_tokenizer(tmp_path, overrides)


def test_no_end_of_text_is_refused(tmp_path):
    write(tmp_path, ["<eod>"])
    with pytest.raises(ValueError, match="no end_of_text"):
        load_user_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "cannot read"), ("{", "not JSON"), ("[]", "not a JSON object"), ("{}", "no end_of")],
)
def test_a_folder_without_a_tokenizer_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        load_user_tokenizer(tmp_path)


def test_a_tokenizer_that_does_not_load_is_refused(tmp_path):
    broken = {"model": {"type": "BPE", "vocab": {"<|endoftext|>": 0}}, "added_tokens": []}
    (tmp_path / "tokenizer.json").write_text(json.dumps(broken))
    with pytest.raises(ValueError, match=r"not a tokenizer.json"):
        load_user_tokenizer(tmp_path)


def test_a_copy_loads_like_the_original_and_leaves_weights_and_code(tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    source.mkdir()
    write(source, ["<|endoftext|>"], {"eos_token": "<|endoftext|>"})
    (source / "model.safetensors").write_bytes(b"weights")
    (source / "tokenization.py").write_text("")
    copy_user_tokenizer(source, copy)
    assert sorted(path.name for path in copy.iterdir()) == [
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    assert load_user_tokenizer(copy) == load_user_tokenizer(source)
