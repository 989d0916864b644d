"""The signals of learning value: `COMPONENTS` is the whole formula, nothing is fitted to labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from codemill.transforms.learning_value.component import Component, Files, Floats

YEAR_SECS = 31_556_952
"""A Gregorian year, 365.2425 days."""


def _flag(name: str) -> Callable[[Files], Floats]:
    return lambda files: files.column(name)


def _score(name: str) -> Callable[[Files], Floats]:
    return lambda files: files.score(name)


def _code_score(name: str) -> Callable[[Files], Floats]:
    return lambda files: files.of_code(files.score(name))


def _sign(name: str) -> Callable[[Files], Floats]:
    return lambda files: files.sign(name)


def _comments(files: Files) -> Floats:
    return files.of_code(files.column("comment_share") + files.column("docstring_share"))


def _test_share(files: Files) -> Floats:
    tests, code = files.sign("num_test_files"), files.sign("num_code_files")
    shares = np.full(len(code), np.nan)
    np.divide(tests, code, out=shares, where=code > 0)
    return shares


def _age_years(files: Files) -> Floats:
    age = files.reference_secs - files.column("committed_at")
    return np.maximum(age, 0.0) / YEAR_SECS


def _generated(files: Files) -> Floats:
    marked = np.nan_to_num(files.score("generated_markers")) > 0
    return np.maximum(files.column("generated"), marked)


def _is_data(files: Files) -> Floats:
    return files.in_languages(files.data).astype(np.float64)


def _written_lines(files: Files) -> Floats:
    written = files.score("num_written_lines")
    return np.where(np.isnan(written), files.column("num_lines"), written)


_IS_NOT = ((0.0, 1.0), (1.0, 0.0))
_IS = ((0.0, 0.0), (1.0, 1.0))

COMPONENTS: tuple[Component, ...] = (
    Component(
        "comments",
        "merit",
        2.0,
        "share of the bytes in comments and functions' docstrings; code only",
        _comments,
        ((0.0, 0.3), (0.02, 0.45), (0.08, 0.9), (0.12, 1.0), (0.4, 1.0), (0.65, 0.6), (0.8, 0.2)),
        "comments tie words to code: SantaCoder's filter for them helped a little "
        "(arXiv:2301.03988). A file mostly of comments is prose, a licence or dead code",
    ),
    Component(
        "documented",
        "merit",
        2.0,
        "share of the functions that have a documentation comment or docstring",
        _flag("documented_share"),
        ((0.0, 0.3), (0.5, 0.9), (0.8, 1.0)),
        "a function beside what it is for is what a model is later asked for",
    ),
    Component(
        "stars",
        "merit",
        1.0,
        "stars of the repository",
        _flag("stars"),
        ((0.0, 0.1), (100.0, 0.6), (10_000.0, 1.0)),
        "read by many; SantaCoder's filter by stars alone made models worse (arXiv:2301.03988), so "
        "they are one voice of many, and the hundred thousandth counts nothing",
        log=True,
    ),
    Component(
        "forks",
        "merit",
        0.5,
        "forks of the repository",
        _flag("forks"),
        ((0.0, 0.1), (20.0, 0.6), (2_000.0, 1.0)),
        "worked on by many; about a fifth as many as stars",
        log=True,
    ),
    Component(
        "tests",
        "merit",
        0.75,
        "share of the repository's code files that are tests",
        _test_share,
        ((0.0, 0.1), (0.02, 0.4), (0.1, 0.9), (0.2, 1.0)),
        "what is tested is more likely right",
    ),
    Component(
        "readme",
        "merit",
        0.25,
        "whether the repository has a README",
        _sign("readme"),
        _IS,
        "meant for others to read",
    ),
    Component(
        "documentation",
        "merit",
        0.25,
        "whether the repository has a folder of documentation",
        _sign("documentation"),
        _IS,
        "likewise",
    ),
    Component(
        "licence",
        "merit",
        0.25,
        "whether the repository has a licence file at its top",
        _sign("licence"),
        _IS,
        "published on purpose",
    ),
    Component(
        "ci",
        "merit",
        0.25,
        "whether the repository is built by a service (GitHub Actions, GitLab CI, ...)",
        _sign("ci"),
        _IS,
        "somebody sees to it that it builds",
    ),
    Component(
        "manifest",
        "merit",
        0.25,
        "whether the repository's top has a package manifest or build file",
        _sign("manifest"),
        _IS,
        "a project rather than a collection of files",
    ),
    Component(
        "project",
        "merit",
        0.5,
        "files of its own code in the repository",
        _sign("num_code_files"),
        ((1.0, 0.1), (5.0, 0.5), (30.0, 1.0)),
        "a project rather than an exercise",
        log=True,
    ),
    Component(
        "recency",
        "merit",
        0.5,
        "years from the repository's commit to `files.value_reference`",
        _age_years,
        ((0.0, 1.0), (5.0, 0.6), (10.0, 0.3), (20.0, 0.0)),
        "languages and libraries change: old code teaches calls that are gone",
    ),
    Component(
        "parse_errors",
        "flaw",
        0.6,
        "share of the bytes that do not parse",
        _flag("parse_error_share"),
        ((0.0, 1.0), (0.005, 0.9), (0.05, 0.5), (0.2, 0.0)),
        "broken, a template, or in a dialect; macros of sound C leave up to 0.01",
    ),
    Component(
        "repetition",
        "flaw",
        0.6,
        "share of the lines that repeat one of the file",
        _score("duplicate_line_share"),
        ((0.35, 1.0), (0.5, 0.6), (0.7, 0.0)),
        "tables and boilerplate; brackets alone make 0.3. 0.7 is dropped (arXiv:2411.04905)",
    ),
    Component(
        "encoded",
        "flaw",
        0.8,
        "share of the bytes in base64, hexadecimal or escapes",
        _score("encoded_share"),
        ((0.0, 1.0), (0.05, 0.6), (0.5, 0.0)),
        "cannot be predicted; half is dropped (arXiv:2402.19173)",
    ),
    Component(
        "long_lines",
        "flaw",
        0.5,
        "characters of the longest line; code only",
        _code_score("max_line_chars"),
        ((120.0, 1.0), (300.0, 0.6), (1_000.0, 0.0)),
        "not written for people; 95 of 100 files of code stay below 230",
        log=True,
    ),
    Component(
        "line_length",
        "flaw",
        0.4,
        "mean characters of a line; code only",
        _code_score("mean_line_chars"),
        ((6.0, 0.0), (14.0, 0.8), (18.0, 1.0), (50.0, 1.0), (100.0, 0.0)),
        "lists of short items below, data and squeezed code above; nine files of ten are within",
    ),
    Component(
        "letters",
        "flaw",
        0.5,
        "share of the characters that are letters",
        _score("alphabetic_share"),
        ((0.25, 0.0), (0.4, 0.7), (0.5, 1.0)),
        "tables and drawings; 0.25 is dropped (arXiv:2402.19173)",
    ),
    Component(
        "digits",
        "flaw",
        0.6,
        "share of the characters that are digits",
        _score("digit_share"),
        ((0.03, 1.0), (0.1, 0.4), (0.2, 0.0)),
        "tables of numbers; 0.2 is dropped (arXiv:2411.04905)",
    ),
    Component(
        "length",
        "flaw",
        0.6,
        "lines that are not blank",
        _written_lines,
        ((2.0, 0.0), (10.0, 0.4), (30.0, 0.9), (50.0, 1.0), (1_500.0, 1.0), (15_000.0, 0.4)),
        "a few lines have no context to learn; very long files are mostly tables",
        log=True,
    ),
    Component(
        "fertility",
        "flaw",
        0.4,
        "bytes per token",
        _score("bytes_per_token"),
        ((1.5, 0.0), (2.5, 0.8), (3.0, 1.0)),
        "what a tokenizer of code cannot join is no code (bigcode-dataset: 2.5 for Python)",
    ),
    Component(
        "data",
        "flaw",
        0.5,
        "whether its language is data (JSON, YAML, ...)",
        _is_data,
        _IS_NOT,
        "its form is learned from few",
    ),
    Component(
        "test",
        "flaw",
        0.15,
        "whether the path says it is a test",
        _flag("test"),
        _IS_NOT,
        "shows use, but says the same many times",
    ),
    Component(
        "fixture",
        "flaw",
        0.5,
        "whether the path says it is data of a test",
        _flag("fixture"),
        _IS_NOT,
        "made to be odd or broken",
    ),
    Component(
        "vendored",
        "flaw",
        0.4,
        "whether the path says it is a copy of others' code",
        _flag("vendored"),
        _IS_NOT,
        "what the repository tells is not told of it, and the original may be there",
    ),
    Component(
        "generated",
        "flaw",
        0.8,
        "whether the path or the head says that a program wrote it",
        _generated,
        _IS_NOT,
        "nobody writes such code",
    ),
    Component(
        "minified",
        "flaw",
        0.8,
        "whether the name says it is minified",
        _flag("minified"),
        _IS_NOT,
        "likewise",
    ),
    Component(
        "lock",
        "flaw",
        0.8,
        "whether it is a package manager's lock file",
        _flag("lock"),
        _IS_NOT,
        "likewise",
    ),
)
"""The formula, one line a signal; weights are the defaults of `files.value_weights`."""
