import importlib.resources
import pickle
import pkgutil
from collections import defaultdict

import pytest
import re2
import tree_sitter

from codemill.language_configs import load_grammars, load_languages
from codemill.language_configs.languages import (
    FAMILIES,
    languages_from,
    parse_families,
    parse_language,
)
from codemill.transforms.trees import query_source

LANGUAGES = load_languages()
GRAMMARS = load_grammars(LANGUAGES)

ABSENT = {"tree_sitter_languages"} - {m.name for m in pkgutil.iter_modules()}
"""Its wheels end before Python 3.13."""

GOOD = """
name: Toy
id: 7
type: programming
extensions: [.toy, .toy.in]
comments:
  line: ['#']
  block: [['/*', '*/']]
thresholds:
  digits: 0.3
  long_lines: null
expects:
  digits: [0, 0.5]
heuristics:
  - extensions: [.toy]
    pattern: '^toy'
"""


def test_a_language_is_read_as_it_is_written():
    toy = parse_language("toy.yaml", GOOD)
    assert (toy.name, toy.id, toy.type) == ("Toy", 7, "programming")
    assert toy.extensions == (".toy", ".toy.in")
    assert toy.comments.line == ("#",)
    assert toy.comments.block == (("/*", "*/"),)
    assert toy.thresholds == (("digits", 0.3), ("long_lines", None))
    assert toy.expects == (("digits", (0.0, 0.5)),)
    assert toy.rule(".toy").pattern == "^toy"
    assert toy.rule(".toy.in") is None
    assert toy.grammar is None


