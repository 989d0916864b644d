def test_a_number_a_line_drops_a_file(drops):
    assert drops("short_lines", "1\n0\n1\n", "return 1\n") == [True, False]


def test_sparse_code_is_kept(drops):
    assert drops("short_lines", "int f(void)\n{\n    return 1;\n}\n\n") == [False]
