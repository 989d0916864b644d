"""Extensions several languages share, up to `.lsp`: each side's code is told from the others'."""

from pathlib import Path

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.transforms.syntax import SyntaxKernel

LANGUAGES = load_languages()
KERNEL = SyntaxKernel(LANGUAGES, load_grammars(LANGUAGES))

SAMPLES = [
    (*header.split(" ", 1), text)
    for header, _, text in (
        part.partition("\n")
        for part in Path(__file__)
        .with_name("ambiguous_a.txt")
        .read_text("utf-8")
        .removeprefix("==== ")
        .split("\n==== ")
    )
]
"""Extension, language and text; in the file, `==== EXTENSION LANGUAGE` heads each text."""

MAN = sorted(
    extension
    for extension in LANGUAGES.by_name["Roff Manpage"].extensions
    if extension[1].isdigit()
)


def language(path: str, text: str) -> str:
    return KERNEL(pa.array([path]), pa.array([text], pa.large_string())).language[0].as_py()


@pytest.mark.parametrize(
    ("extension", "name", "text"),
    SAMPLES,
    ids=[f"{i}{extension} {name}" for i, (extension, name, _) in enumerate(SAMPLES)],
)
def test_a_sample_is_in_its_language(extension, name, text):
    assert language(f"src/sample{extension}", text) == name


@pytest.mark.parametrize("extension", MAN)
def test_a_manual_page_has_a_title_and_other_roff_has_not(extension):
    assert language(f"a{extension}", '.\\" Copyright\n.TH LS 1\n.SH NAME\nls\n') == "Roff Manpage"
    assert language(f"a{extension}", ".Dd May 1, 2020\n.Dt LS 1\n.Sh NAME\n") == "Roff Manpage"
    assert language(f"a{extension}", ".so man3/printf.3\n") == "Roff"
    assert language(f"a{extension}", '.\\" macros\n.de P1\n.nf\n..\n') == "Roff"


@pytest.mark.parametrize("extension", [".1", ".3", ".8"])
def test_a_rotated_log_is_no_manual(extension):
    log = "...starting\n'till the end\n.hidden files: 3\n2020-01-01 done. TH 1\n"
    assert language(f"daemon.log{extension}", log) == "unknown"


def test_every_side_of_a_shared_extension_has_a_sample():
    shared = {extension for extension, _, _ in SAMPLES}
    wanted = {
        (extension, x.name)
        for x in LANGUAGES.languages
        for extension in shared.intersection(x.extensions)
    }
    assert {(extension, name) for extension, name, _ in SAMPLES} == wanted


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("verb.al", "Newtonian N\nFrames A, B\nConstants M, G\n"),
        ("primes.b", "define p(n) {\n  auto i\n  return (n)\n}\n"),
        ("board.dsc", "[Defines]\n  PLATFORM_NAME = Demo\n[Components]\n"),
        ("grid.asc", "ncols 4\nnrows 2\ncellsize 10\n1 2 3 4\n"),
        ("solver.inc", "      common /grid/ nx, ny\n      call setup(nx)\n"),
        ("rules.inc", "CFLAGS += -O2\nall: prog\n\tcc -o prog prog.c\n"),
    ],
)
def test_a_language_that_is_not_known_is_not_taken_for_one_that_is(path, text):
    assert language(path, text) == "unknown"
