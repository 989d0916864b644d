import pyarrow as pa
import pytest

from codemill.transforms.paths import path_kinds
from codemill.transforms.schema import PATH_KIND, arrow_schema

KINDS = {
    "src/main.c": set(),
    "latest.java": set(),
    "contest.py": set(),
    "src/vendoring.py": set(),
    "lib/distance/a.js": set(),
    "debian/dist/control": set(),
    "docker/Dockerfile": set(),
    "src/protest/a.py": set(),
    "src/minimal.js": set(),
    "lockfile.py": set(),
    "d3.js": set(),
    "external/README": {"documentation"},
    "vendor/github.com/x/y.go": {"vendored"},
    "a/node_modules/b/c.js": {"vendored"},
    "third_party/zlib/inflate.c": {"vendored"},
    "3rdparty/x.c": {"vendored"},
    "static/jquery-3.6.0.min.js": {"vendored", "minified"},
    "public/bootstrap.min.css": {"vendored", "minified"},
    "config.guess": {"vendored"},
    "sqlite3.c": {"vendored"},
    "api/foo_pb2.py": {"generated"},
    "api/foo.pb.go": {"generated"},
    "app/foo.g.dart": {"generated"},
    "dist/bundle.js": {"generated"},
    "a.min.js.map": {"generated"},
    "package-lock.json": {"lock"},
    "sub/Cargo.lock": {"lock"},
    "go.sum": {"lock"},
    "yarn.lock": {"lock"},
    "docs/conf.py": {"documentation"},
    "README.md": {"documentation"},
    "LICENSE": {"documentation"},
    "changes.rst": {"documentation"},
    "tests/a.py": {"test"},
    "pkg/a_test.go": {"test"},
    "src/test/java/A.java": {"test"},
    "src/FooTest.java": {"test"},
    "web/a.spec.ts": {"test"},
    "test_a.py": {"test"},
    "t/basic.t": {"test"},
    "app.min.js": {"minified"},
    "app.min.0f3a9c1d.css": {"minified", "generated"},
    "lib/zlib-1.2.11/inflate.c": {"vendored"},
    "lib/zlibrary/a.c": set(),
    "build/_deps/fmt-src/include/fmt/core.h": {"vendored"},
    "m4/ax_cxx_compile_stdcxx.m4": {"vendored"},
    "js/jquery.validate.js": {"vendored"},
    "js/jquery.mine.js": set(),
    "css/bootstrap-theme.css": {"vendored"},
    "css/bootstrap-mine.css": set(),
    "ios/A.xcframework/Headers/a.h": {"vendored"},
    "versioneer.py": {"vendored"},
    "pkg/_version.py": {"generated"},
    "pkg/version.py": set(),
    "dist/esm5/internal/a.js": {"generated"},
    "build/contracts/Token.json": {"generated"},
    "build/contract.py": set(),
    "artifacts/contracts/A.sol/A.json": {"generated"},
    "public/main.8f3d2a1b.chunk.js": {"generated"},
    "src/a.gen.ts": {"generated"},
    "Assets/a.cs.meta": {"generated"},
    "obj/Debug/a.cs": {"generated"},
    "target/release/a.d": {"generated"},
    "src/target/release.rs": set(),
    "docs/html/index.html": {"documentation", "generated"},
    "pylock.dev.toml": {"lock"},
    "lake-manifest.json": {"lock"},
    "a.opam.locked": {"lock"},
    "man/man3/a.3pm": {"documentation"},
    "src/tool.1": {"documentation"},
    "libfoo.so.1": set(),
    "docs_topics/a.html": {"documentation"},
    "RELEASE-NOTES-3.4.txt": {"documentation"},
    "examples/a.py": set(),
    "src/history.py": set(),
    "src/security_utils.py": set(),
    "README.de": {"documentation"},
    "readmeter.py": set(),
    "tests/fixtures/a.json": {"test", "fixture"},
    "tests/x/data/b.bin": {"test", "fixture"},
    "src/data/b.py": set(),
    "src/test/resources/a.xml": {"test", "fixture"},
    "testdata/a.go": {"test", "fixture"},
    "pkg/__snapshots__/a.snap": {"test", "fixture", "generated"},
    "out/a.golden": {"test", "fixture"},
    "My.Project.Tests/A.cs": {"test"},
    "AppUITests/A.swift": {"test"},
    "Latests/A.swift": set(),
    "contests/a.py": set(),
    "tests/testthat/test-a.R": {"test"},
    "src/FooTest.cpp": {"test"},
    None: set(),
}


@pytest.mark.parametrize(("path", "expected"), KINDS.items())
def test_a_path_is_of_the_kinds_it_says(path, expected):
    row = path_kinds(pa.array([path], pa.string())).to_pylist()[0]
    assert {kind for kind, held in row.items() if held} == expected


def test_the_columns_are_those_of_the_schema_without_nulls():
    found = path_kinds(pa.array([*KINDS], pa.string()))
    assert found.schema == arrow_schema(PATH_KIND)
    assert [column.null_count for column in found.columns] == [0] * 7


def test_slices_and_empty_columns_are_taken():
    column = pa.array(["a.c", "go.sum", "b.c"])
    assert path_kinds(column.slice(1, 1))["lock"].to_pylist() == [True]
    assert path_kinds(column.slice(0, 0)).num_rows == 0
