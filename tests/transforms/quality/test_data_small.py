def test_a_stub_of_data_is_dropped(drops):
    assert drops("data_small", "{}", "a: " + "b" * 100, languages=["JSON", "YAML"]) == [True, False]


def test_only_data_is_measured(score):
    assert score("data_small", "{}", "{}", languages=["JSON", "Python"]) == [2.0, None]
