import pickle
import re

import pyarrow as pa
import pytest
import re2

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.redact import Redactor
from codemill.transforms.redact.patterns import KINDS, parse_patterns

PATTERNS = load_patterns()
REDACTOR = Redactor(PATTERNS)
MODEL = {"classes": "a", "log_odds": {"a": [0]}, "words": "word"}
VOCABULARY = {
    **dict.fromkeys(("dummies", "secret_words", "password_words", "key_words", "suffixes"), ""),
    **dict.fromkeys(("harmless_words", "top_level_domains", "kept_domains"), ""),
    "placeholders": ["^x$"],
    "kept_networks": [],
}
ENTRY = {
    "name": "x",
    "kind": "key",
    "regex": "(a)",
    "replacement": "R{tag}",
}


def redactions(text):
    result = REDACTOR(pa.array([text], pa.large_string()), pa.array(["r"]))
    return result.redactions[0].as_py()


def value(text, redaction):
    return text.encode()[redaction["start"] : redaction["end"]].decode()


@pytest.mark.parametrize("pattern", PATTERNS.patterns, ids=lambda p: p.name)
def test_examples_are_redacted(pattern):
    assert pattern.redacted != ()
    for text, secret in pattern.redacted:
        found = redactions(text)
        assert [value(text, r) for r in found] == [secret]
        assert "(?P<name>" in pattern.regex or found[0]["kind"] == pattern.kind


@pytest.mark.parametrize("pattern", PATTERNS.patterns, ids=lambda p: p.name)
def test_counterexamples_are_kept(pattern):
    assert pattern.kept != ()
    for text in pattern.kept:
        assert redactions(text) == [], text


@pytest.mark.parametrize("pattern", PATTERNS.patterns, ids=lambda p: p.name)
def test_the_anchor_is_in_every_example(pattern):
    for text, _ in pattern.redacted:
        assert re2.search(pattern.anchor or pattern.regex, text)


def test_patterns_are_named_once():
    names = [pattern.name for pattern in PATTERNS.patterns]
    assert len(names) == len(set(names))


def test_kinds_are_few():
    assert {pattern.kind for pattern in PATTERNS.patterns} == set(KINDS)


def test_names_say_whose_the_placeholders_are():
    for pattern in PATTERNS.patterns:
        if pattern.kind in {"key", "password", "private_key"}:
            assert re.fullmatch(r"REDACTED_[A-Z_]+_\{tag\}", pattern.replacement)


def test_placeholders_are_not_redacted_again():
    for pattern in PATTERNS.patterns:
        for text, _ in pattern.redacted:
            once = REDACTOR(pa.array([text], pa.large_string()), pa.array(["r"])).text
            assert redactions(once[0].as_py()) == []


def test_settings_pickle():
    assert pickle.loads(pickle.dumps(PATTERNS)) == PATTERNS


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"regexp": "a"}, "regexp"),
        ({"replacement": "R"}, "tag"),
        ({"judge": "jury"}, "jury"),
        ({"proof": "none"}, "none"),
    ],
)
def test_a_pattern_that_cannot_work_is_an_error(change, told):
    with pytest.raises(ValueError, match=told):
        parse_patterns([{**ENTRY, **change}], VOCABULARY, MODEL)
