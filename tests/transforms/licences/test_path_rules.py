import re

import pyarrow as pa
import pytest

from codemill.transforms.licences.path_rules import (
    PathRule,
    dep5_pattern,
    joined_patterns,
    last_matching,
    reuse_pattern,
)

GLOBS = [
    (dep5_pattern, "*", "a/b", True),
    (dep5_pattern, "a?c", "a/c", True),
    (dep5_pattern, "*.c", "x.cc", False),
    (dep5_pattern, r"a\*b", "a*b", True),
    (dep5_pattern, r"a\*b", "axb", False),
    (dep5_pattern, "a b+(c)#~&-[d]", "a b+(c)#~&-[d]", True),
    (reuse_pattern, "*.c", "a.c", True),
    (reuse_pattern, "*.c", "d/a.c", False),
    (reuse_pattern, "d/**", "d/e/a.c", True),
    (reuse_pattern, r"\**", "*x", True),
    (reuse_pattern, "a?c", "abc", False),
]


@pytest.mark.parametrize(("pattern", "glob", "path", "expected"), GLOBS)
def test_globs_mean_what_their_format_says(pattern, glob, path, expected):
    (joined,) = joined_patterns("", [pattern(glob)])
    rule = PathRule(joined, "MIT", "x")
    assert last_matching([rule], pa.array([path])).tolist() == [0 if expected else -1]


def test_every_printable_glob_is_a_pattern_that_matches_itself():
    text = "".join(chr(code) for code in range(32, 127) if chr(code) not in "*?\\") + "äß中"
    (joined,) = joined_patterns("a (b)", [dep5_pattern(text)])
    assert last_matching([PathRule(joined, "MIT", "x")], pa.array([f"a (b)/{text}"])).tolist() == [
        0
    ]


def test_the_last_rule_counts_and_nulls_match_none():
    rules = [PathRule("^a", "MIT", "x"), PathRule("^ab", "ISC", "x"), PathRule("^a$", "X", "x")]
    assert last_matching(rules, pa.array(["abc", "a", "ax", None, "b"])).tolist() == [
        1,
        2,
        0,
        -1,
        -1,
    ]


def test_many_globs_become_several_bounded_patterns():
    patterns = list(joined_patterns("f", (f"{'x' * 400}{i}" for i in range(30))))
    assert len(patterns) == 4
    assert max(map(len, patterns)) < 5_000
    assert all(re.match(pattern, f"f/{'x' * 400}{n}") for n, pattern in ((0, patterns[0]),))
