def test_the_score_is_what_was_measured(score):
    assert score("gibberish", "a", "b", None, fertility=[3.5, None, 1.0]) == [3.5, None, None]


def test_few_bytes_a_token_are_dropped(drops):
    assert drops("gibberish", "a", "b", "c", fertility=[1.2, 1.6, None]) == [True, False, False]
