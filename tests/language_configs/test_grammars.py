import importlib.util
import pkgutil
import sys

import pytest
import tree_sitter

from codemill.language_configs import load_languages
from codemill.language_configs.bounded_parser import DEFAULT_BOUNDS, BoundedParser
from codemill.language_configs.grammars import load_grammars
from codemill.language_configs.languages import languages_from

LANGUAGES = load_languages()
USED = sorted(
    {
        (x.grammar.package, grammar, x.name, extension)
        for x in LANGUAGES.languages
        if x.grammar
        for extension, grammar in [("", x.grammar.name), *x.grammar.by_extension]
    }
)
"""(package, grammar, language, extension), wherever a language uses a grammar."""

SAMPLE = b"""# a 'b' "c" (d) [e] {f: 1.0} <g h="i">j</g> @k $l %m
// n = o[p] /* q */ -- r ; s
if t:\n    u(v)\nend\n\xc3\xa9
"""

PACK = """
name: Python
id: 303
type: programming
grammar: {name: python, package: tree_sitter_language_pack}
"""
OLD = """
name: CodeQL
id: 424259634
type: programming
grammar: {name: ql, package: tree_sitter_languages}
"""
TWO = """
name: OCaml
id: 255
type: programming
grammar:
  name: ocaml
  package: tree_sitter_language_pack
  by_extension: {.mli: ocaml_interface}
"""
NONE = "{name: Vala, id: 386, type: programming}"
WRONG = """
name: Nothing
id: 1
type: programming
grammar: {name: nothing, package: tree_sitter_language_pack}
"""


def grammars(*sources):
    return load_grammars(languages_from([(f"{n}.yaml", s) for n, s in enumerate(sources)]))


def test_a_grammar_of_the_pack_parses():
    tree = tree_sitter.Parser(grammars(PACK).language("Python")).parse(b"x = 1\n")
    assert tree.root_node.type == "module"


def test_a_language_without_a_grammar_has_none():
    assert grammars(NONE).language("Vala") is None
    assert grammars(NONE).missing() == ()


def test_the_extension_may_choose_another_grammar():
    both = grammars(TWO)
    implementation, interface = both.language("OCaml", "a.ml"), both.language("OCaml", "A.MLI")
    assert implementation != interface
    assert interface == both.language("OCaml", "b.mli")


def test_a_grammar_its_package_lacks_is_missing():
    assert grammars(PACK, WRONG).missing() == ("Nothing",)


def test_grammars_of_an_absent_package_are_missing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert grammars(PACK, OLD).missing() == ("CodeQL",)


def test_the_older_package_serves_grammars_without_being_imported():
    """Where it has no wheel, as on Python 3.13, its grammars are missing."""
    installed = importlib.util.find_spec("tree_sitter_languages") is not None
    grammar = grammars(OLD).language("CodeQL")
    assert (grammar is not None) == installed
    assert "tree_sitter_languages" not in sys.modules
    if grammar is not None:
        assert tree_sitter.Parser(grammar).parse(b"select 1").root_node.type == "ql"


@pytest.mark.parametrize(("package", "grammar", "language", "extension"), USED)
def test_every_grammar_used_is_there_and_parses(package, grammar, language, extension):
    """Of the older package too, where it is installed."""
    native = load_grammars(LANGUAGES).language(language, f"a{extension}")
    if native is None:
        assert package not in {m.name for m in pkgutil.iter_modules()}, grammar
        return
    for text in (b"", b"\x00", SAMPLE):
        tree = BoundedParser(native, DEFAULT_BOUNDS).parse(text)
        assert tree is not None
        assert tree.root_node.end_byte <= len(text)
