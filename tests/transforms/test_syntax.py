import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.language_configs.bounded_parser import ParseBounds
from codemill.language_configs.languages import languages_from
from codemill.transforms.schema import FUNCTION
from codemill.transforms.syntax import SyntaxKernel

LANGUAGES = load_languages()
KERNEL = SyntaxKernel(LANGUAGES, load_grammars(LANGUAGES))


def syntax(*files, kernel=KERNEL):
    paths, texts = zip(*files, strict=True) if files else ((), ())
    return kernel(pa.array(paths, pa.string()), pa.array(texts, pa.large_string()))


def rows(found):
    columns = [getattr(found, name).to_pylist() for name in found.__dataclass_fields__]
    return list(zip(*columns, strict=True))


def documented(path, text):
    """(name, documentation, what stands before the body, the last characters) of each function."""
    found = syntax((path, text))
    assert found.parse_error_share.to_pylist() == [0.0]
    source = text.encode()
    return [
        (
            f["name"],
            source[f["doc_start"] : f["doc_end"]].decode(),
            source[f["start"] : f["body_start"]].decode(),
            source[f["end"] - 2 : f["end"]].decode(),
        )
        for f in found.functions.to_pylist()[0]
    ]


def test_columns_have_the_types_of_the_schema():
    found = syntax(("a.py", "x = 1\n"))
    assert found.language.type == found.language_by.type == pa.string()
    assert found.parse_error_share.type == found.comment_share.type == pa.float64()
    assert found.functions.type == pa.list_(FUNCTION)


def test_an_empty_batch_gives_empty_columns():
    found = syntax()
    assert rows(found) == []
    assert found.functions.type == pa.list_(FUNCTION)


def test_a_null_text_gives_a_null_row():
    assert rows(syntax(("a.py", None))) == [(None, None, None, None, None, None, [], None)]


def test_an_empty_text_has_no_errors():
    assert rows(syntax(("a.py", ""))) == [("Python", "extension", 0.0, 0.0, 0.0, None, [], None)]


def test_a_language_without_a_grammar_is_named_but_not_parsed():
    assert rows(syntax(("a.vala", "int x;"))) == [
        ("Vala", "extension", None, None, None, None, [], None)
    ]


def test_a_file_without_evidence_is_unknown():
    assert rows(syntax(("notes", "x = 1\n"))) == [
        ("unknown", "none", None, None, None, None, [], None)
    ]


def test_shares_are_bytes_in_four_digits():
    text = "# é\nx = 1\n"
    assert len(text.encode()) == 11
    assert syntax(("a.py", text)).comment_share.to_pylist() == [round(4 / 11, 4)]
    broken = "x = 1\ny = = 2\n"
    assert syntax(("a.py", broken)).parse_error_share.to_pylist() == [round(1 / 14, 4)]


def test_what_is_well_formed_under_an_error_is_no_error():
    functions = "".join(f"int f{i}(int x) {{ return x + {i}; }}\n" for i in range(9))
    unbalanced = "#define OPEN {\nint g(void) OPEN if (1) {\n" + functions
    found = syntax(("a.c", unbalanced), ("b.c", "this is not a program, is it? @ all @ no @ $"))
    macro, prose = found.parse_error_share.to_pylist()
    assert macro < 0.1
    assert prose > 0.2


def test_errors_inside_errors_are_counted_once():
    assert syntax(("a.js", "{=(")).parse_error_share.to_pylist() == [1.0]


def test_rows_do_not_depend_on_their_batch():
    files = [
        ("a.py", 'def f():\n    """d"""\n    return 1\n'),
        ("b.js", None),
        ("c.go", "// F\nfunc F() {}\n"),
        ("d.h", "class A;\n"),
        ("e", "?"),
    ]
    apart = [rows(syntax(file))[0] for file in files]
    assert rows(syntax(*files)) == apart
    path = pa.array([f[0] for f in files])
    text = pa.array([f[1] for f in files], pa.large_string())
    assert rows(KERNEL(path[1:4], text[1:4])) == apart[1:4]


def test_python_docstrings_stand_inside():
    text = (
        "@cache\n@other(1)\ndef f(x):\n"
        '    """Say é."""\n    return x\n\n'
        'class A:\n    """no function"""\n'
        '    async def g(self):\n        "one"\n\n'
        "    def bare(self):\n        return 1\n"
    )
    assert documented("a.py", text) == [
        ("f", '"""Say é."""', "@cache\n@other(1)\ndef f(x):\n    ", " x"),
        ("g", '"one"', "async def g(self):\n        ", 'e"'),
    ]


