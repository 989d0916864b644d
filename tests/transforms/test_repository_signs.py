"""What the paths of a repository tell of it."""

import pyarrow as pa
import pytest

from codemill.transforms.paths import path_kinds
from codemill.transforms.repository_signs import repository_signs

NOTHING = {
    "num_code_files": 0,
    "num_test_files": 0,
    "readme": False,
    "documentation": False,
    "licence": False,
    "ci": False,
    "manifest": False,
}


def signs(*paths, irregular=()):
    column = pa.array(paths, pa.string())
    regular = pa.array([path not in irregular for path in paths], pa.bool_())
    code = pa.array([path.endswith((".py", ".c", ".js")) for path in paths], pa.bool_())
    found = repository_signs(column, regular=regular, code=code, kinds=path_kinds(column))
    assert len(found) == len(paths)
    assert len(set(map(str, found.to_pylist()))) == min(1, len(paths))
    return found[0].as_py()


def test_a_project_written_out():
    paths = ["README.md", "LICENSE", "pyproject.toml", "docs/index.rst", ".github/workflows/ci.yml"]
    code = ["src/a.py", "src/b.py", "tests/test_a.py", "tests/data/odd.py", "vendor/x/y.py"]
    assert signs(*paths, *code) == {
        "num_code_files": 3,
        "num_test_files": 1,
        "readme": True,
        "documentation": True,
        "licence": True,
        "ci": True,
        "manifest": True,
    }


def test_a_lone_file_tells_nothing():
    assert signs("notes.txt") == NOTHING


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("readme", "readme"),
        ("docs/README.rst", "readme"),
        ("Documentation/x.txt", "documentation"),
        ("mkdocs.yml", "documentation"),
        ("COPYING", "licence"),
        (".gitlab-ci.yml", "ci"),
        (".circleci/config.yml", "ci"),
        ("Jenkinsfile", "ci"),
        ("Cargo.toml", "manifest"),
        ("go.mod", "manifest"),
        ("CMakeLists.txt", "manifest"),
        ("x.cabal", "manifest"),
        ("build.gradle.kts", "manifest"),
    ],
)
def test_a_sign_is_told_by_a_path_at_the_top(path, sign):
    assert signs(path, "other/b.txt")[sign]
    assert not signs(f"deep/{path}", "other/b.txt")[sign]


def test_the_only_folder_of_an_archive_counts_for_the_repository():
    assert signs("pkg-1.0/README", "pkg-1.0/LICENSE")["readme"]


def test_what_is_no_regular_file_does_not_count():
    assert signs("README", "a.py", irregular=("README", "a.py")) == NOTHING


def test_files_that_are_nobodys_code_here_do_not_count():
    assert signs("a.min.js", "b_pb2.py", "node_modules/x/c.js")["num_code_files"] == 0


def test_a_repository_without_files_has_no_rows():
    none = pa.array([], pa.string())
    empty = pa.array([], pa.bool_())
    found = repository_signs(none, regular=empty, code=empty, kinds=path_kinds(none))
    assert found.to_pylist() == []
