"""What paths say, as patterns: one table a kind, each pattern beside what it catches.

RE2, matched anywhere in the lower-cased path. `@` stands for the start of a folder or file name.
The notions are github-linguist's; the patterns are our own. Examples and demonstrations, which
linguist counts as documentation, are not: they are code.
"""

from __future__ import annotations

Patterns = tuple[tuple[str, str], ...]

VENDORED: Patterns = (
    ("@node_modules/", "npm's installed packages"),
    ("@bower_components/", "Bower's installed packages"),
    ("@(?:jspm_packages|web_modules)/", "JSPM's and Snowpack's installed packages"),
    (
        r"@\.yarn/(?:cache|releases|plugins|sdks|versions|unplugged)/",
        "Yarn's own program and packages",
    ),
    ("@_?vendor(?:s|ed)?/", "the folder that Go, Ruby, PHP and Rust put others' code in"),
    ("@vendored?[-_][a-z]+/|@[a-z]+[-_]vendor(?:ed)?/", "vendor_js, site-vendored"),
    ("@(?:third|3rd)[-_]?party/", "third_party, 3rdparty, third-party"),
    ("@extern(?:al)?s?/[^/]+/(?:src|include|lib|source)/", "a whole project under external/"),
    ("@deps/[^/]+/(?:src|include|lib|ebin|c_src)/", "a whole project under deps/"),
    (
        "@(?:contrib|deps|ext|extern|externals?|lib|libs|subprojects)/(?:boost|bzip2|c-ares|catch2|curl"
        "|eigen3?|expat|fmt|freetype2?|glew|glfw|glm|googletest|gtest|hiredis|imgui|jemalloc|jsoncpp"
        "|libev|libevent|libffi|libjpeg(?:-turbo)?|libpng|libuv|luajit|lz4|mbedtls|nlohmann|openssl"
        "|pcre2?|protobuf|pugixml|pybind11|rapidjson|sdl2?|snappy|spdlog|sqlite3?|tinyxml2?|uthash"
        "|yaml-cpp|zlib|zstd)(?:-[0-9][0-9.]*)?/",
        "well-known libraries copied in",
    ),
    (r"@_deps/[^/]+-src/|@vcpkg_installed/|@packagecache/", "what CMake, vcpkg and Meson fetched"),
    (r"@(?:godeps|\.bundle)/", "Go's packages before modules, Bundler's installed gems"),
    ("@(?:carthage/checkouts|pods)/", "Carthage's and CocoaPods' installed packages"),
    ("@(?:site|dist)-packages/", "installed Python packages"),
    (r"@\.?(?:venv|virtualenv)/(?:lib|bin|scripts|include)/", "a Python virtual environment"),
    (r"@env/lib/python[0-9.]*/", "the same by another name"),
    (r"@(?:ez_setup|distribute_setup|get-pip|get-poetry|versioneer)\.py$", "Python's bootstraps"),
    (r"@\.cargo/registry/|@gopath/pkg/mod/", "the caches of Cargo and Go"),
    (r"@[^/]+\.(?:xc)?framework/", "Apple's binary frameworks with their headers"),
    ("@wp-(?:admin|includes)/", "WordPress itself"),
    ("@(?:textmesh pro|standard assets)/", "Unity's own assets"),
    (r"@gradlew(?:\.bat)?$|@gradle/wrapper/", "Gradle's wrapper"),
    (r"@mvnw(?:\.cmd)?$|@\.mvn/wrapper/", "Maven's wrapper"),
    (r"@config\.(?:guess|sub)$", "autoconf's system names"),
    (r"@(?:ltmain\.sh|libtool\.m4|lt(?:options|sugar|version|~obsolete)\.m4)$", "libtool's files"),
    ("@(?:install-sh|depcomp|ar-lib|mkinstalldirs|py-compile|ylwrap)$", "automake's scripts"),
    ("@(?:missing|test-driver|mdate-sh|elisp-comp)$", "more of them"),
    (r"@ax_[a-z0-9_]+\.m4$|@gnulib(?:/|-)", "the Autoconf archive, gnulib"),
    (
        r"@(?:gettext|iconv|intlmacosx|lib-(?:ld|link|prefix)|nls|po|progtest)\.m4$|@config\.rpath$",
        "gettext's macros",
    ),
    (r"@texinfo\.tex$", "Texinfo's macros"),
    ("@waf$|@waflib/", "waf, a build tool that carries its own copy"),
    (r"@jquery(?:[-.]ui)?(?:-[0-9][\w.]*)?(?:\.(?:min|slim|core|custom))*\.(?:js|css)$", "jQuery"),
    (r"@jquery-[0-9]+\.[0-9]+[\w.-]*\.js$", "jQuery with its version in the name"),
    (
        r"@(?:angular|axios|backbone|bootstrap|chart|codemirror|cropper|d3|datatables|dojo|dropzone|ember"
        r"|fullcalendar|gsap|hammer|handlebars|highcharts|html5shiv|knockout|leaflet|lodash|modernizr"
        r"|moment|mootools|mustache|plotly|popper|prototype|raphael|react(?:-dom)?|require|respond"
        r"|select2|slick|socket\.io|summernote|swfobject|three|toastr|typeahead|underscore|video|vue"
        r"|yui|zepto)(?:[-.](?:[0-9][\w.]*))?(?:\.bundle)?\.min\.(?:js|css)$",
        "well-known scripts and styles as released",
    ),
    (
        r"@(?:angular|axios|backbone|bootstrap|chart|codemirror|cropper|d3|datatables|dojo|dropzone|ember"
        r"|fullcalendar|gsap|hammer|handlebars|highcharts|html5shiv|knockout|leaflet|lodash|modernizr"
        r"|moment|mootools|mustache|plotly|popper|prototype|raphael|react(?:-dom)?|require|respond"
        r"|select2|slick|socket\.io|summernote|swfobject|three|toastr|typeahead|underscore|video|vue"
        r"|yui|zepto)-[0-9]+\.[0-9][\w.]*\.(?:js|css)$",
        "the same with their version in the name",
    ),
    (
        r"@jquery[.-](?:color|cookie|datatables|easing|effects|fancybox|form|hotkeys|migrate|mousewheel"
        r"|placeholder|scrollto|timepicker|tmpl|ui|validate)(?:[.-][\w.-]*)?\.(?:js|css)$",
        "well-known plugins of jQuery",
    ),
    (
        r"@bootstrap(?:[-.](?:responsive|theme|grid|reboot|utilities|rtl|bundle))*\.(?:js|css)$",
        "Bootstrap as built",
    ),
    (
        r"@(?:modernizr|html5shiv|html5|respond|excanvas|swfobject|json2|es5-shim|css3-mediaqueries)"
        r"(?:[-.][\w.-]*)?\.js$",
        "scripts for old browsers, always copied",
    ),
    (r"@d3\.v[0-9]+\.js$", "D3 with its version in the name"),
    (r"@font-?awesome(?:[-.][\w.-]*)?\.(?:css|less|scss)$", "Font Awesome"),
    (r"@normalize\.css$", "normalize.css"),
    ("@(?:ckeditor|tiny_?mce)/", "editors that sites carry whole"),
    (r"@(?:mathjax|highlight\.pack)\.js$", "scripts that documentation tools copy in"),
    ("@(?:googletest|googlemock|gtest|gmock)/(?:src|include)/", "GoogleTest as copied"),
    (r"@catch(?:2|_amalgamated)?\.hpp$", "Catch, a test library in one header"),
    (r"@(?:doctest|miniz|stb_[a-z_]+|uthash|utlist)\.h$", "libraries in one header"),
    (r"@nlohmann/json\.hpp$|@(?:glad|glcorearb|glext|glxext|khrplatform|wglext)\.[ch]$", "others"),
    (r"@sqlite3(?:ext)?\.[ch]$", "SQLite in one file"),
    (r"@\.obsidian/|@\.vscode/extensions/", "an editor's installed plugins"),
)

