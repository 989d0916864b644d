import pytest

PARSED = {
    "mit": "MIT",
    "GPL-2.0": "GPL-2.0-only",
    "GPL-2.0+": "GPL-2.0-or-later",
    "MPL-2.0+": "MPL-2.0",
    "(MIT OR Apache-2.0)": "MIT OR Apache-2.0",
    "GPL-2.0-only WITH Classpath-exception-2.0": "GPL-2.0-only WITH Classpath-exception-2.0",
    "LicenseRef-acme-1 AND MIT": "LicenseRef-acme-1 AND MIT",
    "MIT/Apache-2.0": None,
    "MIT OR": None,
    "Frobnicate-1.0": None,
    "NOASSERTION": None,
    "NONE": None,
    "": None,
    None: None,
    "(" * 5_000 + "MIT" + ")" * 5_000: None,
    "MIT AND " * 400 + "MIT": None,
}


@pytest.mark.parametrize(("text", "expected"), PARSED.items(), ids=range(len(PARSED)))
def test_only_a_valid_spdx_expression_parses(expressions, text, expected):
    assert expressions.parse(text) == expected


def test_cargos_slash_is_read_as_or_when_asked_for(expressions):
    assert expressions.parse("MIT/Apache-2.0", legacy=True) == "MIT OR Apache-2.0"


def test_and_absorbs_a_choice_that_is_already_made(expressions):
    assert expressions.all_of(["MIT OR GPL-2.0-only", "GPL-2.0-only"]) == "GPL-2.0-only"


def test_joining_keeps_each_side_whole(expressions):
    joined = expressions.all_of(["MIT OR Apache-2.0", "Zlib"])
    assert joined == "Zlib AND (Apache-2.0 OR MIT)"


def test_joining_nothing_gives_nothing(expressions):
    assert expressions.all_of([]) is None
    assert expressions.any_of(["MIT"]) == "MIT"
