def test_digits_of_all_characters(score):
    assert score("digits", "a123", "٣a", "") == [0.75, 0.0, None]


def test_a_lookup_table_is_dropped_and_code_with_constants_kept(drops):
    assert drops("digits", "0, 119, 23, 8,\n", "limit = 100 * page_size\n") == [True, False]
