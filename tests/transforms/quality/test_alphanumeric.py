def test_letters_and_digits_of_what_is_written(score):
    assert score("alphanumeric", "a1--", "é漢 =\n", "", "──═") == [0.5, 0.5, None, 0.0]


def test_indentation_does_not_count(score):
    assert score("alphanumeric", "a=\n" + 40 * " " + "b=\n\n", " \n") == [0.5, None]


def test_a_drawing_is_dropped_and_code_kept(drops):
    assert drops("alphanumeric", "+--+\n|  |\n+--+\n", "x = [1]\n") == [True, False]
