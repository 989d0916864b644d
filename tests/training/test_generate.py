import pytest
from packed import LENGTH, ROLES, TOKENIZER, pack, write_shards, write_tokenizer

from codemill.training.generate import Sampling, generate, infill, load_model
from codemill.training.pretrain import pretrain
from codemill.training.settings import ModelShape, PretrainSettings

SHAPE = ModelShape(hidden_size=32, layers=1, heads=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model that has learnt two documents: `abcde` and an infilling of `xyz`."""
    build = tmp_path_factory.mktemp("build")
    write_tokenizer(build / "tokenizer")
    x, y, z = TOKENIZER.encode("xyz").ids
    infilled = [ROLES["fim_prefix"], x, ROLES["fim_suffix"], z, ROLES["fim_middle"], y, 0]
    rows = [pack([*TOKENIZER.encode("abcde").ids, 0]), pack(infilled)]
    write_shards(build / "pretrain", "train", [rows])
    settings = PretrainSettings(steps=60, learning_rate=0.02, device="cpu", checkpoint_every=0)
    return pretrain(build, build / "model", SHAPE, settings).folder


@pytest.fixture(scope="module")
def loaded(folder):
    return load_model(folder, "cpu")


GREEDY = Sampling(max_new_tokens=3, temperature=0)


def test_a_completion_goes_on_from_the_prompt_up_to_the_end_of_text(loaded):
    assert generate(*loaded, "ab", GREEDY) == "cde"
    assert generate(*loaded, "abcd", GREEDY) == "e"


def test_infilling_writes_the_middle(loaded):
    assert infill(*loaded, "x", "z", Sampling(max_new_tokens=2, temperature=0)) == "y"


def test_sampling_follows_from_the_seed(loaded):
    hot = [Sampling(max_new_tokens=6, temperature=9.0, top_p=1.0, seed=s) for s in (0, 0, 1)]
    first, again, other = (generate(*loaded, "ab", sampling) for sampling in hot)
    assert first == again
    assert first != other


def test_a_special_tokens_name_in_a_prompt_is_text(loaded):
    with pytest.raises(ValueError, match="14 prompt tokens and 1 new ones exceed the model's 8"):
        generate(*loaded, "<|fim_prefix|>", Sampling(max_new_tokens=1))


def test_an_empty_prompt_is_refused(loaded):
    with pytest.raises(ValueError, match="the prompt is empty"):
        generate(*loaded, "")


def test_a_prompt_fills_the_context_at_most(loaded):
    with pytest.raises(ValueError, match=f"exceed the model's {LENGTH}"):
        generate(*loaded, "abcdef", GREEDY)


def test_a_model_without_the_roles_cannot_infill(folder):
    model, tokenizer = load_model(folder, "cpu")
    del model.config.codemill
    with pytest.raises(ValueError, match="no token for fim_prefix, fim_suffix, fim_middle"):
        infill(model, tokenizer, "x", "z", GREEDY)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"it has no config\.json"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "value"), [("max_new_tokens", 0), ("temperature", -1.0), ("top_p", 0.0)]
)
def test_sampling_out_of_range_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be"):
        Sampling(**{name: value})
