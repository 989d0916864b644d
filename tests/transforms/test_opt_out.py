"""Opt-out entries: whom each kind names, and whom it does not."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest

from codemill.pipeline.opt_out import parse_line
from codemill.transforms.opt_out import OptOut

PHYSICS = "github.com/Ada/Physics"
BLOB = "0123456789abcdef0123456789abcdef01234567"


def kinds(lines, *places):
    """Kind of the entry that names each (repository, path, blob id), or None."""
    opt_out = pickle.loads(pickle.dumps(OptOut([parse_line(line) for line in lines])))
    columns = (pa.array(list(column), pa.string()) for column in zip(*places, strict=True))
    numbers = opt_out.match(*columns).to_pylist()
    return [None if n is None else opt_out.entries[n].kind for n in numbers]


def taken(line, path, repository=PHYSICS):
    return kinds([line], (repository, path, "f" * 40)) != [None]


@pytest.mark.parametrize(
    ("line", "repository", "expected"),
    [
        ("owner:github.com/ada", "github.com/ada/physics", True),
        ("owner:GitHub.com/ADA", "github.com/Ada/physics", True),
        ("github.com/ada/*", "github.com/ada/physics", True),
        ("github.com/ada", "github.com/ada/physics", True),
        ("https://github.com/ada", "github.com/ada/physics", True),
        ("owner:gitlab.com/group", "gitlab.com/group/sub/repo", True),
        ("owner:github.com/ada", "github.com/adalbert/physics", False),
        ("owner:github.com/ada", "gitlab.com/ada/physics", False),
        ("owner:ada", "ada/physics", True),
        ("github.com/ada/physics", "github.com/Ada/Physics", True),
        ("https://user@github.com/ada/physics.git", "github.com/ada/physics", True),
        ("git@github.com:ada/physics.git", "github.com/ada/physics", True),
        ("github.com/ada/physics", "github.com/ada/physics2", False),
        ("github.com/ada/physics", "mirror/github.com/ada/physics", False),
        ("physics", "physics", True),
        ("physics", "physics/of/others", False),
        ("released-1.0.tar.gz", "released-1.0.tar.gz", True),
    ],
)
def test_owners_and_repositories_in_any_case(line, repository, expected):
    assert taken(line, "a.py", repository) == expected
    assert (OptOut([parse_line(line)]).of_repository(repository) is not None) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "src/a.pyc", False),
        ("src/a.py", "lib/src/a.py", False),
        ("/src/a.py", "src/a.py", True),
        ("src", "src/deep/a.py", True),
        ("src/", "src/deep/a.py", True),
        ("src/", "src", False),
        ("src/", "src2/a.py", False),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**", "src/deep/a.py", True),
        ("**/test_*.py", "test_a.py", True),
        ("**/test_*.py", "src/deep/test_a.py", True),
        ("**/test_*.py", "src/contest_a.py", False),
        ("a?.py", "ab.py", True),
        ("a?.py", "a/.py", False),
        ("[id].tsx", "[id].tsx", True),
        ("[id].tsx", "i.tsx", False),
        ("a.py", "A.py", False),
        ("naïve/*", "naïve/x y.py", True),
    ],
)
def test_paths_by_glob_in_their_own_case(pattern, path, expected):
    assert taken(f"{PHYSICS}:{pattern}", path) == expected
    assert not taken(f"{PHYSICS}:{pattern}", path, "github.com/ada/other")


@pytest.mark.parametrize("line", [BLOB, BLOB.upper(), f"swh:1:cnt:{BLOB}", f"swh:1:cnt:{BLOB};a=b"])
def test_a_content_id_names_every_copy(line):
    places = [("a", "x", BLOB), ("b/c", "y", BLOB), ("b/c", "y", "0" * 40), ("b", None, None)]
    assert kinds([line], *places) == ["content", "content", None, None]


def test_of_several_entries_the_broadest_counts_and_a_source_without_files_goes_by_its_name():
    lines = [BLOB, f"{PHYSICS}:a.py", PHYSICS, "owner:github.com/ada"]
    assert kinds(lines, (PHYSICS, "a.py", BLOB), ("x", "a.py", BLOB)) == ["owner", "content"]
    assert kinds(lines[:3], (PHYSICS, None, None)) == ["repository"]
    assert kinds(lines[:2], (PHYSICS, "a.py", BLOB), (PHYSICS, None, None)) == ["path", None]


def test_no_entries_and_no_rows_name_nothing():
    assert kinds([], ("a", "b", BLOB)) == [None]
    empty = pa.array([], pa.string())
    assert OptOut([parse_line(PHYSICS)]).match(empty, empty, empty).to_pylist() == []


def test_what_is_named_does_not_depend_on_how_rows_are_batched():
    opt_out = OptOut([parse_line(f"{PHYSICS}:*.py"), parse_line(BLOB), parse_line("owner:b")])
    names = pa.array([PHYSICS, "b/c", PHYSICS, "d"] * 3)
    paths = pa.array(["a.py", "a.py", "a.c", "a.py"] * 3)
    blobs = pa.array(["0" * 40, "0" * 40, "0" * 40, BLOB] * 3)
    whole = opt_out.match(names, paths, blobs).to_pylist()
    one_by_one = [
        opt_out.match(*(column.slice(row, 1) for column in (names, paths, blobs)))[0].as_py()
        for row in range(12)
    ]
    assert whole == one_by_one == [1, 0, None, 2] * 3


def test_a_name_of_a_million_folders_takes_no_time():
    names = pa.array(["a/" * 1_000_000, "b/c/" + "d/" * 1_000_000])
    opt_out = OptOut([parse_line("owner:b/c"), parse_line("a/x"), parse_line("e")])
    nothing = pa.nulls(2, pa.string())
    assert opt_out.match(names, nothing, nothing).to_pylist() == [None, 0]
