def test_records_are_dropped(drops):
    rows = "id,name\n" * 700
    assert drops("data_large", rows, rows, "a: b\n", languages=["CSV", "Python", "YAML"]) == [
        True,
        False,
        False,
    ]


def test_characters_are_counted_not_bytes(score):
    assert score("data_large", "é" * 10, languages=["JSON"]) == [10.0]
