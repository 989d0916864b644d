import itertools

import numpy as np
import pyarrow as pa
import pytest

from codemill.pipeline.licensing import load_licence_classes
from codemill.transforms.dedup.ranking import CRITERIA, KEEP_POLICY, RANK_BITS, KeepRank

DAY = 86_400
FIRST_DAY = 1_104_537_600
"""2005-01-01T00:00:00Z."""

FILE = {
    "split": "train",
    "licence": "MIT",
    "stars": 100,
    "forks": 10,
    "vendored": False,
    "fork": False,
    "project_prefix": 2,
    "committed_at": FIRST_DAY + 100 * DAY,
    "generated": False,
    "test": False,
    "path": "src/a.py",
    "learning_value": 0.5,
}
TYPES = pa.schema(
    {
        "split": pa.string(),
        "licence": pa.string(),
        "stars": pa.int64(),
        "forks": pa.int64(),
        "vendored": pa.bool_(),
        "fork": pa.bool_(),
        "project_prefix": pa.int32(),
        "committed_at": pa.int64(),
        "generated": pa.bool_(),
        "test": pa.bool_(),
        "path": pa.string(),
        "learning_value": pa.float64(),
    }
)


def files(*changes):
    return pa.RecordBatch.from_pylist([FILE | change for change in changes], schema=TYPES)


def ranks(batch, policy=KEEP_POLICY):
    return KeepRank(tuple(policy), load_licence_classes())(batch).tolist()


BETTER_AND_WORSE = {
    "split": [({}, {"split": "validation"}), ({}, {"split": None})],
    "licence": [
        ({}, {"licence": "MPL-2.0"}),
        ({"licence": "MPL-2.0"}, {"licence": "GPL-3.0-only"}),
        ({"licence": "GPL-3.0-only"}, {"licence": "LicenseRef-scancode-proprietary-license"}),
        ({"licence": "LicenseRef-scancode-proprietary-license"}, {"licence": None}),
        ({"licence": "GPL-3.0-only OR MIT"}, {"licence": "GPL-3.0-only AND MIT"}),
    ],
    "stars": [({}, {"stars": 99}), ({"stars": 1}, {"stars": None})],
    "forks": [({}, {"forks": 9}), ({"forks": 1}, {"forks": None})],
    "vendored": [({}, {"vendored": True})],
    "fork": [({}, {"fork": True}), ({"fork": None}, {"fork": True})],
    "project_prefix": [({}, {"project_prefix": 1}), ({}, {"project_prefix": None})],
    "newest": [
        ({}, {"committed_at": FIRST_DAY + 99 * DAY}),
        ({"committed_at": FIRST_DAY + DAY}, {"committed_at": FIRST_DAY}),
        ({"committed_at": 0}, {"committed_at": None}),
    ],
    "generated": [({}, {"generated": True})],
    "test": [({}, {"test": True})],
    "depth": [({}, {"path": "a/b/c.py"})],
    "path_length": [({}, {"path": "src/ab.py"})],
    "learning_value": [
        ({}, {"learning_value": 0.4999}),
        ({"learning_value": 0.0001}, {"learning_value": None}),
        ({"learning_value": 1.0}, {"learning_value": 0.9999}),
    ],
}
PAIRS = [(name, *pair) for name, pairs in BETTER_AND_WORSE.items() for pair in pairs]


@pytest.mark.parametrize(("name", "better", "worse"), PAIRS, ids=str)
def test_each_criterion_decides_alone(name, better, worse):
    first, second = ranks(files(better, worse), [name])
    assert first < second


@pytest.mark.parametrize(("name", "better", "worse"), PAIRS, ids=str)
def test_no_other_criterion_sees_the_difference(name, better, worse):
    other = [criterion for criterion in CRITERIA if criterion not in (name, "path_length")]
    for criterion in other:
        first, second = ranks(files(better, worse), [criterion])
        assert first == second


def test_before_files_are_read_their_value_decides_nothing():
    batch = files({}, {"learning_value": 0.1}).drop_columns(["learning_value"])
    first, second = ranks(batch, ["learning_value"])
    assert first == second


def test_every_criterion_is_tried():
    assert set(BETTER_AND_WORSE) == set(CRITERIA)


