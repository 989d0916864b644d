import pyarrow as pa

from codemill.transforms.licences.copyrights import copyright_lines, copyrights


def test_copyright_lines_lose_their_comment_marks():
    text = "/* Copyright (c) 2020 Ada Example */\n# © 2021 Bob\n// (C) 2019, Cy\nx = 1\n"
    assert copyright_lines(text) == ["Copyright (c) 2020 Ada Example", "© 2021 Bob", "(C) 2019, Cy"]


def test_prose_about_copyright_is_no_copyright_line():
    assert copyright_lines("the above copyright notice\ncopyright holders\n") == []


def test_at_most_ten_distinct_bounded_lines_are_kept():
    text = "".join(f"Copyright {2000 + i // 2} {'x' * 500}\n" for i in range(60))
    lines = copyright_lines(text)
    assert (len(lines), {len(line) for line in lines}) == (10, {200})


def test_a_column_gives_a_list_per_row_and_never_null():
    column = pa.array(["x", "# Copyright 2020 Ada\n", None, ""], pa.large_string())
    assert copyrights(column).to_pylist() == [[], ["Copyright 2020 Ada"], [], []]
    assert copyrights(column.slice(1, 2)).to_pylist() == [["Copyright 2020 Ada"], []]
    assert copyrights(column.slice(0, 0)).to_pylist() == []
