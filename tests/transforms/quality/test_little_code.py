def test_bytes_outside_comments(score):
    text = "a" * 1000
    languages = ["C", "C", "JSON", "C"]
    found = score(
        "little_code", text, text, text, None, comments=[0.9, None, 0.9, 0.9], languages=languages
    )
    assert [x and round(x) for x in found] == [100, None, None, None]


def test_an_empty_class_below_a_licence_is_dropped_and_a_documented_interface_kept(drops):
    licence, interface = "a" * 700, "b" * 3000
    assert drops("little_code", licence, interface, comments=[0.95, 0.95]) == [True, False]