def test_a_nested_function_does_not_take_its_outer_functions_decorators():
    text = '@d\ndef f():\n    """f"""\n    def g():\n        """g"""\n'
    assert [row[2] for row in documented("a.py", text)] == [
        "@d\ndef f():\n    ",
        "def g():\n        ",
    ]


def test_jsdoc_stands_before_and_export_belongs_to_the_definition():
    text = (
        "/** f */\nexport function f(a) { return 1 }\n"
        "/** g */\nexport const g = async (a) => { };\n"
        "class A {\n  /** m */\n  static m() { }\n}\n"
        "/** h */\nb.h = function () {};\n"
        "/* no jsdoc */\nfunction n() {}\n"
        "/** too far */\n\nfunction q() {}\n"
    )
    assert documented("a.js", text) == [
        ("f", "/** f */", "export function f(a) ", " }"),
        ("g", "/** g */", "export const g = async (a) => ", "};"),
        ("m", "/** m */", "static m() ", " }"),
        ("b.h", "/** h */", "b.h = function () ", "{}"),
    ]


def test_typescript_decorators_stand_between_documentation_and_method():
    text = (
        "/** f */\nexport default async function f<T>(a: T): Promise<void> { }\n"
        "class A {\n  /** m */\n  @Input()\n  public m(): void { }\n}\n"
    )
    assert documented("a.tsx", text) == [
        ("f", "/** f */", "export default async function f<T>(a: T): Promise<void> ", " }"),
        ("m", "/** m */", "@Input()\n  public m(): void ", " }"),
    ]


def test_go_comments_run_over_lines_and_trailing_ones_document_nothing():
    text = (
        "package a\n\n// F is\n// long.\nfunc F() int { return 1 }\n\n"
        "var x = 1 // trailing\nfunc G() {}\n\n/* H */\nfunc (t *T) H() {}\n"
    )
    assert documented("a.go", text) == [
        ("F", "// F is\n// long.", "func F() int ", " }"),
        ("H", "/* H */", "func (t *T) H() ", "{}"),
    ]


@pytest.mark.parametrize(
    ("path", "text", "name", "doc", "head"),
    [
        (
            "a.rs",
            "// no\n/// f\n/// g\n#[inline]\npub fn f() -> u8 { 1 }\n",
            "f",
            "/// f\n/// g",
            "#[inline]\npub fn f() -> u8 ",
        ),
        (
            "a.java",
            "class A {\n  /** f */\n  @Override\n  int f() { return 1; }\n}\n",
            "f",
            "/** f */",
            "@Override\n  int f() ",
        ),
        ("a.c", "/* f */\nint *f(int a)\n{ return 0; }\n", "f", "/* f */", "int *f(int a)\n"),
        (
            "a.cpp",
            "/// f\ntemplate <class T>\nint A<T>::f(T a) const { return 1; }\n",
            "A<T>::f",
            "/// f",
            "template <class T>\nint A<T>::f(T a) const ",
        ),
        ("a.rb", "# f\n# g\ndef f(a)\n  1\nend\n", "f", "# f\n# g", "def f(a)\n  "),
        (
            "a.php",
            "<?php\nclass A {\n /** f */\n public function f() { }\n}\n",
            "f",
            "/** f */",
            "public function f() ",
        ),
        (
            "a.cs",
            "class A {\n  /// <summary>f</summary>\n  int F() { return 1; }\n}\n",
            "F",
            "/// <summary>f</summary>",
            "int F() ",
        ),
        (
            "a.kt",
            "/** f */\nfun f(a: Int): Int { return 1 }\n",
            "f",
            "/** f */",
            "fun f(a: Int): Int ",
        ),
        ("a.scala", "/** f */\ndef f(a: Int) = { 1 }\n", "f", "/** f */", "def f(a: Int) = "),
        ("a.swift", "/// f\nfunc f() -> Int { return 1 }\n", "f", "/// f", "func f() -> Int "),
        (
            "a.lua",
            "--- f\nlocal function f(a) return 1 end\n",
            "f",
            "--- f",
            "local function f(a) ",
        ),
        ("a.sh", "#!/bin/sh\n# f\nf() { :; }\n", "f", "# f", "f() "),
        ("a.R", "#' f\n#' g\nf <- function(a) { a }\n", "f", "#' f\n#' g", "f <- function(a) "),
        ("a.ml", "(** f *)\nlet f x = 1\n", "f", "(** f *)", "let f x = "),
    ],
)
def test_each_language_documents_in_its_way(path, text, name, doc, head):
    assert [row[:3] for row in documented(path, text)] == [(name, doc, head)]