GENERATED: Patterns = (
    (r"_pb2(?:_grpc)?\.pyi?$", "protobuf for Python"),
    (r"\.pb(?:\.gw|\.validate|_grpc)?\.go$|_grpc\.pb\.go$", "protobuf for Go"),
    (r"\.(?:grpc\.)?pb\.(?:h|cc|c|swift|dart|hpp|cpp)$", "protobuf for C++, Swift and Dart"),
    (r"_pb(?:_service)?\.(?:js|d\.ts|rb|ts)$|_(?:services_)?pb\.rb$", "protobuf for scripts"),
    (r"\.pbobjc\.[hm]$", "protobuf for Objective-C"),
    (
        r"\.(?:twirp|connect|pb\.micro)\.go$|_connect\.(?:js|ts)$|\.upb(?:defs)?\.[ch]$",
        "protobuf RPC",
    ),
    (
        r"_generated\.(?:h|rs|ts|dart|py|java|swift)$|\.capnp\.(?:c\+\+|h|go|rs)$",
        "FlatBuffers, Cap'n Proto",
    ),
    (r"outerclass\.java$|grpc\.cs$", "protobuf for Java and C#"),
    (r"@gen-(?:cpp|go|java|js|php|py|rb|csharp|javabean|nodejs)/", "Thrift"),
    (r"@zz_generated[\w.-]*\.go$|_generated\.go$", "Kubernetes' and other Go generators"),
    (r"(?:_gen|\.gen|_easyjson|_ffjson|_msgpack)\.go$", "Go's generators and marshallers"),
    (r"@(?:bindata(?:_assetfs)?|statik|rice-box|pkged)\.go$|@packrd/", "Go's embedded data"),
    (r"@mock_[\w-]+\.go$|_mock\.go$", "Go's mocks"),
    (r"\.(?:g|freezed|gr|mocks)\.dart$", "Dart's build_runner"),
    (r"\.(?:designer|g|g\.i|generated)\.(?:cs|vb)$", "Visual Studio's designers"),
    (r"@assemblyinfo\.(?:cs|vb|fs)$", "Visual Studio's assembly attributes"),
    (r"\.feature\.cs$|modelsnapshot\.cs$|@temporarygeneratedfile_", "SpecFlow, Entity Framework"),
    (r"@(?:obj|bin)/(?:debug|release)/", "what .NET built"),
    (r"\.(?:nib|xib|storyboard|xcworkspacedata|pbxproj|xcscheme)$", "Xcode"),
    (r"\.xcassets/(?:.*/)?contents\.json$", "Xcode's asset catalogues"),
    (r"\.[a-z0-9]+\.meta$|\.(?:png|svg|jpg|wav|ogg|ttf|glb|gltf)\.import$", "Unity and Godot"),
    (r"\.(?:js|css|mjs|cjs|ts)\.map$", "source maps"),
    (r"@r\.java$|@buildconfig\.java$", "Android's resource table"),
    (r"@moc_[^/]+\.cpp$|@ui_[^/]+\.h$|@qrc_[^/]+\.cpp$", "Qt"),
    (r"\.(?:tab|yy)\.(?:c|h|cc|cpp|hpp)$|@lex\.yy\.(?:c|cc)$", "bison and flex"),
    (r"@parsetab\.py$|@lextab\.py$|@parser\.out$|@y\.output$", "PLY, tables of yacc"),
    (r"(?:lexer|parser|listener|visitor)\.interp$|\.tokens$", "ANTLR"),
    (r"@__generated__/|@generated[-_]?(?:src|sources)?/", "folders that say so"),
    (r"\.generated\.[a-z0-9]+$|[-_.]autogenerated\.[a-z0-9]+$", "names that say so"),
    (r"\.gen\.[a-z0-9]+$", "and short ones"),
    (r"@configure$|@aclocal\.m4$|@makefile\.in$|@config\.h\.in$", "autotools' output"),
    (r"@config\.(?:log|status)$|@autom4te\.cache/|@\.deps/[^/]+\.[pt]l?o$", "and its records"),
    (
        r"@cmakefiles/|@cmakecache\.txt$|@cmake_install\.cmake$|@bazel-(?:bin|out|testlogs)/",
        "CMake, Bazel",
    ),
    (r"@artifacts/.*\.sol/[^/]+\.json$", "Hardhat"),
    (r"@\.(?:openapi-generator|swagger-codegen)/", "OpenAPI's generators"),
    (r"\.(?:cython|pyx)\.c$", "Cython"),
    (r"@__pycache__/|\.py[co]$", "Python's byte code"),
    (r"@_version\.py$", "versioneer and setuptools-scm"),
    (
        r"@\.(?:ipynb_checkpoints|mypy_cache|nox|pytest_cache|ruff_cache|tox)/|@htmlcov/",
        "Python's caches",
    ),
    (r"@target/(?:classes|debug|doc|generated-sources|release|test-classes)/", "Maven, sbt, Cargo"),
    (
        r"@build/(?:bdist|contracts|generated|intermediates|lib\.|outputs|reports|tmp)",
        "build/ by its content",
    ),
    (
        r"@(?:_build|dist-newstyle|nimcache|deriveddata|zig-cache|zig-out|elm-stuff)/"
        r"|@\.(?:stack-work|dart_tool|gradle|terraform|serverless)/|@cdk\.out/",
        "folders of build tools",
    ),
    (r"\.egg-info/|\.dist-info/(?:record|wheel|metadata)$", "Python packaging's records"),
    (r"@dist/[^/]+\.(?:js|css|mjs|cjs|d\.ts)$", "scripts built into dist/"),
    (
        r"@(?:_?dist|release)/(?:esm?[0-9]*|fesm?[0-9]*|cjs|umd|amd|system|module|browser|node|types"
        r"|typings|bundles|bundle|lib)/",
        "packages in dist/",
    ),
    (r"[.-]bundle\.(?:js|css)$|\.chunk\.(?:js|css)$|\.umd\.js$", "scripts bundled"),
    (r"[.-][0-9a-f]{8,40}(?:\.chunk|\.min)*\.(?:js|css)$", "assets with a digest in the name"),
    (
        r"@asset-manifest\.json$|@precache-manifest[^/]*\.js$|_bg\.js$|_bg\.wasm\.d\.ts$",
        "web builds",
    ),
    (
        r"@(?:\.next|\.nuxt|\.svelte-kit|\.docusaurus|\.angular|\.parcel-cache|\.turbo|\.output|\.vercel"
        r"|\.netlify|\.nyc_output|storybook-static)/",
        "web frameworks' output",
    ),
    (
        r"@(?:apidocs?|doxygen|javadoc|_site|gh-pages)/.*\.(?:html|js|css)$|@docs?/(?:html|_build|build)/"
        r"|@searchindex\.js$|@objects\.inv$|@_static/(?:basic|doctools|searchtools|language_data"
        r"|documentation_options|sphinx_highlight)\.|@(?:class|struct|namespace)\w+(?:-members)?\.html$",
        "Javadoc, Doxygen and Sphinx",
    ),
    (r"@coverage/(?:lcov-report/|lcov\.info$)", "coverage reports"),
    (r"@cassettes/[^/]+\.ya?ml$", "recorded HTTP"),
    (r"\.snap$", "test snapshots"),
)

