"""What a file says of itself: the program its `#!` line names, an editor's modeline."""

from __future__ import annotations

import re2

SHEBANG_BYTES = 256
"""Linux reads no more of a `#!` line (`BINPRM_BUF_SIZE`)."""

EXEC_BYTES = 1_024
"""Text after a shell's `#!` line in which it may hand the file on to another program."""

MODELINE_LINES = 5
"""Vim looks for modelines in the first and last five lines (`:help 'modelines'`)."""

MODELINE_BYTES = 2_048
"""And in no more than this much text from either end, whatever the lines' length."""

LOCAL_VARIABLES_BYTES = 3_000
"""Emacs looks for `Local Variables:` this far from the end (manual, Specifying File Variables)."""

SHELLS = frozenset({"ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"})

_ENV_TAKES_VALUE = frozenset({"-u", "--unset", "-C", "--chdir", "-P"})

_EXEC = re2.compile(
    rb"(?m)^(?:[^#\n][^\n]{0,60})?\bexec[\"']?[ \t]+(?:(?:/\S*/)?env[ \t]+(?:-S[ \t]*)?)?"
    rb"[\"']?([^\s\"'$]+)[^\n]*\$\{?0"
)
"""`exec tclsh "$0" "$@"`: a shell hands the file itself to another program."""

_NIX = re2.compile(rb"(?m)^#![ \t]*nix-shell[ \t][^\n]*-i[ \t]+([^\s]+)")

_VIM = re2.compile(
    rb"(?:(?:^|[ \t])(?:vi|[vV]im?(?:[<=>]?[0-9]+)?)|[ \t]ex):"
    rb"(?:.*?[ \t:])?(?:ft|filetype|syn|syntax)=([A-Za-z0-9_+#-]+)"
)
_EMACS = re2.compile(rb"-\*-[ \t]*(.*?)[ \t]*-\*-")
_EMACS_MODE = re2.compile(rb"(?i)(?:^|;)[ \t]*mode[ \t]*:[ \t]*([^\s;]+)")
_LOCAL_MODE = re2.compile(
    rb"(?i)\blocal variables:[^\n]*\n(?:[^\n]*\n){0,20}?\W*mode:[ \t]*([^\s;]+)"
)


def interpreters(content: bytes) -> tuple[str, ...]:
    """The programs the file is for, without folders, the likeliest first; none without a `#!` line.

    A shell that hands the file on to another program comes after that program.
    """
    if not content.startswith(b"#!"):
        return ()
    line, _, rest = content[: SHEBANG_BYTES + EXEC_BYTES].partition(b"\n")
    program = _program(line[2:SHEBANG_BYTES].decode("utf-8", "replace").split())
    pattern = _EXEC if program in SHELLS else _NIX if program == "nix-shell" else None
    handed = pattern.search(rest[:EXEC_BYTES]) if pattern else None
    inner = _base(handed[1].decode("utf-8", "replace")) if handed else ""
    return tuple(name for name in (inner, program) if name)


def _program(words: list[str]) -> str:
    """The program of a `#!` line's words; `env` and its options are looked through."""
    if not words or _base(words[0]) != "env":
        return _base(words[0]) if words else ""
    rest = iter(words[1:])
    for word in rest:
        if word in _ENV_TAKES_VALUE:
            next(rest, None)
        elif word.startswith("--split-string="):
            return _base(word.partition("=")[2])
        elif word.startswith("-S") and len(word) > len("-S"):
            return _base(word[len("-S") :])
        elif not word.startswith("-") and "=" not in word:
            return _base(word)
    return ""


def _base(program: str) -> str:
    return program.rpartition("/")[2]


def modeline(content: bytes) -> str:
    """The language a Vim or Emacs modeline names, in lower case; empty where there is none."""
    head, tail = content[:MODELINE_BYTES], content[-LOCAL_VARIABLES_BYTES:]
    if b":" not in head and b"-*-" not in head and b":" not in tail:
        return ""
    first = head.split(b"\n", MODELINE_LINES)[:MODELINE_LINES]
    last = tail[-MODELINE_BYTES:].rsplit(b"\n", MODELINE_LINES)[-MODELINE_LINES:]
    found = _emacs(first) or _vim(first) or _vim(last) or _local(tail)
    return found.decode("utf-8", "replace").lower()


def _emacs(lines: list[bytes]) -> bytes:
    """`-*- mode: python; coding: utf-8 -*-` and `-*- python -*-` name a mode."""
    for line in lines:
        if b"-*-" in line and (match := _EMACS.search(line)):
            inside = match[1]
            mode = _EMACS_MODE.search(inside)
            if mode:
                return bytes(mode[1])
            if inside and b":" not in inside:
                return bytes(inside)
    return b""


def _vim(lines: list[bytes]) -> bytes:
    """`vim: set ft=ruby :`, `vi:syntax=c`, `vim600: filetype=php`."""
    for line in lines:
        if b"=" in line and b":" in line and (match := _VIM.search(line)):
            return bytes(match[1])
    return b""


def _local(tail: bytes) -> bytes:
    """`mode:` in Emacs's block of local variables at the end of a file."""
    match = _LOCAL_MODE.search(tail) if b"ariables:" in tail else None
    return bytes(match[1]) if match else b""