@pytest.mark.parametrize(
    ("replace", "by", "message"),
    [
        ("id: 7", "ident: 7", "toy.yaml: ident: unknown key"),
        ("id: 7\n", "", "toy.yaml: id: missing"),
        ("id: 7", "id: '7'", "toy.yaml: id: an integer is wanted"),
        ("id: 7", "id: true", "toy.yaml: id: an integer is wanted"),
        ("type: programming", "type: prog", "toy.yaml: type: one of"),
        ("[.toy, .toy.in]", "[.toy.in, .toy]", "toy.yaml: extensions: sorted"),
        ("[.toy, .toy.in]", "[.toy, .toy]", "toy.yaml: extensions: sorted"),
        ("[.toy, .toy.in]", "[.TOY, .toy]", "toy.yaml: extensions: a dot and lower case"),
        ("[.toy, .toy.in]", "[.toy, toy]", "toy.yaml: extensions: a dot and lower case"),
        ("[.toy, .toy.in]", "[]", "toy.yaml: extensions: a list"),
        ("line: ['#']", "lines: ['#']", "toy.yaml: comments: lines: unknown key"),
        ("[['/*', '*/']]", "['/*']", "toy.yaml: comments: block: a list of pairs"),
        ("digits: 0.3", "digit: 0.3", "toy.yaml: thresholds: digit: unknown key"),
        ("digits: 0.3", "digits: many", "toy.yaml: thresholds: digits: a number or null"),
        ("[0, 0.5]", "0.5", "toy.yaml: expects: digits: least and most, 0 to 1, are wanted"),
        ("[0, 0.5]", "[0.6, 0.5]", "toy.yaml: expects: digits: least and most"),
        ("[0, 0.5]", "[0, 50]", "toy.yaml: expects: digits: least and most"),
        ("[0, 0.5]", "[0, .nan]", "toy.yaml: expects: digits: least and most"),
        ("pattern: '^toy'", "pattern: 3", "toy.yaml: heuristics: pattern: text is wanted"),
        ("- extensions: [.toy]", "- extensions: [.h]", "toy.yaml: heuristics: not its extensions"),
        ("name: Toy", "name: [", "toy.yaml: not YAML"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(replace, by, message):
    assert replace in GOOD
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        parse_language("toy.yaml", GOOD.replace(replace, by))


def test_two_files_may_not_claim_one_name():
    with pytest.raises(ValueError, match=r"b.yaml: name: 'Toy' is also in a.yaml"):
        languages_from([("a.yaml", GOOD), ("b.yaml", GOOD)])


def test_languages_survive_pickling():
    assert pickle.loads(pickle.dumps(LANGUAGES)) == LANGUAGES


def test_every_packaged_file_is_loaded_once_and_ids_differ():
    folder = importlib.resources.files("codemill.language_configs")
    files = {f.name for f in folder.iterdir() if f.name.endswith(".yaml")} - {FAMILIES}
    assert len(LANGUAGES.languages) == len(files)
    assert len({x.id for x in LANGUAGES.languages}) == len(files)


@pytest.mark.parametrize(
    ("name", "number", "kind", "extension"),
    [
        ("C++", 43, "programming", ".cpp"),
        ("Emacs Lisp", 102, "programming", ".el"),
        ("Jupyter Notebook", 185, "markup", ".ipynb"),
        ("Markdown", 222, "prose", ".md"),
        ("Python", 303, "programming", ".py"),
        ("Shell", 346, "programming", ".sh"),
        ("TSX", 94901924, "programming", ".tsx"),
        ("YAML", 407, "data", ".yml"),
    ],
)
def test_names_and_ids_are_those_of_linguist(name, number, kind, extension):
    language = LANGUAGES.by_name[name]
    assert (language.id, language.type) == (number, kind)
    assert extension in language.extensions


def test_prose_has_no_limit_on_its_lines():
    unlimited = {
        name for name, limit in LANGUAGES.thresholds("long_lines").items() if limit is None
    }
    assert {"Markdown", "TeX", "reStructuredText", "RMarkdown", "SQL", "R", "CMake"} <= unlimited
    assert LANGUAGES.thresholds("digits")["SQL"] == 0.3


def test_small_patterns_large_manifests_and_a_grammar_that_lags_have_lines_of_their_own():
    assert LANGUAGES.thresholds("little_code") == {"Ignore List": 50.0}
    assert LANGUAGES.thresholds("data_large") == {"JSON": 10000.0, "YAML": 20000.0}
    assert LANGUAGES.thresholds("parse_errors")["SCSS"] is None


@pytest.mark.parametrize(
    "pattern",
    [
        pattern
        for x in LANGUAGES.languages
        for pattern in (x.begins, *(p for h in x.heuristics for p in (h.pattern, h.unless)))
        if pattern
    ],
)
def test_every_pattern_is_re2(pattern):
    assert re2.compile(pattern.encode()).groups >= 0


@pytest.mark.parametrize("kind", ["extensions", "filenames"])
def test_every_shared_name_can_be_decided(kind):
    """Of the languages that share one, at most one has no rule, else their parses are compared."""
    claims = defaultdict(list)
    for language in LANGUAGES.languages:
        for name in getattr(language, kind):
            claims[name].append(language)
    defaults = {name: [x for x in shared if not x.rule(name)] for name, shared in claims.items()}
    assert {
        name: [x.name for x in free]
        for name, free in defaults.items()
        if len(free) > 1 and not all(x.grammar for x in free)
    } == {}


@pytest.mark.parametrize("kind", ["interpreters", "aliases"])
def test_no_two_languages_share_an_interpreter_or_alias(kind):
    claims = defaultdict(list)
    for language in LANGUAGES.languages:
        for value in getattr(language, kind):
            claims[value].append(language.name)
    assert {value: names for value, names in claims.items() if len(names) > 1} == {}


@pytest.mark.parametrize("name", [x.name for x in LANGUAGES.languages if x.grammar])
def test_node_types_are_the_grammars(name):
    language = LANGUAGES.by_name[name]
    for path in ("", *(extension for extension, _ in language.grammar.by_extension)):
        grammar = GRAMMARS.language(name, path)
        if grammar is None and language.grammar.package in ABSENT:
            continue
        assert grammar is not None
        nodes = language.nodes
        lists = {field: getattr(nodes, field) for field in type(nodes).__dataclass_fields__}
        del lists["doc_markers"]
        wanted = sum(len(types) for types in lists.values())
        assert tree_sitter.Query(grammar, query_source(lists)).pattern_count == wanted


@pytest.mark.parametrize("language", LANGUAGES.languages, ids=lambda x: x.name)
def test_nodes_are_given_only_with_a_grammar_and_complete(language):
    nodes = language.nodes
    assert language.grammar or nodes == type(nodes)()
    assert bool(nodes.function) == bool(nodes.docstring or nodes.doc_markers)


@pytest.mark.parametrize(
    "name",
    [
        "Ada",
        "Agda",
        "Assembly",
        "Astro",
        "COBOL",
        "FIRRTL",
        "Git Commit",
        "Gleam",
        "Markdown",
        "Meson",
        "NetLinx",
        "Typst",
        "Unix Assembly",
        "YAML",
        "reStructuredText",
    ],
)
def test_grammars_that_hostile_text_defeats_are_not_used(name):
    assert LANGUAGES.by_name[name].grammar is None


def test_a_family_is_of_languages_and_none_is_in_two():
    assert LANGUAGES.relatives["C"] == ("C++", "Objective-C", "Objective-C++")
    with pytest.raises(ValueError, match=r"families\.yaml: no language 'Nonesuch' is configured"):
        languages_from([], (("Nonesuch",),))
    with pytest.raises(ValueError, match=r"f: in two families: \['A'\]"):
        parse_families("f", "a: [A, B]\nb: [A, C]\n")
    with pytest.raises(ValueError, match="f: a mapping is wanted"):
        parse_families("f", "[A, B]\n")
