"""A document is taken as often as it weighs, whatever else there is."""

import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.learning_value.copies import SampleWeight, copies

MANY = np.arange(1, 200_001, dtype=np.int64)


def taken(values, ids=MANY, *, seed=0, **weight):
    column = pa.array(np.broadcast_to(values, len(ids)), pa.float64())
    return copies(column, ids, SampleWeight(**weight), seed=seed)


def test_without_an_exponent_every_document_is_taken_once():
    assert taken(0.0001).tolist() == [1] * len(MANY)


@pytest.mark.parametrize(
    ("value", "exponent", "weight"),
    [(0.5, 1.0, 1.0), (0.8, 1.0, 1.6), (0.25, 1.0, 0.5), (0.25, 2.0, 0.25), (1.0, 3.0, 4.0)],
)
def test_on_average_a_document_is_taken_as_often_as_it_weighs(value, exponent, weight):
    found = taken(value, exponent=exponent)
    assert found.mean() == pytest.approx(weight, abs=0.005)
    assert set(found) <= {int(weight), int(weight) + 1}


def test_copies_are_bounded():
    assert taken(1.0, exponent=8.0, most=3).max() == 3


def test_a_greater_value_never_has_fewer_copies():
    lower, higher = (taken(value, exponent=2.0) for value in (0.55, 0.6))
    assert (lower <= higher).all()


def test_copies_belong_to_the_file_and_the_seed():
    whole = taken(0.6, exponent=1.0)
    assert taken(0.6, MANY[7:9], exponent=1.0).tolist() == whole[7:9].tolist()
    assert (taken(0.6, exponent=1.0, seed=1) != whole).any()


def test_a_document_without_a_value_weighs_one():
    assert (
        copies(pa.nulls(3, pa.float64()), MANY[:3], SampleWeight(2.0), seed=0).tolist() == [1] * 3
    )