LOCK: Patterns = (
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
    (r"@spago\.lock$", "PureScript"),
    (r"@module\.bazel\.lock$|@maven_install\.json$", "Bazel"),
    (r"@\.terraform\.lock\.hcl$|@chart\.lock$|@requirements\.lock$", "Terraform and Helm"),
    (r"@conan\.lock$|@vcpkg-lock\.json$", "C++ package managers"),
    (r"@pylock(?:\.[\w-]+)?\.toml$", "Python's own format, PEP 751"),
    (r"@brewfile\.lock\.json$|@(?:devbox|devenv|mise)\.lock$", "tools of a machine"),
    (r"@(?:nix|npins)/sources\.json$", "niv and npins"),
    (r"\.opam\.locked$|@(?:dune|esy)\.lock/", "OCaml"),
    (
        r"@lake-manifest\.json$|@qlfile\.lock$|@luarocks\.lock$|@wally\.lock$",
        "Lean, Lisp, Lua, Luau",
    ),
    (r"@(?:foundry|soldeer|buf|helmfile)\.lock$|@verification-metadata\.xml$", "others"),
)

DOCUMENTATION: Patterns = (
    ("@docs?(?:[-_][a-z]+)?/", "doc/, docs/, docs_topics/"),
    (
        "@(?:documentation|api-?docs?|javadocs?|groovydocs?|manuals?|man|wiki|rfcs?|adrs?|release-?notes|_posts)/",
        "folders of text for people",
    ),
    (r"@man[1-9ln]/|@[a-z_][\w+-]*\.[1-9][a-z]?$", "manual pages"),
    (r"@\.github/(?:issue|pull_request|discussion)_template", "forms of a forge"),
    ("@(?:examples?|samples?|demos?)/.*readme", "a README among examples"),
    (
        r"@(?:changelog|changes|history|news|authors|contributors|contributing|credits|thanks"
        r"|acknowledge?ments|install|todo|maintainers|security|support|code_of_conduct|releasing|release"
        r"|release[-_ ]?notes|whats[-_]?new|upgrading|migration|roadmap|architecture|hacking|faq"
        r"|governance|notice|copyright|patents|citation|bugs)"
        r"(?:[-_][\w-]+(?:\.[0-9][0-9.]*)?)?"
        r"(?:\.(?:md|markdown|rst|txt|adoc|org|rdoc|pod|textile|html|cff))?$"
        r"|@readme(?:[-_.]|$)",
        "files named for what they tell people",
    ),
    (
        r"@(?:un)?licen[cs]es?(?:[-_.][\w.-]+)?(?:\.(?:md|rst|txt))?$|@copying(?:\.[\w.]+)?$",
        "licences",
    ),
    (
        r"\.(?:md|markdown|mdx|rst|adoc|asciidoc|rdoc|texi|texinfo|pod|textile|mediawiki|creole|info|rd)$",
        "formats that are prose",
    ),
    (r"@mkdocs\.ya?ml$|@docusaurus\.config\.[jt]s$|@\.readthedocs\.ya?ml$", "how it is built"),
)

