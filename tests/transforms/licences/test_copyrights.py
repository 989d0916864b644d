import time

import pyarrow as pa
import pytest

from codemill.transforms.licences.copyrights import (
    copyright_lines,
    copyrights,
    text_id,
    without_copyright_lines,
)

LINES = [
    ("/* Copyright (c) 2020 Ada Example */", "Copyright (c) 2020 Ada Example"),
    ("# © 2021 Bob", "© 2021 Bob"),
    ("// (C) 2019, Cy", "(C) 2019, Cy"),
    ("# Copyright (c) 2010-2020, Foo Bar <x>", "Copyright (c) 2010-2020, Foo Bar <x>"),
    ("// SPDX-FileCopyrightText: 2020 Ada", "SPDX-FileCopyrightText: 2020 Ada"),
    (" * Copyright: 2020 Ada", "Copyright: 2020 Ada"),
    ("// Copyright The Example Authors.", "Copyright The Example Authors."),
    (
        ";; Copyright OpenExample Foundation and others",
        "Copyright OpenExample Foundation and others",
    ),
    (" * Portions Copyright (c) 1999 Di", "Portions Copyright (c) 1999 Di"),
    ("<!-- Copyright &copy; 2001 Di -->", "Copyright &copy; 2001 Di"),
    ("Copyright [yyyy] [name of copyright owner]", "Copyright [yyyy] [name of copyright owner]"),
    (" * Author: Ada Example", "Author: Ada Example"),
    (" * @author Ada Example", "@author Ada Example"),
    ("# Written by Ada Example", "Written by Ada Example"),
    ("printf('Foo 1.0, Copyright (c) 2020 Ada\\n');", "Copyright (c) 2020 Ada\\n');"),
    ("% !Copyright (C) 1997-2001 Ed", "Copyright (C) 1997-2001 Ed"),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_copyright_line_loses_its_comment_marks(line, expected):
    assert copyright_lines(f"{line}\nx = 1\n") == [expected]


PROSE = [
    "the above copyright notice",
    "copyright holders",
    "Copyright Notice and License",
    "COPYRIGHT HOLDERS AND CONTRIBUTORS",
    "if (c) 2",
    "see the authors file",
    "a copyright license to reproduce",
    "Copyright Holder means",
]


@pytest.mark.parametrize("line", PROSE)
def test_prose_about_copyright_is_no_copyright_line(line):
    assert copyright_lines(line) == []


def test_years_on_the_next_line_belong_to_the_statement():
    text = " * Copyright (C) 1999 Ada\n *               2001-2003 Bob\n * 2004 things happened\n x"
    assert copyright_lines(text) == ["Copyright (C) 1999 Ada", "2001-2003 Bob"]
    assert copyright_lines("2001-2003 Bob\n") == []


def test_at_most_ten_distinct_bounded_lines_are_kept():
    text = "".join(f"Copyright {2000 + i // 2} {'x' * 500}\n" for i in range(60))
    lines = copyright_lines(text)
    assert (len(lines), {len(line) for line in lines}) == (10, {200})
    assert len(copyright_lines(text, limit=25)) == 25


def test_a_column_gives_a_list_per_row_and_never_null():
    column = pa.array(["x", "# Copyright 2020 Ada\n", None, ""], pa.large_string())
    assert copyrights(column).to_pylist() == [[], ["Copyright 2020 Ada"], [], []]
    assert copyrights(column.slice(1, 2)).to_pylist() == [["Copyright 2020 Ada"], []]
    assert copyrights(column.slice(0, 0)).to_pylist() == []


def test_copies_of_a_text_with_other_owners_and_layout_have_one_id():
    one = "MIT License\n\nCopyright (c) 2020 Ada\n\nPermission is hereby\ngranted\n"
    other = "MIT License\nCopyright (c) 2021-2023 Bob & Co\n  Permission is hereby granted"
    assert text_id(one) == text_id(other)
    assert text_id(one) == text_id(one.replace("MIT License", "## The MIT License (MIT)"))
    assert text_id(one) != text_id(one.replace("granted", "not granted"))
    assert without_copyright_lines(one) == "MIT License\n\n\nPermission is hereby\ngranted"


@pytest.mark.parametrize(
    "piece", ["copyright ", "(c) ", "© ", " " * 50, "-" * 50, "of ", "author: "]
)
def test_long_hostile_lines_take_no_time(piece):
    start = time.process_time()
    copyright_lines("\n".join([piece * 100_000, piece * 30] * 50))
    assert time.process_time() - start < 2
