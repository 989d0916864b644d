import pytest

from codemill.language_configs import load_languages
from codemill.language_configs.languages import languages_from
from codemill.transforms.language import LanguageIdentifier

IDENTIFIER = LanguageIdentifier(load_languages())


def identified(path, content=b""):
    verdict = IDENTIFIER.identify(path, content)
    assert len(verdict.names) <= 1, verdict
    return (verdict.names or ("unknown",))[0], verdict.by


@pytest.mark.parametrize(
    ("path", "language", "by"),
    [
        ("a/b/Makefile", "Makefile", "filename"),
        ("Dockerfile", "Dockerfile", "filename"),
        ("CMakeLists.txt", "CMake", "filename"),
        ("src/a.py", "Python", "extension"),
        ("src/A.PY", "Python", "extension"),
        ("a.tsx.tsx.go", "Go", "extension"),
        ("view.html.erb", "HTML+ERB", "extension"),
        ("a.blade.php", "Blade", "extension"),
        ("notes.ipynb", "Jupyter Notebook", "extension"),
        ("py", "unknown", "none"),
        ("a.py/README", "Text", "filename"),
        ("lib/dune", "Dune", "filename"),
        ("a.py/AUTHORS", "unknown", "none"),
        ("a.nosuchextension", "unknown", "none"),
    ],
)
def test_a_name_decides(path, language, by):
    assert identified(path) == (language, by)


@pytest.mark.parametrize(
    ("content", "language", "by"),
    [
        (b"#!/bin/sh\necho\n", "Shell", "shebang"),
        (b"#!/usr/bin/env python3.11\n", "Python", "shebang"),
        (b"#! /usr/bin/env -S LANG=C ruby2.7 -w\n", "Ruby", "shebang"),
        (b"#!/usr/bin/perl\n", "Perl", "shebang"),
        (b"#!/usr/bin/node", "JavaScript", "shebang"),
        (b"# -*- python -*-\n", "Python", "modeline"),
        (b"\n/* -*- Mode: C++; tab-width: 4 -*- */\n", "C++", "modeline"),
        (b"x\n# vim: set ts=4 ft=ruby :\n", "Ruby", "modeline"),
        (b"# vim:filetype=sh\n", "Shell", "modeline"),
        (b"#!/opt/nosuchprogram\n", "unknown", "none"),
        (b"# -*- coding: utf-8 -*-\n", "unknown", "none"),
        (b"def f():\n    return 1\n", "unknown", "none"),
        (b"", "unknown", "none"),
    ],
)
def test_a_file_without_a_telling_name_may_say_what_it_is(content, language, by):
    assert identified("bin/tool", content) == (language, by)


def test_an_undisputed_name_outweighs_what_the_file_says():
    assert identified("a.py", b"#!/bin/sh\n") == ("Python", "extension")
    assert identified("Makefile", b"# -*- python -*-\n") == ("Makefile", "filename")


def test_what_a_file_says_chooses_among_the_languages_of_its_name():
    assert identified("run.cgi", b"#!/usr/bin/perl\n") == ("Perl", "shebang")
    assert identified("a.h", b"// -*- C++ -*-\n") == ("C++", "modeline")
    assert identified("a.h", b"# vim: ft=ruby\nint a;\n") == ("C", "heuristic")