TEST: Patterns = (
    (
        "@(?:tests?|test-?suites?|test_suites?|unit-?tests?|self-?tests?|testing|__tests__|specs?|t)/",
        "test folders",
    ),
    (r"@tests?[-_][\w-]+/|@[\w.-]+[-_.]tests?/", "test_cmd/, load-tests/, Name.Tests/"),
    ("@src/(?:test|androidtest|integrationtest|testfixtures|jvmtest|commontest)/", "Maven, Gradle"),
    ("@(?:cypress|e2e|fuzz|fuzzers?|fuzzing)/", "browser tests and fuzzing"),
    (
        r"@(?:test|tst)[-_][^/]+\.[a-z]+$|@conftest\.py$",
        "pytest, testthat, and C tests named alike",
    ),
    (r"[-_](?:test|tests|spec|unittest)\.[a-z0-9]+$", "Go, C++, Ruby, Elixir, Dart, Lisps"),
    (r"[-.](?:test|tests|spec|e2e|cy)\.[cm]?[jt]sx?$", "Jest, Mocha, Jasmine, Cypress"),
    (r"@(?:tests?|spec_helper|test_helper|rails_helper)\.[a-z]+$", "single files of tests"),
    (r"\.(?:t|bats|feature|phpt|robot)$", "Perl, Bats, Cucumber, PHP, Robot Framework"),
)

