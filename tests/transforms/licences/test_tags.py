import pytest

from codemill.transforms.licences.tags import read_tags


@pytest.mark.parametrize(
    ("value", "stated", "invalid"),
    [
        ("MIT", "MIT", None),
        ("MIT OR Apache-2.0 -->", "MIT OR Apache-2.0", None),
        ("GPL-2.0+ WITH GCC-exception-2.0 */", "GPL-2.0-or-later WITH GCC-exception-2.0", None),
        ("GPL-2.0+ BSD-2-Clause", "BSD-2-Clause AND GPL-2.0-or-later", None),
        ("eCos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0", None),
        ("Autoconf-exception-2.0", "LicenseRef-scancode-unknown-spdx", "Autoconf-exception-2.0"),
        ("MIT-ish", "LicenseRef-scancode-unknown-spdx", "MIT-ish"),
        ("((((((((((((((((((MIT", "LicenseRef-scancode-unknown-spdx", "((((((((((((((((((MIT"),
    ],
)  # fmt: skip
def test_a_tag_states_an_expression_or_is_known_to_be_none(expressions, value, stated, invalid):
    tags = read_tags(f"// SPDX-License-Identifier: {value}\nint x;\n", expressions)
    assert (tags.expressions, tags.invalid) == ((stated,), invalid)
    assert tags.rest == "// \n\nint x;\n"
