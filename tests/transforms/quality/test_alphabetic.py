def test_letters_of_what_is_written(score):
    assert score("alphabetic", "ab12", "漢字 1", "→→a") == [0.5, 0.5, 1 / 3]


def test_number_tables_are_dropped_and_numeric_code_kept(drops):
    assert drops("alphabetic", "1.5, 2.5, x\n", "x = 0.5 * width\n") == [True, False]
