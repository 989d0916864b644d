"""tree-sitter grammars, loaded when first asked for.

A grammar's scanner is C that nothing can stop, and what a step of a parse costs is the grammar's.
Some that the packages offer are left out because short hostile text, one piece of it repeated,
makes them

* crash: Agda (40 kB of `'`), Markdown (20 kB of `>`), Typst (20 kB of `[`), YAML (20 kB of `- `);
* never return: COBOL (20 kB of `#if`), NetLinx (10 kB of `a:`);
* take a time quadratic or worse: Ada (`'a`), Assembly (`a:`), Astro (`{`), Gleam (`"`), Meson
  (`a.b.`), reStructuredText (`a(`), and the pack's own C# (`<a `: that of tree-sitter-languages is
  used);
* cost more than they tell: FIRRTL (`#` takes 17 seconds for a megabyte), which parses little of
  real files too, and Git Commit (likewise), which holds a few lines of prose.

The rest of what they offer is for no language of linguist's (as Beancount, FunC, Kconfig, PEM), a
part of another's (JSDoc, inline Markdown), or a second grammar for one (Arduino, SQLite,
Terraform). A dialect has the grammar of its language where that finds few errors in its files: not
SQL's procedural ones, nor Less.
"""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path
from typing import Any, cast

import tree_sitter
import tree_sitter_language_pack

from codemill.language_configs.languages import Languages


class Grammars:
    """The grammars of some languages. Holds native objects: make one per process, do not pickle.

    A grammar whose package is not installed is missing, not an error: tree-sitter-languages has no
    wheel for Python 3.13.
    """

    def __init__(self, languages: Languages) -> None:
        self._sources = {x.name: x.grammar for x in languages.languages if x.grammar}
        self._loaded: dict[tuple[str, str], tree_sitter.Language | None] = {}

    def language(self, name: str, path: str = "") -> tree_sitter.Language | None:
        """The grammar for files of language `name` called `path`; None where there is none."""
        source = self._sources.get(name)
        if source is None:
            return None
        return self._load(source.package, source.name_for(path))

    def missing(self) -> tuple[str, ...]:
        """The languages whose grammar is not installed, in code-point order. Loads them all."""
        return tuple(name for name in sorted(self._sources) if self.language(name) is None)

    def _load(self, package: str, grammar: str) -> tree_sitter.Language | None:
        key = (package, grammar)
        if key not in self._loaded:
            self._loaded[key] = _LOADERS[package](grammar)
        return self._loaded[key]


def load_grammars(languages: Languages) -> Grammars:
    """The grammars of `languages`; none is loaded before it is asked for."""
    return Grammars(languages)


def _from_pack(grammar: str) -> tree_sitter.Language | None:
    try:
        return tree_sitter_language_pack.get_language(cast("Any", grammar))
    except LookupError:
        return None


def _from_languages(grammar: str) -> tree_sitter.Language | None:
    """A grammar of tree-sitter-languages, whose own loader today's tree-sitter cannot use.

    Its shared library is opened without importing the package, and the function's pointer handed
    over in a capsule.
    """
    spec = importlib.util.find_spec("tree_sitter_languages")
    folders = spec.submodule_search_locations if spec else None
    library = Path(folders[0]) / "languages.so" if folders else None
    if library is None or not library.exists():
        return None
    function = getattr(ctypes.CDLL(str(library)), f"tree_sitter_{grammar}", None)
    if function is None:
        return None
    function.restype = ctypes.c_void_p
    new_capsule = ctypes.pythonapi.PyCapsule_New
    new_capsule.restype = ctypes.py_object
    new_capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return tree_sitter.Language(new_capsule(function(), b"tree_sitter.Language", None))


_LOADERS = {
    "tree_sitter_language_pack": _from_pack,
    "tree_sitter_languages": _from_languages,
}
