"""What the paths of a repository tell of how it is kept: tests, documentation, CI, build files."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.columns import constant
from codemill.transforms.licences.licence_paths import is_licence_text
from codemill.transforms.schema import REPOSITORY_SIGNS

_SIGNS: dict[str, tuple[str, ...]] = {
    "readme": (r"^(?:docs?/|\.github/)?readme(?:[-_.][^/]*)?$",),
    "documentation": (
        r"^(?:docs?|documentation|manual|man|wiki|guides?|book)/",
        r"^(?:mkdocs\.ya?ml|\.readthedocs\.ya?ml|doxyfile(?:\.in)?|book\.toml)$",
    ),
    "ci": (
        r"^\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$",
        r"^\.(?:circleci|buildkite|semaphore|woodpecker|builds)/",
        r"^\.(?:gitlab-ci|travis|cirrus|drone|woodpecker|appveyor|build)\.ya?ml$",
        r"^(?:appveyor|azure-pipelines|bitbucket-pipelines|codefresh|wercker)\.ya?ml$",
        r"^jenkinsfile$",
    ),
    "manifest": (
        r"^(?:package|composer|elm|bower|deno|dub|vcpkg)\.jsonc?$|^dub\.sdl$|^pubspec\.ya?ml$|^shard\.yml$",
        r"^(?:pyproject|cargo|project|alire|fpm|gleam|xmake|foundry)\.toml$|^setup\.(?:py|cfg)$",
        r"^go\.mod$|^pom\.xml$|^(?:build|settings)\.gradle(?:\.kts)?$|^build\.(?:sbt|xml|zig|sc)$",
        r"^cmakelists\.txt$|^(?:gnu)?makefile(?:\.am)?$|^meson\.build$|^configure\.(?:ac|in)$",
        r"^(?:gemfile|rakefile|description|scons(?:truct)?|wscript)$|^[^/]+\.gemspec$|^mix\.exs$",
        r"^[^/]+\.(?:cabal|opam|nimble|rockspec|sln|csproj|fsproj|asd|agda-lib)$|^rebar\.config$",
        r"^package\.(?:swift|yaml)$|^dune-project$|^stack\.ya?ml$|^spago\.(?:dhall|ya?ml)$",
        r"^(?:project\.clj|deps\.edn)$|^(?:makefile|build)\.pl$|^dist\.ini$|^cpanfile$",
        r"^(?:build|module|workspace)(?:\.bazel)?$|^default\.nix$|^flake\.nix$|^_coqproject$",
    ),
}
"""RE2 over the lower-cased path below the repository's top folder."""


def repository_signs(
    path: pa.StringArray, *, regular: pa.BooleanArray, code: pa.BooleanArray, kinds: pa.RecordBatch
) -> pa.StructArray:
    """`schema.REPOSITORY_SIGNS` for each of `path`: the same for all, which are one repository's.

    `regular` says which are files that could be read, `code` which the name gives to a programming
    language, `kinds` are the columns of `schema.PATH_KIND`; none has nulls. Files that are
    vendored, generated, minified or fixtures are nobody's code here, and tests are code.

    Where all files lie in one folder, as in an archive, that folder counts for the repository's.
    """
    path = path.filter(regular)
    own = pc.and_(code, pc.invert(_any(kinds, "vendored", "generated", "minified", "fixture")))
    own = pc.and_(own, regular)
    below = pc.utf8_lower(_below_top(path))
    signs = {
        "num_code_files": pc.sum(own, min_count=0).as_py(),
        "num_test_files": pc.sum(pc.and_(own, kinds.column("test")), min_count=0).as_py(),
        "licence": _found(pc.and_(is_licence_text(path), _at_top(below))),
        **{name: _matches(below, patterns) for name, patterns in _SIGNS.items()},
    }
    return constant(signs, REPOSITORY_SIGNS, len(regular))


def _any(kinds: pa.RecordBatch, *names: str) -> pa.BooleanArray:
    found = kinds.column(names[0])
    for name in names[1:]:
        found = pc.or_(found, kinds.column(name))
    return found


def _below_top(path: pa.StringArray) -> pa.StringArray:
    """Paths without their first folder, where that is the same for all."""
    if not len(path):
        return path
    first = path[0].as_py().partition("/")[0] + "/"
    shared = pc.all(pc.starts_with(path, first)).as_py()
    return pc.utf8_slice_codeunits(path, len(first)) if shared else path


def _at_top(path: pa.StringArray) -> pa.BooleanArray:
    return pc.invert(pc.match_substring(path, "/"))


def _matches(path: pa.StringArray, patterns: tuple[str, ...]) -> bool:
    return _found(pc.match_substring_regex(path, "|".join(patterns)))


def _found(matched: pa.BooleanArray) -> bool:
    return bool(pc.any(matched, min_count=0).as_py())
