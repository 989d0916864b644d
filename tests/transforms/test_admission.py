"""Admission: the first rule that matches drops a row, and says what it measured."""

from __future__ import annotations

import pyarrow as pa
import pytest

from codemill.pipeline.licensing import load_licences
from codemill.transforms.admission import Admission
from codemill.transforms.dedup.exact import losers

KINDS = ("vendored", "generated", "lock", "documentation", "test", "minified")


def row(**values):
    usual = dict.fromkeys(KINDS, False)
    return {**usual, "rule": None, "size_bytes": 100, "licence": "MIT", "licence_by": "r", **values}


def decide(*rows, drop=("vendored", "lock"), opt_out=False):
    columns = decide_columns(*rows, drop=drop, opt_out=opt_out)
    return list(zip(*(columns[n].to_pylist() for n in ("rule", "value", "threshold")), strict=True))


def decide_columns(*rows, drop=("vendored", "lock"), opt_out=False):
    fields = [(name, pa.bool_()) for name in KINDS]
    fields += [("rule", pa.string()), ("size_bytes", pa.int64()), ("licence", pa.string())]
    fields += [("licence_by", pa.string())]
    table = pa.Table.from_pylist(list(rows), schema=pa.schema(fields))
    admission = Admission(load_licences("permissive").policy, drop, 1000)
    return admission(table, opt_out=opt_out)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (None, None, None)),
        ({"rule": "symlink"}, ("symlink", None, None)),
        ({"vendored": True, "lock": True}, ("vendored", None, None)),
        ({"test": True}, (None, None, None)),
        ({"size_bytes": 0}, ("empty", 0, 1)),
        ({"size_bytes": 1001}, ("too_large", 1001, 1000)),
        ({"rule": "too_large", "size_bytes": 1001}, ("too_large", 1001, 1000)),
        ({"licence": "GPL-3.0-only"}, ("licence", None, None)),
        ({"licence": "MIT OR GPL-3.0-only"}, (None, None, None)),
        ({"licence": None}, (None, None, None)),
    ],
)
def test_a_location_is_decided_by_the_first_rule_that_matches(values, expected):
    assert decide(row(**values)) == [expected]


def test_opting_out_comes_before_everything_but_what_cannot_be_read():
    assert decide(row(vendored=True), row(rule="symlink"), opt_out=True) == [
        ("opted_out", None, None),
        ("symlink", None, None),
    ]


def test_a_refused_licence_is_told_with_its_evidence():
    found = decide_columns(row(licence="GPL-3.0-only AND MIT", licence_by="r MIT; h GPL-3.0-only"))
    assert found["detail"].to_pylist() == ["GPL-3.0-only AND MIT by r MIT; h GPL-3.0-only"]


def test_a_collection_from_which_a_header_may_choose_is_decided_later():
    by = "collection:LICENSES/a MIT; collection:LICENSES/b GPL-2.0-only"
    assert decide(row(licence="GPL-2.0-only AND MIT", licence_by=by)) == [(None, None, None)]
    one = row(licence="GPL-2.0-only", licence_by="collection:LICENSES/b")
    assert decide(one) == [("licence", None, None)]


def test_no_rows_are_no_decisions():
    assert decide() == []


def test_of_copies_the_smallest_in_order_is_kept():
    keys = pa.table(
        {
            "blob_id": ["b", "a", "b", "b"],
            "unnamed": [True, False, False, False],
            "rank": pa.array([0, 9, 5, 5], pa.uint64()),
            "file_id": [1, 2, 4, 3],
        }
    )
    dropped, kept = losers(keys)
    assert (dropped.to_pylist(), kept.to_pylist()) == ([2, 0], [3, 3])
