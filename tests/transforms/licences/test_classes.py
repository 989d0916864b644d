"""The class of a licence: by the first policy that admits it."""

import pyarrow as pa
import pytest

from codemill.pipeline.licensing import load_licence_classes

CLASSES = load_licence_classes()


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", 0),
        ("MIT AND Apache-2.0", 0),
        ("GPL-2.0-only OR MIT", 0),
        ("MPL-2.0", 1),
        ("MIT AND MPL-2.0", 1),
        ("GPL-2.0-only WITH Classpath-exception-2.0", 2),
        ("MPL-2.0 AND GPL-3.0-only", 2),
        ("AGPL-3.0-only OR CC-BY-NC-4.0", 2),
        ("CC-BY-NC-4.0", 3),
        ("MIT AND CC-BY-NC-4.0", 3),
        ("LicenseRef-codemill-unrecognised", 3),
        ("MIT AND AND", 3),
        (None, 4),
    ],
)
def test_the_class_of_an_expression(licence, expected):
    assert CLASSES(pa.array([licence], pa.string())).to_pylist() == [expected]


def test_rows_keep_their_order_however_they_come():
    licence = pa.array(["MIT", None, "GPL-3.0-only", "MIT", "CC-BY-NC-4.0", None])
    assert CLASSES(licence).to_pylist() == [0, 4, 2, 0, 3, 4]
    assert CLASSES(licence.slice(1, 3)).to_pylist() == [4, 2, 0]
    assert CLASSES(licence.dictionary_encode()).to_pylist() == [0, 4, 2, 0, 3, 4]
    assert CLASSES(licence.slice(0, 0)).to_pylist() == []
    assert CLASSES(pa.nulls(2, pa.string())).to_pylist() == [4, 4]
    assert CLASSES(licence).type == pa.uint8()