def test_a_shebang_is_no_documentation():
    assert documented("a.sh", "#!/bin/sh\nf() { :; }\n") == []


def test_a_function_without_a_body_is_left_out():
    assert documented("a.c", "/* f */\nint f(int a);\n") == []


TWINS = """
name: {name}
id: {number}
type: programming
extensions: [.x]
grammar: {{name: {grammar}, package: tree_sitter_language_pack}}
"""


def twins(**grammars):
    sources = [
        (name, TWINS.format(name=name, number=number, grammar=grammar))
        for number, (name, grammar) in enumerate(grammars.items())
    ]
    languages = languages_from(sources)
    return SyntaxKernel(languages, load_grammars(languages))


def test_the_parse_with_the_fewest_errors_names_the_language():
    kernel = twins(Go="go", Ruby="ruby")
    go = "package a\n\nfunc F(a int) map[string]int {\n\treturn nil\n}\n"
    ruby = "def f(a)\n  a.each { |x| puts x }\nend\n"
    found = syntax(("a.x", go), ("b.x", ruby), kernel=kernel)
    assert found.language.to_pylist() == ["Go", "Ruby"]
    assert found.language_by.to_pylist() == ["parse", "parse"]
    assert found.parse_error_share.to_pylist() == [0.0, 0.0]


def test_an_empty_file_between_languages_is_no_guess():
    kernel = twins(Go="go", Ruby="ruby")
    assert rows(syntax(("a.x", ""), kernel=kernel)) == [
        ("unknown", "none", None, None, None, None, [], None)
    ]
    assert syntax(("a.x", "\n"), kernel=kernel).language.to_pylist() == ["unknown"]


def test_of_trees_without_errors_the_one_that_tells_more_apart_is_right():
    kernel = twins(PHP="php", Lua="lua")
    text = "local a = { 1, 2 }\nfor i, v in ipairs(a) do print(i .. v) end\n"
    assert syntax(("a.x", text), kernel=kernel).language.to_pylist() == ["Lua"]


def test_what_is_both_c_and_c_plus_plus_is_c():
    kernel = twins(**{"C++": "cpp", "C": "c"})
    text = "#ifndef A\n#define A 1\nstruct a { int b; };\nint f(struct a *c);\n#endif\n"
    assert syntax(("a.x", text), kernel=kernel).language.to_pylist() == ["C"]
    text = "struct A { virtual int f() const = 0; };\n"
    assert syntax(("a.x", text), kernel=kernel).language.to_pylist() == ["C++"]


def test_text_that_no_candidate_parses_is_unknown():
    kernel = twins(Go="go", Json="json")
    found = syntax(("a.x", "]] )) ]] )) ]]"), kernel=kernel)
    assert found.language.to_pylist() == ["unknown"]


def go_or_unparsed():
    source = "name: C\nid: 9\ntype: programming\nextensions: [.x]\n"
    languages = languages_from(
        [("a", TWINS.format(name="Go", number=1, grammar="go")), ("c", source)]
    )
    return SyntaxKernel(languages, load_grammars(languages))


def test_beside_a_language_that_cannot_be_parsed_a_few_nodes_tell_nothing():
    found = syntax(("a.x", "package a\n"), kernel=go_or_unparsed())
    assert found.language.to_pylist() == ["unknown"]


def test_beside_a_language_that_cannot_be_parsed_a_rich_tree_without_errors_tells():
    go = "package a\n\nfunc F(a int) map[string]int {\n\tif a > 1 { b := a }\n\treturn nil\n}\n"
    found = syntax(("a.x", go), kernel=go_or_unparsed())
    assert (found.language.to_pylist(), found.language_by.to_pylist()) == (["Go"], ["parse"])


def test_a_language_that_does_not_parse_leaves_the_file_to_the_other():
    found = syntax(("a.x", "]] )) ]] )) ]]"), kernel=go_or_unparsed())
    assert rows(found) == [("C", "parse", None, None, None, None, [], None)]


