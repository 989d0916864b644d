"""Which part of a span is text in its language."""

import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.transforms.trees import Parsers

LANGUAGES = load_languages()
PARSERS = Parsers(LANGUAGES, load_grammars(LANGUAGES))


def pieces(language, source):
    """The text between « and » that is text to the language, part by part."""
    before, _, rest = source.partition("«")
    span, _, after = rest.partition("»")
    content = (before + span + after).encode()
    start = len(before.encode())
    tree = PARSERS.tree(language, "x", content)
    (lie,) = tree.lies([(start, start + len(span.encode()))])
    return [content[s:e].decode() for s, e in lie.texts]


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Python", 'x = "ab «secret» c"\n'),
        ("Python", "# mail «secret» c\n"),
        ("Python", 'x = f"a{b}«secret»"\n'),
        ("JavaScript", "const x = `a${b}«secret»`;\n"),
        ("JavaScript", "// «secret»\n"),
        ("Java", 'class A { String x = "«secret»"; }\n'),
        ("C", '/* «secret» */ char *x = "b";\n'),
        ("C", 'char *x = "a\\n«sec\\nret»";\n'),
        ("Go", "var x = `«secret»`\n"),
        ("Rust", 'let x = r#"«secret»"#;\n'),
        ("Ruby", "x = '«secret»'\n"),
        ("Ruby", "x = <<~A\n  «secret»\nA\n"),
        ("PHP", "<?php $x = '«secret»';\n"),
        ("Shell", "export X=«secret»\n"),
        ("Shell", "curl -u «me:secret» x\n"),
        ("C#", 'var x = @"«secret»";\n'),
        ("Kotlin", 'val x = "«secret»"\n'),
        ("Swift", 'let x = "«secret»"\n'),
        ("Scala", 'val x = "«secret»"\n'),
        ("Haskell", 'x = "«secret»"\n'),
        ("Elixir", 'x = "«secret»"\n'),
        ("Erlang", 'x() -> "«secret»".\n'),
        ("Lua", "x = '«secret»'\n"),
        ("Perl", "my $x = '«secret»';\n"),
        ("R", "x <- '«secret»'\n"),
        ("SQL", "SELECT '«secret»';\n"),
        ("HTML", '<a href="«secret»">b</a>\n'),
        ("HTML", "<p>«secret»</p>\n"),
        ("XML", '<a b="«secret»"/>\n'),
        ("XML", "<a>«secret»</a>\n"),
        ("CSS", "/* «secret» */\n"),
        ("JSON", '{"a": "«secret»"}\n'),
        ("TOML", 'a = "«secret»"\n'),
        ("Dockerfile", "ENV X=«secret»\n"),
        ("Makefile", "X = «secret»\n"),
        ("Dart", "var x = '«secret»';\n"),
        ("Julia", 'x = "«secret»"\n'),
        ("Clojure", '(def x "«secret»")\n'),
        ("OCaml", 'let x = "«secret»"\n'),
        ("TypeScript", "const x: string = '«secret»';\n"),
        ("PowerShell", "$x = '«secret»'\n"),
        ("INI", "[a]\nb = «secret»\n"),
        ("Nix", '{ a = "«secret»"; }\n'),
        ("HCL", 'a = "«secret»"\n'),
    ],
)
def test_a_value_within_one_string_comment_or_word_is_one_piece(language, source):
    assert pieces(language, source) == [source.partition("«")[2].partition("»")[0]]


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("Python", 'x = ("«abcd"\n     "efgh»")\n', ["abcd", "efgh"]),
        ("Java", 'class A { String x = "«abcd" + "efgh»"; }\n', ["abcd", "efgh"]),
        ("C", 'char *x = "«abcd\\n"\n "efgh»";\n', ["abcd\\n", "efgh"]),
        ("JavaScript", "x = '«abcd' +\n'ef' + 'gh»';\n", ["abcd", "ef", "gh"]),
    ],
)
def test_a_value_put_together_of_strings_is_a_piece_a_string(language, source, expected):
    assert pieces(language, source) == expected


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Python", "x = «row@column.mean»\n"),
        ("Python", "x = «12345678»\n"),
        ("C++", "template <typename T> auto x = «a.b»;\n"),
        ("MATLAB", "y = «f@g.com»;\n"),
    ],
)
def test_code_is_no_text(language, source):
    assert pieces(language, source) == []


def test_text_is_found_among_errors():
    assert pieces("Python", 'def (: x = "«secret»" )(\n') == ["secret"]
