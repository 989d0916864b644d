"""Configuration: a wrong one is refused before anything runs, naming the nearest valid."""

from __future__ import annotations

import pytest

from codemill.pipeline.config import Config, load_config


def test_a_file_and_settings_over_it(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[pretrain]\nsequence_length = 512\n[files.thresholds]\nlong_lines = 2000\n")
    config = load_config(str(path), ["pretrain.sequence_length=1024", "catalog.drop=['lock']"])
    assert config.pretrain.sequence_length == 1024
    assert config.files.thresholds == {"long_lines": 2000.0}
    assert config.catalog.drop == ("lock",)
    assert config.duplicates == Config().duplicates


def test_whom_to_keep_may_be_said_in_any_order():
    config = load_config(None, ["duplicates.keep=['newest', 'generated', 'stars']"])
    assert config.duplicates.keep == ("newest", "generated", "stars")
    assert load_config(None, ["duplicates.keep=newest"]).duplicates.keep == ("newest",)
    assert load_config(None, ["duplicates.keep=[]"]).duplicates.keep == ()


def test_a_value_that_is_no_toml_is_a_string():
    assert load_config(None, ["tokenizer.path=a/b c"]).tokenizer.path == "a/b c"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("pretrain.sequense_length=3", "did you mean sequence_length"),
        ("pretrian.seed=1", "did you mean pretrain"),
        ("catalog.seed=abc", "catalog.seed must be int, not 'abc'"),
        ("catalog.seed=true", "catalog.seed must be int, not True"),
        ("catalog.part_bytes=0", "catalog.part_bytes must be above 0, not 0"),
        ("catalog.drop=['vendoured']", "catalog.drop must be among"),
        (
            "files.redact_kinds=['emails']",
            "files.redact_kinds: no kind 'emails': did you mean email",
        ),
        ("files.redact_kinds=[]", "files.redact_kinds must be some .or set files.redact to false."),
        ("duplicates.threshold=1.5", "between 0 and 1, not 1.5"),
        ("duplicates.keep=['star']", "duplicates.keep: no criterion 'star': did you mean stars"),
        ("duplicates.keep=luck", "no criterion 'luck'; it takes split, licence, stars"),
        ("duplicates.keep=['fork', 'fork']", "duplicates.keep: .* once, not fork twice"),
        (
            "duplicates.keep=['stars', 'forks', 'newest', 'path_length', 'test']",
            "has 63 bits, this one needs 64: stars 19, forks 18, newest 14, path_length 12, test 1",
        ),
        ("seed=1", "--set takes section.key=value"),
        ("text.anything=1", "unknown key text.anything; it takes none"),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_it(setting, said):
    with pytest.raises(ValueError, match=said.replace("[", r"\[")):
        load_config(None, [setting])


@pytest.mark.parametrize(("text", "said"), [("a = [", "is not TOML"), ("a = 1", "unknown section")])
def test_a_wrong_file_is_an_error_that_names_it(tmp_path, text, said):
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        load_config(str(path))


def test_a_missing_file_is_an_error():
    with pytest.raises(ValueError, match=r"cannot read configuration none\.toml: No such file"):
        load_config("none.toml")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("threshold=0.01", "222 permutations cannot find a pair at 0.01"),
        ("permutations=3", "3 permutations cannot find a pair"),
        ("permutations=5000", "at most 4,096"),
        ("shingle_tokens=1001", "at most 1,000"),
        ("seed=-1", "from 0 to"),
        ("threshold=0.70001", "at most 4 digits"),
        ("repository_share=0.00001", "at most 4 digits"),
        ("warn_loss=0.0", "above 0 and at most 1"),
    ],
)
def test_what_the_search_cannot_do_is_refused_before_anything_runs(setting, said):
    with pytest.raises(ValueError, match=said):
        load_config(None, [f"duplicates.{setting}"])


def test_whole_repositories_need_the_search():
    with pytest.raises(ValueError, match="whole_repositories must be off with enabled"):
        load_config(None, ["duplicates.enabled=false", "duplicates.whole_repositories=true"])
