"""What a path alone says of a file: vendored, generated, lock file, documentation, test, minified.

The notions are github-linguist's. Every pattern is RE2, is matched anywhere in the lower-cased path
and stands beside what it catches. `@` stands for the start of a folder or file name. A path
may be of several kinds. Content is not looked at: a generated file under a plain name is found by
its head, not here.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.schema import PATH_KIND, arrow_schema

_START = r"(?:^|/)"
_Patterns = tuple[tuple[str, str], ...]

_VENDORED = (
    ("@node_modules/", "npm's installed packages"),
    ("@bower_components/", "Bower's installed packages"),
    ("@(?:jspm_packages|web_modules)/", "JSPM's and Snowpack's installed packages"),
    (r"@\.yarn/(?:releases|plugins|sdks|versions|unplugged)/", "Yarn's own program and packages"),
    ("@_?vendor(?:s|ed)?/", "the folder that Go, Ruby, PHP and Rust put others' code in"),
    ("@(?:third|3rd)[-_]?party/", "third_party, 3rdparty, third-party"),
    ("@extern(?:al)?s?/[^/]+/(?:src|include|lib|source)/", "a whole project under external/"),
    ("@deps/[^/]+/(?:src|include|lib|ebin|c_src)/", "a whole project under deps/"),
    (r"@(?:godeps|\.bundle)/", "Go's packages before modules, Bundler's installed gems"),
    ("@(?:carthage/checkouts|pods)/", "Carthage's and CocoaPods' installed packages"),
    ("@(?:site|dist)-packages/", "installed Python packages"),
    (r"@\.?(?:venv|virtualenv)/(?:lib|bin|scripts|include)/", "a Python virtual environment"),
    (r"@gradlew(?:\.bat)?$|@gradle/wrapper/", "Gradle's wrapper"),
    (r"@mvnw(?:\.cmd)?$|@\.mvn/wrapper/", "Maven's wrapper"),
    (r"@config\.(?:guess|sub)$", "autoconf's system names"),
    (r"@(?:ltmain\.sh|libtool\.m4|lt(?:options|sugar|version|~obsolete)\.m4)$", "libtool's files"),
    ("@(?:install-sh|depcomp|ar-lib|mkinstalldirs|py-compile|ylwrap)$", "automake's scripts"),
    (r"@texinfo\.tex$", "Texinfo's macros"),
    ("@waf$", "waf, a build tool that carries its own copy"),
    (r"@jquery(?:[-.]ui)?(?:-[0-9][\w.]*)?(?:\.(?:min|slim|core|custom))*\.(?:js|css)$", "jQuery"),
    (r"@jquery-[0-9]+\.[0-9]+[\w.-]*\.js$", "jQuery with its version in the name"),
    (
        r"@(?:angular|backbone|bootstrap|d3|ember|knockout|lodash|modernizr|moment|mootools|prototype"
        r"|raphael|react|three|underscore|vue)(?:[-.](?:[0-9][\w.]*))?(?:\.bundle)?\.min\.(?:js|css)$",
        "well-known scripts and styles as released",
    ),
    (
        r"@(?:angular|backbone|bootstrap|d3|ember|knockout|lodash|modernizr|moment|mootools|prototype"
        r"|raphael|react|three|underscore|vue)-[0-9]+\.[0-9][\w.]*\.(?:js|css)$",
        "the same with their version in the name",
    ),
    (r"@font-?awesome(?:[-.][\w.-]*)?\.(?:css|less|scss)$", "Font Awesome"),
    (r"@normalize\.css$", "normalize.css"),
    ("@(?:ckeditor|tiny_?mce)/", "editors that sites carry whole"),
    (r"@(?:mathjax|highlight\.pack)\.js$", "scripts that documentation tools copy in"),
    ("@(?:googletest|googlemock|gtest|gmock)/(?:src|include)/", "GoogleTest as copied"),
    (r"@catch(?:2|_amalgamated)?\.hpp$", "Catch, a test library in one header"),
    (r"@(?:doctest|miniz|stb_[a-z_]+|uthash|utlist)\.h$", "libraries in one header"),
    (r"@sqlite3(?:ext)?\.[ch]$", "SQLite in one file"),
    (r"@\.obsidian/|@\.vscode/extensions/", "an editor's installed plugins"),
)

_GENERATED = (
    (r"_pb2(?:_grpc)?\.pyi?$", "protobuf for Python"),
    (r"\.pb(?:\.gw|\.validate|_grpc)?\.go$|_grpc\.pb\.go$", "protobuf for Go"),
    (r"\.(?:grpc\.)?pb\.(?:h|cc|c|swift|dart|hpp|cpp)$", "protobuf for C++, Swift and Dart"),
    (r"_pb(?:_service)?\.(?:js|d\.ts|rb|ts)$|_(?:services_)?pb\.rb$", "protobuf for scripts"),
    (r"\.pbobjc\.[hm]$", "protobuf for Objective-C"),
    (r"outerclass\.java$|grpc\.cs$", "protobuf for Java and C#"),
    (r"@gen-(?:cpp|go|java|js|php|py|rb|csharp|javabean|nodejs)/", "Thrift"),
    (r"@zz_generated[\w.-]*\.go$|_generated\.go$", "Kubernetes' and other Go generators"),
    (r"(?:_gen|\.gen|_easyjson|_ffjson|_msgpack)\.go$", "Go's generators and marshallers"),
    (r"@bindata\.go$|@mock_[\w-]+\.go$|_mock\.go$", "Go's embedded data and mocks"),
    (r"\.(?:g|freezed|gr|mocks)\.dart$", "Dart's build_runner"),
    (r"\.(?:designer|g|g\.i|generated)\.(?:cs|vb)$", "Visual Studio's designers"),
    (r"@assemblyinfo\.(?:cs|vb|fs)$", "Visual Studio's assembly attributes"),
    (r"\.(?:nib|xib|storyboard|xcworkspacedata|pbxproj|xcscheme)$", "Xcode"),
    (r"\.(?:js|css|mjs|cjs|ts)\.map$", "source maps"),
    (r"@r\.java$|@buildconfig\.java$", "Android's resource table"),
    (r"@moc_[^/]+\.cpp$|@ui_[^/]+\.h$|@qrc_[^/]+\.cpp$", "Qt"),
    (r"\.(?:tab|yy)\.(?:c|h|cc|cpp|hpp)$|@lex\.yy\.(?:c|cc)$", "bison and flex"),
    (r"@parsetab\.py$|@lextab\.py$", "PLY"),
    (r"(?:lexer|parser|listener|visitor)\.interp$|\.tokens$", "ANTLR"),
    (r"@__generated__/|@generated[-_]?(?:src|sources)?/", "folders that say so"),
    (r"\.generated\.[a-z0-9]+$|[-_.]autogenerated\.[a-z0-9]+$", "names that say so"),
    (r"@configure$|@aclocal\.m4$|@makefile\.in$|@config\.h\.in$", "autotools' output"),
    (r"\.(?:cython|pyx)\.c$", "Cython"),
    (r"@__pycache__/|\.py[co]$", "Python's byte code"),
    (r"\.egg-info/|\.dist-info/(?:record|wheel|metadata)$", "Python packaging's records"),
    (r"@dist/[^/]+\.(?:js|css|mjs|cjs|d\.ts)$", "scripts built into dist/"),
    (r"@dist/(?:esm|cjs|umd|amd|es[0-9]*|module|browser|types|bundles|lib)/", "packages in dist/"),
    (r"@(?:\.next|\.nuxt|\.svelte-kit|\.docusaurus|storybook-static)/", "web frameworks' output"),
    (r"@coverage/(?:lcov-report/|lcov\.info$)", "coverage reports"),
    (r"@cassettes/[^/]+\.ya?ml$", "recorded HTTP"),
    (r"\.snap$", "test snapshots"),
)

_LOCK = (
    (r"@package-lock\.json$|@npm-shrinkwrap\.json$", "npm"),
    (r"@yarn\.lock$|@\.pnp\.[cm]?js$|@\.pnp\.loader\.mjs$", "Yarn"),
    (r"@pnpm-lock\.ya?ml$", "pnpm"),
    (r"@bun\.lockb?$|@deno\.lock$", "Bun and Deno"),
    (r"@cargo\.lock$|@cargo-bazel-lock\.json$", "Cargo"),
    (r"@go\.(?:work\.)?sum$|@gopkg\.lock$|@glide\.lock$", "Go"),
    (r"@gemfile\.lock$|@gems\.locked$", "Bundler"),
    (r"@composer\.lock$|@symfony\.lock$", "Composer"),
    (r"@poetry\.lock$|@pipfile\.lock$|@pdm\.lock$|@uv\.lock$|@pixi\.lock$", "Python"),
    (r"@conda-lock\.ya?ml$", "Conda"),
    (r"@podfile\.lock$|@cartfile\.resolved$|@package\.resolved$", "Apple's package managers"),
    (r"@pubspec\.lock$", "Dart"),
    (r"@mix\.lock$|@rebar\.lock$", "Elixir and Erlang"),
    (r"@packages\.lock\.json$|@paket\.lock$|@project\.assets\.json$", "NuGet"),
    (r"@gradle\.lockfile$|@buildscript-gradle\.lockfile$", "Gradle"),
    (r"@flake\.lock$", "Nix"),
    (r"@shard\.lock$", "Crystal"),
    (r"@(?:stack|cabal\.project)\.(?:yaml\.lock|freeze)$", "Haskell"),
    (r"@renv\.lock$|@packrat\.lock$", "R"),
    (r"@(?:julia)?manifest\.toml$", "Julia"),
    (r"@elm-stuff/|@spago\.lock$", "Elm and PureScript"),
    (r"@module\.bazel\.lock$|@maven_install\.json$", "Bazel"),
    (r"@\.terraform\.lock\.hcl$|@chart\.lock$|@requirements\.lock$", "Terraform and Helm"),
    (r"@conan\.lock$|@vcpkg-lock\.json$", "C++ package managers"),
)

_DOCUMENTATION = (
    ("@docs?/", "doc/ and docs/"),
    ("@(?:documentation|javadoc|manual|man)/", "documentation/, javadoc/, manual/, man/"),
    ("@(?:examples?|samples?|demos?)/.*readme", "a README among examples"),
    (
        r"@(?:readme|changelog|changes|history|news|authors|contributors|contributing|credits|thanks"
        r"|install|todo|maintainers|security|code_of_conduct|releasing|upgrading|faq|governance)"
        r"(?:[-_.][\w-]+)?(?:\.(?:md|markdown|rst|txt|adoc|org|rdoc|pod|textile|html))?$",
        "files named for what they tell people",
    ),
    (
        r"@(?:un)?licen[cs]es?(?:[-_.][\w.-]+)?(?:\.(?:md|rst|txt))?$|@copying(?:\.[\w.]+)?$",
        "licences",
    ),
    (r"\.(?:md|markdown|mdx|rst|adoc|asciidoc|rdoc|texi|texinfo|pod)$", "formats that are prose"),
)

_TEST = (
    ("@(?:tests?|testsuite|test-suite|unittests?|__tests__|specs?|t)/", "test folders"),
    ("@(?:integration|functional|acceptance|e2e|unit|regression|smoke)[-_]?tests?/", "their kinds"),
    ("@src/(?:test|androidtest|integrationtest|testfixtures|jvmtest|commontest)/", "Maven, Gradle"),
    ("@(?:testdata|test[-_]data|fixtures?|__fixtures__|__mocks__|__snapshots__)/", "their data"),
    ("@(?:cypress|e2e)/", "browser tests"),
    (r"@test_[^/]+\.[a-z]+$|@conftest\.py$", "pytest, and C tests named alike"),
    (r"_(?:test|tests|spec|unittest)\.[a-z0-9]+$", "Go, C++, Ruby, Elixir, Dart"),
    (r"[-.](?:test|tests|spec|e2e|cy)\.[cm]?[jt]sx?$", "Jest, Mocha, Jasmine, Cypress"),
    (r"@(?:tests?|spec_helper|test_helper|rails_helper)\.[a-z]+$", "single files of tests"),
    (r"\.(?:t|bats|feature|snap)$", "Perl, Bats, Cucumber, snapshots"),
)

_MINIFIED = (
    (r"[-.]min\.(?:js|css|mjs|cjs|html)$", "names that say so"),
    (r"\.pack(?:ed)?\.js$|\.bundle\.min\.", "packed scripts"),
)

_TEST_NAMES = (
    (r"[a-z0-9](?:Tests?|TestCase|IT)\.(?:java|kt|scala|groovy|cs|swift|php|m|fs|vb)$", "xUnit"),
    (r"[a-z0-9]Spec\.(?:scala|groovy|hs|kt|js|ts|php)$", "ScalaTest, Spock, Hspec, Jasmine"),
)
"""Over the path as written: case tells `FooTest.java` from `latest.java`."""


_KINDS: dict[str, _Patterns] = {
    "vendored": _VENDORED,
    "generated": _GENERATED,
    "lock": _LOCK,
    "documentation": _DOCUMENTATION,
    "test": _TEST,
    "minified": _MINIFIED,
}


def path_kinds(path: pa.Array) -> pa.RecordBatch:
    """The boolean columns of `PATH_KIND` for each of `path` (string); no nulls, also for a null."""
    low = pc.utf8_lower(path)
    kinds = {name: _matches(low, patterns) for name, patterns in _KINDS.items()}
    kinds["test"] = pc.or_(kinds["test"], _matches(path, _TEST_NAMES))
    columns = [kinds[column.name] for column in PATH_KIND]
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema(PATH_KIND))


def _matches(path: pa.Array, patterns: _Patterns) -> pa.BooleanArray:
    """Whether one of `patterns` is in the path: one RE2 pass for all of them."""
    joined = "|".join(f"(?:{pattern.replace('@', _START)})" for pattern, _ in patterns)
    found = pc.match_substring_regex(path, joined)
    return pc.fill_null(found, fill_value=False)
