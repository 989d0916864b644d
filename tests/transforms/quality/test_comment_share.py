def test_the_share_is_the_parse_s(score):
    assert score("comment_share", "a", "b", None, comments=[0.25, None, 0.9]) == [0.25, None, None]


def test_a_disabled_module_is_dropped(drops):
    assert drops("comment_share", "a", "b", "c", comments=[0.99, 0.98, None]) == [
        True,
        False,
        False,
    ]
