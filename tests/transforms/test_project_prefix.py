"""How many of a file's leading folders most of its repository is in."""

import random
import time

import pyarrow as pa
import pytest

from codemill.transforms.project_prefix import project_prefixes


def prefixes(*paths, regular=None):
    wanted = pa.array(regular if regular is not None else [True] * len(paths), pa.bool_())
    return project_prefixes(pa.array(paths, pa.string()), wanted).to_pylist()


def test_code_in_a_deep_folder_shares_it_and_an_example_shares_nothing():
    paths = [f"src/main/java/com/x/{name}.java" for name in "abc"]
    others = ["README.md", "examples/Try.java", "src/test/java/com/x/T.java"]
    assert prefixes(*paths, *others) == [5, 5, 5, 0, 0, 1]


def test_a_file_below_the_shared_folder_has_the_shared_folders_alone():
    assert prefixes("lib/a.py", "lib/deep/er/b.py", "c.py") == [1, 1, 0]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a/x", "b/y"], [1, 1]),  # half in each
        (["a/x", "b/y", "c/z"], [0, 0, 0]),
        (["a/x", "a/y", "b/x", "b/y"], [1, 1, 1, 1]),
        (["a/b/x", "a/c/y"], [2, 2]),
        (["ab/x", "a/x", "a/y"], [0, 1, 1]),  # the beginning of a name is no folder
        (["a/x"], [1]),
        (["x"], [0]),
        (["x", "y", "z/z"], [0, 0, 0]),
        (["a//x", "a//y"], [2, 2]),
        (["é/ü/x", "é/ü/y"], [2, 2]),
        ([""], [0]),
    ],
)
def test_what_half_of_the_files_share(paths, expected):
    assert prefixes(*paths) == expected


def test_only_regular_files_count_but_all_are_told():
    paths = ["a/x", "b/1", "b/2", "b/3"]
    assert prefixes(*paths, regular=[True, False, False, False]) == [1, 0, 0, 0]
    assert prefixes(*paths, regular=[False] * 4) == [0, 0, 0, 0]


def test_null_paths_count_for_nothing():
    assert prefixes("a/x", None, None) == [1, 0, 0]


def test_no_paths_and_slices():
    assert prefixes() == []
    path = pa.array(["z/1", "z/2", "a/x", "a/y", "q"])
    regular = pa.array([True] * 5)
    assert project_prefixes(path.slice(2), regular.slice(2)).to_pylist() == [1, 1, 0]
    assert project_prefixes(path, regular).type == pa.int32()


def by_counting(paths):
    def folders(path):
        return [path[:end] for end, letter in enumerate(path) if letter == "/"]

    def share(folder):
        return sum(path.startswith(folder + "/") for path in paths) / len(paths)

    return [
        max((n for n, f in enumerate(folders(p), 1) if share(f) >= 0.5), default=0) for p in paths
    ]


def test_it_is_what_counting_every_folder_gives():
    draw = random.Random(0)
    for _ in range(300):
        paths = [
            "/".join(draw.choice(["a", "a", "ab", "b"]) for _ in range(draw.randint(1, 5)))
            for _ in range(draw.randint(1, 9))
        ]
        assert prefixes(*paths) == by_counting(paths)


def test_order_does_not_matter():
    paths = ["a/b/x", "a/b/y", "a/z", "q", "a/b/c/w"]
    assert prefixes(*paths) == [2, 2, 1, 0, 2]
    assert prefixes(*paths[::-1]) == [2, 0, 1, 2, 2]


def test_the_deepest_paths_take_no_longer_than_their_bytes():
    paths = ["d/" * 2000 + str(number) for number in range(1000)]
    start = time.perf_counter()
    assert prefixes(*paths) == [2000] * 1000
    assert time.perf_counter() - start < 5
