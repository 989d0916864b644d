def test_the_mean_takes_blank_lines_in(score):
    assert score("mean_line", "abcd\n\n", "éé\n", "", "ab") == [2.0, 2.0, None, 2.0]


def test_long_lines_throughout_drop_a_file(drops):
    assert drops("mean_line", ("x" * 101 + "\n") * 4, ("x" * 100 + "\n") * 4) == [True, False]
