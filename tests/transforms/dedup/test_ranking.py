import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.dedup.ranking import CRITERIA, KEEP_POLICY, keep_rank

FILE = {
    "split": "train",
    "licence": "MIT",
    "vendored": False,
    "generated": False,
    "test": False,
    "stars": 100,
    "forks": 10,
    "path": "src/a.py",
}
TYPES = pa.schema(
    {
        "split": pa.string(),
        "licence": pa.string(),
        "vendored": pa.bool_(),
        "generated": pa.bool_(),
        "test": pa.bool_(),
        "stars": pa.int64(),
        "forks": pa.int64(),
        "path": pa.string(),
    }
)


def files(*changes):
    return pa.RecordBatch.from_pylist([FILE | change for change in changes], schema=TYPES)


WORSE = [
    {"path": "src/ab.py"},
    {"path": "a/b/c.py"},
    {"forks": 9},
    {"forks": None},
    {"stars": 99},
    {"stars": None},
    {"test": True},
    {"generated": True},
    {"vendored": True},
    {"licence": None},
    {"split": "validation"},
]


@pytest.mark.parametrize("change", WORSE, ids=str)
def test_a_worse_file_has_the_larger_rank(change):
    better, worse = keep_rank(files({}, change))
    assert better < worse


def test_the_criteria_come_in_the_order_of_the_policy():
    ranks = keep_rank(files({}, *WORSE)).tolist()
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_a_policy_in_another_order_decides_otherwise():
    vendored_star, plain = files({"vendored": True, "stars": 5000}), files({})
    assert keep_rank(plain) < keep_rank(vendored_star)
    assert keep_rank(vendored_star, ("stars", "vendored")) < keep_rank(plain, ("stars", "vendored"))


def test_bits_lie_where_the_documentation_says():
    validation = {"split": "validation", "stars": 2**20, "forks": 2**20 - 1, "path": "ab"}
    assert keep_rank(files(validation)).tolist() == [(1 << 63) + 2]
    one_star = {"stars": 1, "forks": None, "path": "d/f"}
    expected = (2**20 - 2 << 39) + (2**20 - 1 << 19) + (1 << 12) + 3
    assert keep_rank(files(one_star)).tolist() == [expected]


def test_numbers_beyond_their_bits_are_held_at_the_end():
    many, more, negative, none = keep_rank(
        files({"stars": 2**20}, {"stars": 2**40}, {"stars": -5}, {"stars": None})
    )
    assert many == more
    assert negative == none
    deep, deeper = keep_rank(files({"path": "d/" * 5000}, {"path": "d/" * 6000}))
    assert deep == deeper


def test_all_criteria_fit_in_64_bits():
    assert sum(criterion.bits for criterion in CRITERIA.values()) == 64


def test_an_empty_batch_and_a_slice_have_their_own_rows():
    batch = files({}, *WORSE)
    assert keep_rank(batch.slice(0, 0)).tolist() == []
    assert keep_rank(batch.slice(3, 4)).tolist() == keep_rank(batch).tolist()[3:7]
    assert keep_rank(batch).dtype == np.uint64


def test_unknown_and_repeated_criteria_are_refused():
    with pytest.raises(ValueError, match="no such keep criterion: luck"):
        keep_rank(files({}), ("stars", "luck"))
    with pytest.raises(ValueError, match="twice: stars, stars"):
        keep_rank(files({}), ("stars", "stars"))
    assert KEEP_POLICY[0] == "split"
