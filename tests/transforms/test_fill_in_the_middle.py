import numpy as np
import pytest

from codemill.tokenizer_training.train import spec_of, train
from codemill.transforms.fill_in_the_middle import (
    PLAIN,
    PSM,
    SPM,
    FimSettings,
    fim_cuts,
    fim_modes,
    fim_tokens,
)
from codemill.transforms.tokens import Encoder, TokenizerSpec

BYTES = Encoder(spec_of(train([], vocab_size=265)))
PREFIX, MIDDLE, SUFFIX = BYTES.spec.fim_ids


def ids(text):
    return BYTES.encode_strings([text]).ids.tolist()


def keys(n):
    return np.arange(n, dtype=np.int64), np.zeros(n, dtype=np.int64)


def rearranged(mode, text=b"abcdef"):
    cuts = np.array([[2, 4]])
    return fim_tokens([text], np.array([mode], dtype=np.int8), cuts, BYTES)[0].tolist()


def test_psm_is_prefix_suffix_middle():
    expected = [PREFIX, *ids("ab"), SUFFIX, *ids("ef"), MIDDLE, *ids("cd")]
    assert rearranged(PSM) == expected


def test_spm_is_suffix_then_prefix_and_middle_together():
    expected = [PREFIX, SUFFIX, *ids("ef"), MIDDLE, *ids("ab"), *ids("cd")]
    assert rearranged(SPM) == expected


def test_sentinels_spelled_in_the_text_are_ordinary():
    text = b"<|fim_middle|>" * 3
    cuts = np.array([[14, 28]])
    made = fim_tokens([text], np.array([PSM], dtype=np.int8), cuts, BYTES)[0].tolist()
    assert [made.count(sentinel) for sentinel in (PREFIX, MIDDLE, SUFFIX)] == [1, 1, 1]
    assert len(made) == len(text) + 3


def test_half_is_rearranged_and_half_of_that_is_spm():
    modes = fim_modes(*keys(20_000), FimSettings(), seed=0)
    shares = [np.mean(modes == mode) for mode in (PLAIN, PSM, SPM)]
    assert shares == pytest.approx([0.5, 0.25, 0.25], abs=0.01)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (FimSettings(rate=0), {PLAIN}),
        (FimSettings(rate=1, spm_share=0), {PSM}),
        (FimSettings(rate=1, spm_share=1), {SPM}),
    ],
)
def test_rates_at_their_ends_are_exact(settings, expected):
    assert set(fim_modes(*keys(1000), settings, seed=0).tolist()) == expected


def test_modes_and_cuts_do_not_depend_on_position():
    file_id, piece = keys(50)
    texts = [b"x" * 1000] * 50
    modes = fim_modes(file_id, piece, FimSettings(), seed=3)
    cuts = fim_cuts(texts, file_id, piece, seed=3)
    assert modes[10:20].tolist() == (
        fim_modes(file_id[10:20], piece[10:20], FimSettings(), seed=3).tolist()
    )
    assert cuts[10:20].tolist() == (
        fim_cuts(texts[:10], file_id[10:20], piece[10:20], seed=3).tolist()
    )


def test_pieces_of_one_file_choose_apart():
    same_file, pieces = np.full(1000, 7), np.arange(1000)
    modes = fim_modes(same_file, pieces, FimSettings(), seed=0)
    assert set(modes.tolist()) == {PLAIN, PSM, SPM}


def test_a_cut_is_never_inside_a_character():
    text = "aé漢🙂".encode() * 3
    cuts = fim_cuts([text] * 500, *keys(500), seed=0)
    for start, end in cuts.tolist():
        text[:start].decode()
        text[start:end].decode()
    assert (cuts[:, 0] <= cuts[:, 1]).all()


def test_every_place_is_cut_the_ends_included():
    cuts = fim_cuts([b"abc"] * 500, *keys(500), seed=0)
    assert set(cuts.ravel().tolist()) == {0, 1, 2, 3}


def test_an_empty_text_has_one_place():
    assert fim_cuts([b""], *keys(1), seed=0).tolist() == [[0, 0]]


@pytest.mark.parametrize("wrong", [{"rate": 1.1}, {"rate": -0.1}, {"spm_share": 2}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        FimSettings(**wrong)


def test_a_tokenizer_without_sentinels_is_refused():
    encoder = Encoder(TokenizerSpec(BYTES.spec.tokenizer_json, (("end_of_text", 0),)))
    with pytest.raises(ValueError, match="no tokens for fill-in-the-middle"):
        fim_tokens([b"x"], np.array([PSM], dtype=np.int8), np.array([[0, 1]]), encoder)
