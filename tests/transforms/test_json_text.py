import pytest

from codemill.transforms.json_text import MAX_BYTES, is_json


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": [1, null, "\xc3\xa9"]}', True),
        (b" \n[]\n", True),
        (b"", False),
        (b"1", False),
        (b'"a"', False),
        (b"[NaN]", False),
        (b"[1] // a", False),
        (b"[1,]", False),
        (b"[" + b"9" * 10_000 + b"]", True),
        (b"[" * 100_000 + b"]" * 100_000, False),
        (b"[" + b" " * MAX_BYTES + b"]", False),
    ],
)
def test_json_is_an_object_or_array_as_the_standard_has_it(content, expected):
    assert is_json(content) is expected
