"""Ids depend on the location and the content alone."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.identity import file_ids, keyed_share, shown_id


def ids(*rows):
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return file_ids(*columns).to_pylist()


def test_an_id_is_known_in_advance():
    assert [shown_id(i) for i in ids(("r", "v", "p", "b"))] == ["cbe5c4e7e7fb7fd9"]


def test_an_id_does_not_depend_on_the_other_rows():
    one, two = ("r", "v", "p", "b"), ("r", "v", "q", "b")
    assert ids(one, two) == ids(one) + ids(two)


def test_parts_of_an_id_cannot_be_shifted_into_each_other():
    assert ids(("ab", "c", "d", "e")) != ids(("a", "bc", "d", "e"))


def test_a_share_is_in_its_range_and_differs_by_purpose():
    shares = [keyed_share(0, "split", f"r{i}") for i in range(1000)]
    assert all(0 <= share < 1 for share in shares)
    assert 0.45 < sum(shares) / 1000 < 0.55
    assert keyed_share(0, "split", "r") != keyed_share(0, "part", "r")
