import pytest

from codemill.training.settings import SIZES, ModelShape, PretrainSettings, named_shape


def test_sizes_are_named():
    assert named_shape("tiny") == ModelShape(hidden_size=192, layers=4, heads=3)
    assert sorted(SIZES, key=lambda n: SIZES[n].hidden_size) == ["tiny", "small", "base", "large"]


def test_an_unknown_size_lists_the_known():
    with pytest.raises(ValueError, match="no model size 'huge'; there are tiny, small"):
        named_shape("huge")


def test_the_mlp_is_eight_thirds_of_the_width_rounded_up():
    assert [SIZES[n].intermediate_size for n in SIZES] == [512, 1408, 2048, 2752]


@pytest.mark.parametrize("change", [{"heads": 5}, {"heads": 192}, {"layers": 0}])
def test_a_shape_that_cannot_be_built_is_refused(change):
    with pytest.raises(
        ValueError, match=f"{'hidden_size' if 'heads' in change else 'layers'} must"
    ):
        ModelShape(**{"hidden_size": 192, "layers": 4, "heads": 3, **change})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("batch_tokens", 0),
        ("learning_rate", 0.0),
        ("warmup_steps", -1),
        ("beta2", 1.5),
        ("grad_clip", 0.0),
        ("dtype", "float8"),
        ("log_every", 0),
    ],
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} must be .*, not {value!r}"):
        PretrainSettings(**{name: value})
