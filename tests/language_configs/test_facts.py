"""The facts of the language files against those of github-linguist.

`linguist_9_5_0.tsv` holds id, name and type of its languages, by id, as in the npm package
linguist-languages 9.5.0.
"""

import importlib.resources
import re
from pathlib import Path

import pytest
import yaml

from codemill.language_configs import load_languages
from codemill.language_configs.languages import FAMILIES

LANGUAGES = load_languages()
FOLDER = importlib.resources.files("codemill.language_configs")
FILES = {
    f.name: yaml.safe_load(f.read_text("utf-8"))
    for f in FOLDER.iterdir()
    if f.name.endswith(".yaml") and f.name != FAMILIES
}


def linguist():
    table = Path(__file__).with_name("linguist_9_5_0.tsv").read_text("utf-8")
    return [tuple(line.split("\t")) for line in table.splitlines()]


def file_name(language):
    spelt = language.lower().replace("++", " plus plus").replace("#", " sharp")
    words = re.findall("[a-z0-9]+", spelt.replace("*", " star "))
    return "_".join(words) + ".yaml"


def test_every_language_of_linguist_is_here_by_its_id_name_and_type():
    ours = sorted((x.id, x.name, x.type) for x in LANGUAGES.languages)
    assert [(str(number), name, kind) for number, name, kind in ours] == linguist()


def test_a_file_is_named_for_its_language():
    assert file_name("C++") == "c_plus_plus.yaml"
    assert file_name("F*") == "f_star.yaml"
    assert file_name("Visual Basic 6.0") == "visual_basic_6_0.yaml"
    wrong = {file for file, raw in FILES.items() if file != file_name(raw["name"])}
    assert wrong == set()


@pytest.mark.parametrize("key", ["name", "id"])
def test_no_two_languages_share_a_name_or_id(key):
    values = [str(raw[key]).lower() for raw in FILES.values()]
    assert len(set(values)) == len(values) == 833


def test_keys_stand_in_one_order():
    order = [
        "name",
        "id",
        "type",
        "aliases",
        "extensions",
        "filenames",
        "interpreters",
        "begins",
        "grammar",
        "comments",
        "nodes",
        "thresholds",
        "expects",
        "heuristics",
    ]
    wrong = {f for f, raw in FILES.items() if list(raw) != [k for k in order if k in raw]}
    assert wrong == set()


def test_a_language_is_an_alias_of_itself():
    assert {x.name for x in LANGUAGES.languages if x.name.lower() not in x.aliases} == set()


@pytest.mark.parametrize(
    ("mode", "name"),
    [
        ("sh", "Shell"),
        ("shell-script", "Shell"),
        ("cpp", "C++"),
        ("c++", "C++"),
        ("objc", "Objective-C"),
        ("objcpp", "Objective-C++"),
        ("make", "Makefile"),
        ("makefile-gmake", "Makefile"),
        ("emacs-lisp", "Emacs Lisp"),
        ("f90", "Fortran Free Form"),
        ("nxml", "XML"),
        ("tuareg", "OCaml"),
        ("dosini", "INI"),
        ("eruby", "HTML+ERB"),
        ("plain-tex", "TeX"),
        ("typescriptreact", "TSX"),
    ],
)
def test_editors_names_of_modes_are_aliases(mode, name):
    assert [x.name for x in LANGUAGES.languages if mode in x.aliases] == [name]


def test_every_shared_filename_can_be_decided():
    """Of the languages that share one, at most one has no rule."""
    claims = {}
    for language in LANGUAGES.languages:
        for filename in language.filenames:
            claims.setdefault(filename, []).append(language)
    undecided = {
        filename: [x.name for x in shared if not x.rule(filename)]
        for filename, shared in claims.items()
    }
    assert {f: names for f, names in undecided.items() if len(names) > 1} == {}
