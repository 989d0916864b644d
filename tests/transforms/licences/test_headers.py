import pyarrow as pa
import pytest

from codemill.transforms.licences.headers import HeaderReader

APACHE = """\
// Copyright 2020 Example Ltd.
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//     http://www.apache.org/licenses/LICENSE-2.0
"""
ROWS = [
    ("# SPDX-License-Identifier: MIT\nx = 1\n", "MIT", "header:tag"),
    ("/* SPDX-License-Identifier: GPL-2.0 */\nint x;\n", "GPL-2.0-only", "header:tag"),
    (
        "// SPDX-License-Identifier: Foo-9\n",
        "LicenseRef-scancode-unknown-spdx",
        "header:invalid tag Foo-9",
    ),
    (APACHE + "package main\n", "Apache-2.0", "header:notice"),
    ("x = 1\n", None, None),
    (None, None, None),
    ("# Copyright 2020 Ada. All rights reserved.\nx = 1\n", None, None),
    ('x = "licensed under the GPL"\n# plain comment\n', "GPL-1.0-or-later", "header:notice"),
    (
        "# Proprietary and confidential, see licence\nx = 1\n",
        "LicenseRef-scancode-proprietary-license AND LicenseRef-scancode-unknown-license-reference",
        "header:notice",
    ),
    (
        "# SPDX-License-Identifier: MIT\n# This file is licensed under the GPLv3.\n",
        "GPL-3.0-only AND MIT",
        "header:tag",
    ),
]


@pytest.fixture
def reader(recogniser):
    return HeaderReader(recogniser)


def rows(found):
    return list(zip(found.licence.to_pylist(), found.by.to_pylist(), strict=True))


def read(reader, *texts, code=True):
    column = pa.array(texts, pa.large_string())
    return rows(reader.read(column, pa.array([code] * len(texts), pa.bool_())))


def test_each_head_gives_its_own_statement(reader):
    found = read(reader, *[text for text, _, _ in ROWS])
    assert found == [(licence, by) for _, licence, by in ROWS]


def test_the_result_does_not_depend_on_how_rows_were_batched(recogniser, reader):
    texts = [text for text, _, _ in ROWS]
    whole = read(HeaderReader(recogniser), *texts)
    apart = [read(reader, text)[0] for text in reversed(texts)]
    assert apart[::-1] == whole


def test_an_empty_batch_gives_empty_columns(reader):
    found = reader.read(pa.array([], pa.large_string()), pa.array([], pa.bool_()))
    assert (len(found.licence), found.licence.type) == (0, pa.string())


def test_a_notice_far_below_the_head_is_read(reader):
    text = "x = 1\n" * 30_000 + "# Licensed under the Apache License, Version 2.0\n"
    assert read(reader, text) == [("Apache-2.0", "header:notice")]


def test_code_far_below_the_head_that_has_but_the_word_is_not(reader):
    assert read(reader, "x = 1\n" * 2_000 + "# checks the licence server\n") == [(None, None)]


def test_strings_of_code_that_name_no_licence_are_no_notices(reader):
    text = "class A {\n  // Licence checks\n  String s = 'may use \"proprietary\" as license';\n}\n"
    assert read(reader, text) == [(None, None)]


def test_a_declaration_of_the_licence_in_code_is_a_notice(reader):
    assert read(reader, '#include <a.h>\nMODULE_LICENSE("GPL v2");\n') == [
        ("GPL-2.0-only", "header:notice")
    ]


def test_a_file_that_is_no_code_is_read_whole(reader):
    text = "Some prose.\n\nLicensed under the MIT license.\n"
    assert read(reader, text, code=False) == [("MIT", "header:notice")]
    assert read(reader, "GPL-3.0-or-later", code=False) == [("GPL-3.0-or-later", "header:notice")]


def test_a_docstring_below_a_notice_is_no_condition_of_it(reader):
    docstring = '"""Why this file exists: it must not be used commercially by the tests."""\n'
    python = APACHE.replace("//", "#")
    assert read(reader, python + docstring) == [("Apache-2.0", "header:notice")]
