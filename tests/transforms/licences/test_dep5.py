import pytest

from codemill.transforms.licences.dep5 import Dep5Reader, is_dep5
from codemill.transforms.licences.expressions import UNRECOGNISED

FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"

SYNOPSES = [
    ("Expat", "MIT"),
    ("GPL-2+", "GPL-2.0-or-later"),
    ("LGPL-2.1", "LGPL-2.1-only"),
    ("BSD-3-clause", "BSD-3-Clause"),
    ("GPL-1+ or Artistic-2.0", "Artistic-2.0 OR GPL-1.0-or-later"),
    ("GPL-2+ or MIT, and Zlib", "Zlib AND (GPL-2.0-or-later OR MIT)"),
    ("Expat and Zlib or ISC", "ISC OR (MIT AND Zlib)"),
    ("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"),
    ("Apache-2.0 with LLVM exception", "Apache-2.0 WITH LLVM-exception"),
    ("GPL-2+ with Frobnicate exception", "GPL-2.0-or-later"),
    ("Frobnicate", UNRECOGNISED),
    ("Frobnicate or Expat", f"{UNRECOGNISED} OR MIT"),
]


@pytest.mark.parametrize(("synopsis", "expected"), SYNOPSES)
def test_a_synopsis_is_an_expression(recogniser, synopsis, expected):
    text = f"{FORMAT}Files: *\nLicense: {synopsis}\n"
    (rule,) = Dep5Reader(recogniser).rules(text, "", "x", replaces=False)
    same = recogniser.expressions.any_of([rule.licence, expected])
    assert same in (rule.licence, expected)
    assert sorted(rule.licence.split()) == sorted(expected.split())


def test_the_text_below_an_unknown_name_says_which_licence_it_is(recogniser, licence_text):
    lines = "\n".join(f" {line or '.'}" for line in licence_text["ISC"].split("\n"))
    text = f"{FORMAT}Files: a\nLicense: ours\n\nFiles: b\nLicense: ours or GPL-2\n\n"
    rules = Dep5Reader(recogniser).rules(f"{text}License: ours\n{lines}\n", "", "x", replaces=False)
    assert [rule.licence for rule in rules] == ["ISC", "GPL-2.0-only OR ISC"]


def test_only_what_says_so_is_in_the_format():
    assert is_dep5(FORMAT)
    assert is_dep5("Format-Specification: http://dep.debian.net/deps/dep5/\n")
    assert not is_dep5("This package was debianized by Ada\n\nLicense: MIT\n")


def test_paragraphs_without_licence_state_nothing(recogniser):
    text = f"{FORMAT}Files: *\nCopyright: Ada\n\n continued\n# comment\nFiles:\nLicense: MIT\n"
    assert Dep5Reader(recogniser).rules(text, "", "x", replaces=False) == []
