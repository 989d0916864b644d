def test_blank_lines_do_not_count(score):
    assert score("too_small", "a\n\n \t\nb", "", "\n", "a\na\n") == [2.0, 0.0, 0.0, 2.0]


def test_a_stub_is_dropped_and_a_small_module_kept(drops):
    assert drops("too_small", "import a\n\n\n", "def f():\n    x = 1\n    return x\n") == [
        True,
        False,
    ]
