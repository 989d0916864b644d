def test_the_longest_line_is_measured_in_characters(score):
    assert score("long_lines", "a\nbcd\n", "é" * 5, "", "\n\n") == [3.0, 5.0, 0.0, 0.0]


def test_one_long_line_drops_a_file(drops):
    assert drops("long_lines", "x = 1\n" + "y" * 1001, "y" * 1000 + "\n" + "z" * 1000) == [
        True,
        False,
    ]