@pytest.mark.parametrize(
    ("path", "content", "language"),
    [
        ("a.h", b"#include <stdio.h>\nint f(void);\n", "C"),
        ("a.h", b"namespace a {\nclass B {\n public:\n  int c;\n};\n}\n", "C++"),
        ("a.h", b"@interface A : NSObject\n@end\n", "Objective-C"),
        ("a.m", b"#import <F/F.h>\n@implementation A\n@end\n", "Objective-C"),
        ("a.m", b"% adds\nfunction y = f(a)\n y = a;\nend\n", "MATLAB"),
        ("a.m", b"(* adds *)\nf[x_] := x + 1\n", "Wolfram Language"),
        ("a.pl", b"use strict;\nmy $x = 1;\n", "Perl"),
        ("a.pl", b":- module(a, []).\nf(X) :- g(X).\n", "Prolog"),
        ("a.v", b"module a(input b);\nendmodule\n", "Verilog"),
        ("a.v", b"Require Import List.\nLemma a : True.\nProof. auto. Qed.\n", "Rocq Prover"),
        ("a.v", b"module main\n\nfn main() {\n\tprintln('a')\n}\n", "V"),
        ("a.fs", b"module A\nlet f x = x + 1\n", "F#"),
        ("a.fs", b"#version 330\nvoid main() { }\n", "GLSL"),
        ("a.fs", b": square dup * ;\n", "Forth"),
        ("a.ts", b"export const a: number = 1;\n", "TypeScript"),
        ("a.ts", b'<?xml version="1.0"?>\n<TS version="2.1"></TS>\n', "XML"),
        ("a.cls", b"\\NeedsTeXFormat{LaTeX2e}\n\\ProvidesClass{a}\n", "TeX"),
        ("a.cls", b"public class A {\n}\n", "Apex"),
        ("a.md", b"# Title\n", "Markdown"),
        ("a.md", b'(define_insn "a")\n', "GCC Machine Description"),
        ("a.d", b"module a;\nimport std.stdio;\n", "D"),
        ("a.d", b"a.o: a.c a.h\n", "Makefile"),
        ("a.sql", b"select 1;\n", "SQL"),
    ],
)
def test_rules_decide_a_shared_extension(path, content, language):
    assert identified(path, content) == (language, "heuristic")


def test_rules_see_the_head_of_a_file_alone():
    late = b"//\n" * 30_000 + b"namespace a {\n"
    assert identified("a.h", late) == ("C", "heuristic")


TWO = """
name: {name}
id: {number}
type: programming
extensions: [.x]
{rule}
"""
RULE = "heuristics: [{{extensions: [.x], pattern: '{0}'}}]"


def verdict(content, *rules):
    sources = [
        (f"{n}.yaml", TWO.format(name=name, number=n, rule=rule and RULE.format(rule)))
        for n, (name, rule) in enumerate(zip("AB", rules, strict=False))
    ]
    return LanguageIdentifier(languages_from(sources)).identify("f.x", content)


def test_languages_without_a_rule_wait_for_the_parse():
    assert (verdict(b"", "", "").names, verdict(b"", "", "").by) == (("A", "B"), "parse")


def test_a_rule_that_holds_outweighs_having_none_and_one_that_fails_is_out():
    assert verdict(b"b", "", "b").names == ("B",)
    assert verdict(b"c", "", "b").names == ("A",)


def test_rules_that_contradict_each_other_wait_for_the_parse():
    assert verdict(b"ab", "a", "b").by == "parse"


def test_where_every_rule_fails_the_parse_may_still_tell():
    assert verdict(b"c", "a", "b").names == ("A", "B")


def test_a_language_alone_whose_rule_fails_is_no_guess():
    assert verdict(b"c", "a").names == ()
    assert verdict(b"a", "a").names == ("A",)


def test_the_path_alone_names_every_language_it_could_be():
    assert IDENTIFIER.by_name("a/b.h").names == ("C", "C++", "Objective-C")
    assert IDENTIFIER.by_name("a/b.py").names == ("Python",)
    assert IDENTIFIER.by_name("a/b").names == ()


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (b'<?xml version="1.0"?>\n<a/>', "XML"),
        (b"<?php\necho 1;", "PHP"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"\n<!doctype html>\n<p>", "HTML"),
        (b"diff --git a/a b/a\n", "Diff"),
        (b'\n{"a": [1]}\n', "JSON"),
    ],
)
def test_a_file_without_an_extension_may_begin_as_one_language_does(content, language):
    assert identified("bin/tool", content) == (language, "content")
    assert identified(".hidden", content) == (language, "content")
    assert identified("a.nosuchextension", content) == ("unknown", "none")


@pytest.mark.parametrize("content", [b"{ a: 1 }", b"[section]\na = 1\n", b'"text"', b"{" * 10_000])
def test_what_is_not_json_as_a_whole_is_no_guess(content):
    assert identified("bin/tool", content) == ("unknown", "none")