FIXTURE: Patterns = (
    (
        "@(?:test[-_]?(?:assets|cases|data|files|fixtures|images|inputs?|resources|vectors?)|fixtures?"
        "|__(?:fixtures|mocks|snapshots|recordings)__|cassettes|golden[-_]?(?:files)?)/",
        "folders that say so",
    ),
    (
        "@(?:tests?|test-?suite|specs?|t|e2e|__tests__)/(?:.*/)?(?:assets|cases|data|expect(?:ed|ations?)"
        "|files|goldens?|inputs?|mocks?|outputs?|resources|samples?|snapshots?|stubs?)/",
        "data below a test folder",
    ),
    ("@src/(?:test|androidtest|integrationtest|testfixtures)/resources/", "Maven, Gradle"),
    (r"\.(?:golden|snap|approved|verified)(?:\.[a-z0-9]+)?$", "what an output is compared with"),
)

MINIFIED: Patterns = (
    (r"[-._]min(?:\.[0-9a-f]{6,40})?\.(?:js|css|mjs|cjs|html|svg)$", "names that say so"),
    (r"[-._](?:minified|compressed|packed)\.(?:js|css)$", "and in words"),
    (r"\.pack\.js$|\.bundle\.min\.", "packed scripts"),
)

TEST_NAMES: Patterns = (
    (
        r"[a-z0-9](?:Tests?|TestCase|IT)\.(?:java|kt|scala|groovy|cs|swift|php|mm?|fs|vb|cc|cpp|h|hpp|hs"
        r"|dart|jl|[jt]sx?)$",
        "xUnit",
    ),
    (
        r"[a-z0-9]Spec\.(?:scala|groovy|hs|kt|js|ts|php|swift|mm?)$",
        "ScalaTest, Spock, Hspec, Jasmine",
    ),
    (r"(?:^|/)\w*[a-z0-9](?:UI)?Tests?/", "Xcode's and Visual Studio's folders"),
)
"""Over the path as written: case tells `FooTest.java` from `latest.java`."""
