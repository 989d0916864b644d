"""Every language that names functions finds a documented one."""

import pkgutil
from dataclasses import replace

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.language_configs.languages import Languages
from codemill.transforms.syntax import SyntaxKernel

LANGUAGES = load_languages()
NAMING = {x.name for x in LANGUAGES.languages if x.nodes.function}
ABSENT = {"tree_sitter_languages"} - {m.name for m in pkgutil.iter_modules()}
"""Its wheels end before Python 3.13."""
PARSED = {name for name in NAMING if LANGUAGES.by_name[name].grammar.package not in ABSENT}

C = ("/* f */\nint f(int a)\n{ return a; }\n", "f", "/* f */", "int f(int a)\n")
JS = ("/** f */\nfunction f(a) { return a; }\n", "f", "/** f */", "function f(a) ")
SHELL = ("# f\nf() {\n  :\n}\n", "f", "# f", "f() ")
GLSL = ("// f\nfloat f(float a) { return a; }\n", "f", "// f", "float f(float a) ")
PYTHON = ('def f(a):\n    """F."""\n    return a\n', "f", '"""F."""', "def f(a):\n    ")
PHP = ("<?php\n/** f */\nfunction f($a) { return $a; }\n", "f", "/** f */", "function f($a) ")
GO = ("package a\n\n// F is.\nfunc F() int { return 1 }\n", "F", "// F is.", "func F() int ")
JAVA = ("class A {\n  /** f */\n  int f() { return 1; }\n}\n", "f", "/** f */", "int f() ")
KOTLIN = ("/** f */\nfun f(a: Int): Int { return a }\n", "f", "/** f */", "fun f(a: Int): Int ")
C_SHARP = (
    "class A {\n  /// <c>f</c>\n  int F() { return 1; }\n}\n",
    "F",
    "/// <c>f</c>",
    "int F() ",
)
LUA = ("--- f\nlocal function f(a) return 1 end\n", "f", "--- f", "local function f(a) ")

