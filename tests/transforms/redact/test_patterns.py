import pickle

import pyarrow as pa
import pytest
import re2

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.redact import Redactor
from codemill.transforms.redact.patterns import parse_patterns

PATTERNS = load_patterns()
REDACTOR = Redactor(PATTERNS)


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
        assert [(value(text, r), r["kind"]) for r in found] == [(secret, pattern.kind)]


@pytest.mark.parametrize("pattern", PATTERNS.patterns, ids=lambda p: p.name)
def test_counterexamples_are_kept(pattern):
    assert pattern.kept != ()
    for text in pattern.kept:
        assert redactions(text) == [], text


@pytest.mark.parametrize("pattern", PATTERNS.patterns, ids=lambda p: p.name)
def test_every_match_holds_a_literal(pattern):
    for text, _ in pattern.redacted:
        matched = re2.search(pattern.regex, text).group()
        assert any(literal in matched for literal in pattern.literals)


def test_patterns_are_in_order_and_named_once():
    names = [pattern.name for pattern in PATTERNS.patterns]
    assert names == sorted(set(names))


def test_placeholders_are_not_redacted_again():
    for pattern in PATTERNS.patterns:
        for text, _ in pattern.redacted:
            once = REDACTOR(pa.array([text], pa.large_string()), pa.array(["r"])).text
            assert redactions(once[0].as_py()) == []


def test_settings_pickle():
    assert pickle.loads(pickle.dumps(PATTERNS)) == PATTERNS


def test_an_unknown_key_is_an_error():
    data = {"patterns": [{"name": "x", "regexp": "a"}], "placeholders": [], "top_level_domains": ""}
    with pytest.raises(ValueError, match="regexp"):
        parse_patterns(data)


def test_a_placeholder_without_a_tag_is_an_error():
    entry = {"name": "x", "kind": "key", "regex": "(a)", "literals": ["a"], "replacement": "R"}
    data = {"patterns": [entry], "placeholders": [], "top_level_domains": ""}
    with pytest.raises(ValueError, match="tag"):
        parse_patterns(data)
