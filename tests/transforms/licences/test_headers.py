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
        "LicenseRef-codemill-unrecognised",
        "header:invalid tag Foo-9",
    ),
    (APACHE + "package main\n", "Apache-2.0", "header:notice"),
    ("x = 1\n", None, None),
    (None, None, None),
    ("# Copyright 2020 Ada. All rights reserved.\nx = 1\n", None, None),
    ('x = "licensed under the GPL"\n# plain comment\n', None, None),
    (
        "# Proprietary and confidential, see licence\nx = 1\n",
        "LicenseRef-codemill-proprietary",
        "header:notice",
    ),
    (
        "# SPDX-License-Identifier: MIT\n# This file is licensed under the GPLv3.\n",
        "GPL-3.0-only AND MIT",
        "header:tag, header:notice",
    ),
]


@pytest.fixture
def reader(recogniser):
    return HeaderReader(recogniser)


def rows(found):
    return list(zip(found.licence.to_pylist(), found.by.to_pylist(), strict=True))


def test_each_head_gives_its_own_statement(reader):
    found = reader.read(pa.array([text for text, _, _ in ROWS], pa.large_string()))
    assert rows(found) == [(licence, by) for _, licence, by in ROWS]


def test_the_result_does_not_depend_on_how_rows_were_batched(recogniser):
    column = pa.array([text for text, _, _ in ROWS], pa.large_string())
    whole = rows(HeaderReader(recogniser).read(column))
    reader = HeaderReader(recogniser)
    apart = [rows(reader.read(column.slice(i, 1)))[0] for i in reversed(range(len(column)))]
    assert apart[::-1] == whole


def test_an_empty_batch_gives_empty_columns(reader):
    found = reader.read(pa.array([], pa.large_string()))
    assert (len(found.licence), found.licence.type) == (0, pa.string())


def test_what_stands_far_below_the_head_is_not_read(reader):
    text = "x = 1\n" * 2_000 + "# SPDX-License-Identifier: MIT\n"
    assert rows(reader.read(pa.array([text], pa.large_string()))) == [(None, None)]


def test_code_strings_are_no_notices_where_the_file_has_comments(reader):
    text = "class A {\n  // Licence checks\n  String s = 'may use \"proprietary\" as license';\n}\n"
    assert rows(reader.read(pa.array([text], pa.large_string()))) == [(None, None)]


def test_a_docstring_below_a_notice_is_no_condition_of_it(reader):
    docstring = '"""Why this file exists: it must not be used commercially by the tests."""\n'
    python = APACHE.replace("//", "#")
    assert reader.of_text(python + docstring)[0] == "Apache-2.0"