SAMPLES = {
    "ActionScript": (
        "package {\n class A {\n  /** f */\n  public function f():int { return 1; }\n }\n}\n",
        "f",
        "/** f */",
        "public function f():int ",
    ),
    "Alpine Abuild": SHELL,
    "Apex": (
        "class A {\n /** f */\n Integer f() { return 1; }\n}\n",
        "f",
        "/** f */",
        "Integer f() ",
    ),
    "BitBake": ("# f\ndo_f() {\n    make\n}\n", "do_f", "# f", "do_f() {\n    "),
    "C": C,
    "C#": C_SHARP,
    "C++": ("/// f\nint A::f() const { return 1; }\n", "A::f", "/// f", "int A::f() const "),
    "Cairo": ("/// f\nfn f(a: felt252) -> u8 { a }\n", "f", "/// f", "fn f(a: felt252) -> u8 "),
    "CodeQL": ("/** f */\npredicate f(int a) { a = 1 }\n", "f", "/** f */", "predicate f(int a) "),
    "Cuda": (
        "// f\n__global__ void f(int a) { a = 1; }\n",
        "f",
        "// f",
        "__global__ void f(int a) ",
    ),
    "D": ("/// f\nint f(int a) { return a; }\n", "f", "/// f", "int f(int a) "),
    "Easybuild": PYTHON,
    "Filterscript": C,
    "GDScript": ("## f\nfunc f(a):\n\treturn a\n", "f", "## f", "func f(a):"),
    "GDShader": GLSL,
    "GLSL": GLSL,
    "Gentoo Ebuild": SHELL,
    "Gentoo Eclass": SHELL,
    "Gno": GO,
    "Go": GO,
    "Gradle Kotlin DSL": KOTLIN,
    "HIP": C,
    "HLSL": (
        "// f\nfloat4 f(float4 a : POSITION) : SV_Target { return a; }\n",
        "f",
        "// f",
        "float4 f(float4 a : POSITION) : SV_Target ",
    ),
    "HTML+PHP": PHP,
    "Hack": (
        "<?hh\n/** f */\nfunction f(int $a): int { return $a; }\n",
        "f",
        "/** f */",
        "function f(int $a): int ",
    ),
    "Hare": (
        "// f\nexport fn f(a: int) int = {\n\treturn a;\n};\n",
        "f",
        "// f",
        "export fn f(a: int) int = ",
    ),
    "Haxe": (
        "class A {\n  /** f */\n  public function f(a:Int):Int { return a; }\n}\n",
        "f",
        "/** f */",
        "public function f(a:Int):Int ",
    ),
    "ISPC": (
        "// f\nexport void f(uniform int a) { a = 1; }\n",
        "f",
        "// f",
        "export void f(uniform int a) ",
    ),
    "Java": JAVA,
    "JavaScript": JS,
    "Kotlin": KOTLIN,
    "Lua": LUA,
    "Luau": LUA,
    "MATLAB": ("% f\nfunction b = f(a)\nb = a;\nend\n", "f", "% f", "function b = f(a)\n"),
    "MQL4": C,
    "MQL5": C,
    "Nim": ("## f\nproc f(a: int): int =\n  a\n", "f", "## f", "proc f(a: int): int ="),
    "NumPy": PYTHON,
    "OCaml": ("(** f *)\nlet f x = 1\n", "f", "(** f *)", "let f x = "),
    "Objective-C": ("/// f\nint f(int a) { return a; }\n", "f", "/// f", "int f(int a) "),
    "OpenCL": C,
    "OpenRC runscript": SHELL,
    "PHP": PHP,
    "Perl": ("# f\nsub f { return 1; }\n", "f", "# f", "sub f "),
    "Pony": (
        'class A\n  fun f(): U8 =>\n    """\n    F.\n    """\n    1\n',
        "f",
        '"""\n    F.\n    """',
        "fun f(): U8 =>\n    ",
    ),
    "PowerShell": ("# f\nfunction F($a) { $a }\n", "F", "# f", "function F($a) { "),
    "Processing": ("/** f */\nvoid f() { g(); }\n", "f", "/** f */", "void f() "),
    "Puppet": (
        "# f\nfunction a::f(String $a) >> String {\n  $a\n}\n",
        "a::f",
        "# f",
        "function a::f(String $a) >> String ",
    ),
    "Python": PYTHON,
    "QML": (
        "import QtQuick 2.0\nItem {\n  /** f */\n  function f(a) { return a }\n}\n",
        "f",
        "/** f */",
        "function f(a) ",
    ),
    "Qt Script": JS,
    "R": ("#' f\nf <- function(a) { a }\n", "f", "#' f", "f <- function(a) "),
    "RenderScript": C,
    "Ruby": ("# f\ndef f(a)\n  1\nend\n", "f", "# f", "def f(a)\n  "),
    "Rust": ("/// f\n#[inline]\nfn f() -> u8 { 1 }\n", "f", "/// f", "#[inline]\nfn f() -> u8 "),
    "Sage": PYTHON,
    "Scala": ("/** f */\ndef f(a: Int) = { 1 }\n", "f", "/** f */", "def f(a: Int) = "),
    "Shell": SHELL,
    "Solidity": (
        "contract A {\n  /// f\n  function f() public { a = 1; }\n}\n",
        "f",
        "/// f",
        "function f() public ",
    ),
    "Squirrel": ("// f\nfunction f(a) { return a }\n", "f", "// f", "function f(a) "),
    "Starlark": PYTHON,
    "Swift": ("/// f\nfunc f() -> Int { return 1 }\n", "f", "/// f", "func f() -> Int "),
    "TSX": JS,
    "Tcl": ("# f\nproc f {a} {\n  return $a\n}\n", "f", "# f", "proc f {a} "),
    "TypeScript": JS,
    "Uno": C_SHARP,
    "V": ("// f\nfn f(a int) int {\n\treturn a\n}\n", "f", "// f", "fn f(a int) int "),
    "VHDL": (
        "package body P is\n  -- f\n  function f(a : integer) return integer is\n"
        "  begin\n    return a;\n  end function;\nend package body;\n",
        "f",
        "-- f",
        "function f(a : integer) return integer is\n  begin\n    ",
    ),
    "Vyper": PYTHON,
    "WGSL": ("// f\nfn f(a: i32) -> i32 { return a; }\n", "f", "// f", "fn f(a: i32) -> i32 "),
    "XC": C,
}


def test_every_language_that_names_functions_has_a_sample():
    assert set(SAMPLES) == NAMING


@pytest.mark.parametrize("name", sorted(PARSED & set(SAMPLES)))
def test_a_documented_function_is_found_whole(name):
    text, function, doc, head = SAMPLES[name]
    alone = Languages((replace(LANGUAGES.by_name[name], extensions=(".x",), heuristics=()),))
    found = SyntaxKernel(alone, load_grammars(alone))(
        pa.array(["a.x"]), pa.array([text], pa.large_string())
    )
    assert found.parse_error_share.to_pylist() == [0.0]
    source = text.encode()
    assert [
        (
            f["name"],
            source[f["doc_start"] : f["doc_end"]].decode(),
            source[f["start"] : f["body_start"]].decode(),
        )
        for f in found.functions.to_pylist()[0]
    ] == [(function, doc, head)]
