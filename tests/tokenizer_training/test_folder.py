import pytest
from transformers import AutoTokenizer

from codemill.tokenizer_training.evaluate import Compression
from codemill.tokenizer_training.folder import TokenizerCard, save
from codemill.tokenizer_training.train import spec_of, train
from codemill.tokenizer_training.user import load_user_tokenizer

CODE = "def f(x):\n    return x + 12345\n" * 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    card = TokenizerCard(300, {"Go": 5, "Python": 1200}, [Compression("Python", 2, 300, 40, 100)])
    save(folder, spec_of(train([CODE], vocab_size=300)), card)
    return folder


def test_transformers_loads_the_folder(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (0, 1)
    assert tokenizer.decode(tokenizer(CODE)["input_ids"]) == CODE


def test_the_chat_template_is_chatml(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    chat = [{"role": "user", "content": "hi"}]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert text == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def test_what_is_saved_loads_with_the_same_digest(folder):
    spec = spec_of(train([CODE], vocab_size=300))
    loaded = load_user_tokenizer(folder)
    assert loaded.digest == spec.digest
    assert loaded.role_ids == spec.role_ids


def test_the_card_says_what_it_was_trained_on(folder):
    card = (folder / "README.md").read_text()
    assert "| Python | 1,200 |\n| Go | 5 |" in card
    assert "| Python | 2 | 300 | 3.000 | 2.500 |" in card