def test_where_every_rule_fails_only_a_rich_tree_without_errors_tells():
    rule = "heuristics: [{extensions: [.x], pattern: 'never'}]\n"
    sources = [("a", TWINS.format(name="Go", number=1, grammar="go") + rule)]
    sources += [("b", "name: C\nid: 9\ntype: programming\nextensions: [.x]\n" + rule)]
    languages = languages_from(sources)
    kernel = SyntaxKernel(languages, load_grammars(languages))
    go = "package a\n\nfunc F(a int) map[string]int {\n\tif a > 1 { b := a }\n\treturn nil\n}\n"
    found = syntax(("a.x", "]] )) ]]"), ("a.x", "package a\n"), ("a.x", go), kernel=kernel)
    assert found.language.to_pylist() == ["unknown", "unknown", "Go"]


OBJECTIVE_C = """#import <F/F.h>
@interface A : NSObject
- (int)f:(int)a;
@end
@implementation A
- (int)f:(int)a { if (a > 1) { return [self f:a - 1]; } return 0; }
@end
"""


def test_a_file_that_parses_in_a_relative_alone_is_the_relatives():
    found = syntax(("a.cpp", OBJECTIVE_C), ("a.c", "int x = 1;\n@broken(\n"))
    assert found.language.to_pylist() == ["Objective-C", "C"]
    assert found.language_by.to_pylist() == ["relative", "extension"]
    assert found.parse_error_share.to_pylist()[0] == 0.0


def test_macros_that_another_grammar_takes_for_declarations_change_no_language():
    text = '#include "a.h"\n#if !defined(A)\n' + "NOT_HERE(f)\nNOT_HERE(g)\n" * 9 + "#endif\n"
    assert syntax(("a.c", text)).language.to_pylist() == ["C"]


def test_valid_json_has_no_errors_and_what_is_no_json_is_parsed():
    found = syntax(("a.json", '{"a": [1, NaN]}'), ("a.json", '{"a": 1}'), ("a.json", "{} // b"))
    assert found.parse_error_share.to_pylist() == [0.2667, 0.0, 0.0]


def test_a_file_that_defeats_its_parser_is_still_named_and_says_which_bound():
    nested = "(" * 100_000
    row = ("Python", "extension", None, None, None, None, [], "max_token_run")
    assert rows(syntax(("a.py", nested))) == [row]


def test_a_file_above_the_bound_is_named_but_not_parsed():
    kernel = SyntaxKernel(LANGUAGES, load_grammars(LANGUAGES), ParseBounds(max_bytes=5))
    found = syntax(("a.py", "x = 1"), ("a.py", "x = 12"), kernel=kernel)
    assert found.language.to_pylist() == ["Python", "Python"]
    assert found.parse_error_share.to_pylist() == [0.0, None]
    assert found.unparsed.to_pylist() == [None, "max_bytes"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "(" * 50_000 + "1" + ")" * 50_000),
        ("a.js", "f(" * 50_000),
        ("a.json", "[" * 100_000),
        ("a.c", "int x = " + "1 + " * 100_000 + "1;"),
        ("a.go", "// x\n" * 50_000 + "func f() {}\n"),
        ("a.py", "#" * 500_000),
        ("a.js", "/** d */" + " " * 100_000 + "function f() {}"),
        ("a.py", "\x00\ufffe\U0010ffff" * 1000),
    ],
)
def test_hostile_text_is_survived(path, text):
    assert len(rows(syntax((path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text", "share"),
    [
        ("a.py", 'def f():\n    "Say it."\n    return 1\n\ndef g():\n    return 2\n', 0.5),
        ("a.py", "def g():\n    return 2\n", 0.0),
        ("a.py", "x = 1\n", None),
        ("A.java", "class A {\n  int f() { return 1; }\n}\n", 0.0),
        ("A.java", "class A {\n  /** One. */\n  int f() { return 1; }\n}\n", 1.0),
        ("a.json", "{}", None),
        (
            "a.ex",
            "defmodule A do\n  def f, do: 1\nend\n",
            None,
        ),  # how Elixir documents is not known
    ],
)
def test_the_share_of_documented_functions(path, text, share):
    assert syntax((path, text)).documented_share.to_pylist() == [share]


def test_docstrings_are_counted_apart_from_comments():
    in_string = syntax(("a.py", 'def f():\n    "Say."\n    return 1\n'))
    assert in_string.docstring_share.to_pylist() == [round(6 / 33, 4)]
    assert in_string.comment_share.to_pylist() == [0.0]
    in_comment = syntax(("A.java", "class A {\n  /** One. */\n  int f() { return 1; }\n}\n"))
    assert in_comment.docstring_share.to_pylist() == [0.0]
    assert in_comment.comment_share.to_pylist() == [round(11 / 50, 4)]
