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
    None: set(),
}


@pytest.mark.parametrize(("path", "expected"), KINDS.items())
def test_a_path_is_of_the_kinds_it_says(path, expected):
    row = path_kinds(pa.array([path], pa.string())).to_pylist()[0]
    assert {kind for kind, held in row.items() if held} == expected


def test_the_columns_are_those_of_the_schema_without_nulls():
    found = path_kinds(pa.array([*KINDS], pa.string()))
    assert found.schema == arrow_schema(PATH_KIND)
    assert [column.null_count for column in found.columns] == [0] * 6


def test_slices_and_empty_columns_are_taken():
    column = pa.array(["a.c", "go.sum", "b.c"])
    assert path_kinds(column.slice(1, 1))["lock"].to_pylist() == [True]
    assert path_kinds(column.slice(0, 0)).num_rows == 0
