"""Samples of the extensions from `.m` on, and of the file names, that languages share."""

from pathlib import Path

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.transforms.syntax import SyntaxKernel

LANGUAGES = load_languages()
IDENTIFY = SyntaxKernel(LANGUAGES, load_grammars(LANGUAGES))


def _samples():
    """(file name, language, text), read from sections headed `@@@@ names | language`."""
    source = Path(__file__).with_name("ambiguous_b.txt").read_text("utf-8")
    for section in source.split("@@@@ ")[1:]:
        head, _, text = section.partition("\n")
        names, _, language = head.partition(" | ")
        yield from ((name, language, text) for name in names.split())


SAMPLES = list(_samples())


@pytest.mark.parametrize(("name", "language", "text"), SAMPLES)
def test_a_shared_name_is_decided_by_what_the_file_says(name, language, text):
    found = IDENTIFY(pa.array([name]), pa.array([text], pa.large_string()))
    assert found.language.to_pylist() == [language]


def test_every_language_of_these_names_has_a_sample():
    sampled = {(name.removeprefix("a"), language) for name, language, _ in SAMPLES}
    sharing = {
        (named, x.name)
        for named in {named for named, _ in sampled}
        for x in LANGUAGES.languages
        if named in (*x.extensions, *x.filenames)
    }
    assert sharing - sampled == set()


@pytest.mark.parametrize(("name", "language", "text"), SAMPLES)
def test_other_line_ends_change_nothing(name, language, text):
    text = text.replace("\n", "\r\n")
    found = IDENTIFY(pa.array([name]), pa.array([text], pa.large_string()))
    assert found.language.to_pylist() == [language]
