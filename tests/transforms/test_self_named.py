import pytest

from codemill.transforms.self_named import interpreters, modeline


@pytest.mark.parametrize(
    ("line", "programs"),
    [
        (b"#!/bin/sh\n", ("sh",)),
        (b"#! /usr/bin/python3.11 -u\n", ("python3.11",)),
        (b"#!/usr/bin/env -i A=b awk -f\n", ("awk",)),
        (b"#!/usr/bin/env -S LANG=C ruby2.7 -w\n", ("ruby2.7",)),
        (b"#!/usr/bin/env -Sdeno run\n", ("deno",)),
        (b"#!/usr/bin/env --split-string=/opt/perl -w\n", ("perl",)),
        (b"#!/usr/bin/env -u HOME node\n", ("node",)),
        (b"#!\n", ()),
        (b"#!/usr/bin/env\n", ()),
        (b" #!/bin/sh\n", ()),
        (b"#!" + b"\xff" * 300, ("\ufffd" * 254,)),
    ],
)
def test_interpreters_are_read_without_folder_and_options(line, programs):
    assert interpreters(line) == programs


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        (b'#!/bin/sh\n# next line \\\nexec tclsh8.6 "$0" ${1+"$@"}\n', ("tclsh8.6", "sh")),
        (b'#!/bin/sh\n\x27\x27\x27exec\x27 python3 "$0" "$@"\n', ("python3", "sh")),
        (b'#!/bin/sh\n":" //# ; exec /usr/bin/env node "$0" "$@"\n', ("node", "sh")),
        (b'#!/bin/bash\nexec java -jar a.jar "$@"\n', ("bash",)),
        (b'#!/bin/sh\n# exec ruby "$0"\n', ("sh",)),
        (b'#!/bin/sh\nexec "$JAVA" "$0"\n', ("sh",)),
        (b'#!/usr/bin/perl\nexec ruby "$0"\n', ("perl",)),
        (b"#!/usr/bin/env nix-shell\n#! nix-shell -i bash -p jq\n", ("bash", "nix-shell")),
    ],
)
def test_a_shell_may_hand_the_file_to_another_program(text, programs):
    assert interpreters(text) == programs


@pytest.mark.parametrize(
    ("line", "language"),
    [
        (b"# vim: set ts=4 ft=ruby :", "ruby"),
        (b"# vim:filetype=sh", "sh"),
        (b"/* vim:ts=4:sw=4:ft=cpp */", "cpp"),
        (b"// Vim: noai:syntax=c", "c"),
        (b"# vim600: syn=php", "php"),
        (b"# vi:ft=perl", "perl"),
        (b" ex: ft=awk", "awk"),
        (b"index: ft=awk", ""),
        (b"vim: set ts=4 sft=ruby", ""),
        (b"-*- C++ -*-", "c++"),
        (b"#\xff -*- Perl -*-", "perl"),
        (b"/* -*- tab-width: 4; Mode: C++ -*- */", "c++"),
        (b"# -*- coding: utf-8 -*-", ""),
        (b"# -*- mode: ruby -*- vi: set ft=python :", "ruby"),
    ],
)
def test_modelines_have_many_forms(line, language):
    assert modeline(line) == language


def test_modelines_stand_near_either_end():
    line = b"# vim: ft=perl\n"
    assert modeline(b"\n" * 4 + line + b"\n" * 50) == "perl"
    assert modeline(b"\n" * 50 + line) == "perl"
    assert modeline(b"\n" * 50 + line + b"\n" * 50) == ""
    assert modeline(b"\n\n# -*- perl -*-\n") == "perl"
    assert modeline(b"\n" * 50 + b"# -*- perl -*-\n") == ""


def test_emacs_keeps_variables_at_the_end():
    block = b";; Local Variables:\n;; coding: utf-8\n;; mode: lisp\n;; End:\n"
    assert modeline(b"\n" * 50 + block) == "lisp"
    assert modeline(block + b"\n" * 3_000) == ""
