def test_the_share_is_the_parse_s(score):
    assert score("parse_errors", "a", "b", None, errors=[0.25, None, 0.9]) == [0.25, None, None]


def test_what_does_not_parse_is_dropped(drops):
    assert drops("parse_errors", "a", "b", "c", errors=[0.41, 0.4, None]) == [True, False, False]