BY_DEFAULT = [
    "split",
    "licence",
    "stars",
    "forks",
    "vendored",
    "fork",
    "project_prefix",
    "newest",
]


def test_the_default_order_is_the_documented_one():
    assert list(KEEP_POLICY) == BY_DEFAULT


@pytest.mark.parametrize(("first", "second"), [*itertools.combinations(BY_DEFAULT, 2)])
def test_by_default_the_earlier_criterion_decides_against_the_later(first, second):
    best, worse = BETTER_AND_WORSE[first][0]
    good, bad = BETTER_AND_WORSE[second][0]
    batch = files(best | bad, good | worse)
    kept, removed = ranks(batch)
    assert kept < removed
    kept, removed = ranks(batch, [second, first])
    assert removed < kept


def test_bits_lie_where_the_documentation_says():
    best = {"stars": 2**19, "forks": 2**18, "project_prefix": 15, "committed_at": 2**40}
    assert ranks(files(best)) == [0]
    assert ranks(files(best | {"split": "validation"})) == [1 << 62]
    assert ranks(files(best | {"licence": None})) == [4 << 59]
    assert ranks(files(best | {"stars": None})) == [2**19 - 1 << 40]
    assert ranks(files(best | {"forks": 1})) == [2**18 - 2 << 22]
    assert ranks(files(best | {"vendored": True})) == [1 << 21]
    assert ranks(files(best | {"fork": True})) == [1 << 20]
    assert ranks(files(best | {"project_prefix": 0})) == [15 << 16]
    assert ranks(files(best | {"committed_at": None})) == [2**14 - 1 << 2]


def test_the_top_bit_is_never_set():
    worst = {
        "split": "validation",
        "licence": None,
        "stars": None,
        "forks": None,
        "vendored": True,
        "fork": True,
        "project_prefix": None,
        "committed_at": None,
        "generated": True,
        "test": True,
    }
    (rank,) = ranks(files(worst), [*KEEP_POLICY, "generated", "test"])
    assert rank < 2**63
    assert sum(CRITERIA[name].bits for name in KEEP_POLICY) == 61
    assert RANK_BITS == 63


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("stars", [{"stars": 2**19 - 1}, {"stars": 2**40}]),
        ("stars", [{"stars": -5}, {"stars": 0}, {"stars": None}]),
        ("forks", [{"forks": 2**18 - 1}, {"forks": 2**62}]),
        ("fork", [{"fork": None}, {"fork": False}]),
        ("project_prefix", [{"project_prefix": 15}, {"project_prefix": 2048}]),
        ("newest", [{"committed_at": FIRST_DAY}, {"committed_at": -(2**63)}]),
        ("newest", [{"committed_at": FIRST_DAY + 16_382 * DAY}, {"committed_at": 2**63 - 1}]),
        ("newest", [{"committed_at": FIRST_DAY}, {"committed_at": FIRST_DAY + DAY - 1}]),
        ("depth", [{"path": "d/" * 5000}, {"path": "d/" * 6000}]),
        ("path_length", [{"path": "d" * 5000}, {"path": "d" * 6000}]),
    ],
)
def test_what_the_bits_cannot_tell_apart_is_equal(name, values):
    assert len(set(ranks(files(*values), [name]))) == 1


def test_a_policy_of_nothing_leaves_it_to_the_file_id():
    assert ranks(files({}, {"stars": None}), []) == [0, 0]


def test_rows_do_not_depend_on_how_they_are_batched():
    batch = files(*(change for _, better, worse in PAIRS for change in (better, worse)))
    whole = ranks(batch)
    for start in range(0, batch.num_rows, 5):
        assert ranks(batch.slice(start, 5)) == whole[start : start + 5]
    assert ranks(batch.slice(0, 0)) == []
    kernel = KeepRank(KEEP_POLICY, load_licence_classes())
    assert kernel(batch).dtype == np.uint64


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (("stars", "luck"), "no such keep criterion: luck"),
        (("stars", "fork", "stars"), "once, not stars twice"),
        ((*KEEP_POLICY, "depth"), "has 63 bits, this one needs 68: split 1, licence 3, stars 19"),
    ],
)
def test_a_policy_that_cannot_be_packed_is_refused(policy, said):
    with pytest.raises(ValueError, match=said):
        KeepRank(policy, load_licence_classes())
