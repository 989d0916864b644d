def test_bytes_of_lines_that_repeat_an_earlier_one_are_counted(score):
    texts = "a\n  a\nb\n\n", "a\nb\n", "\n", "a", "abcd\nabcd\nx\nx\n"
    assert score("repetition", *texts) == [1 / 3, 0.0, None, 0.0, 0.5]


def test_rows_do_not_share_their_lines(score):
    assert score("repetition", "a\nb\n", "a\nb\n") == [0.0, 0.0]


def test_a_dump_is_dropped_and_brackets_are_kept(drops):
    code = "".join(f"int area{i}(int width)\n{{\nif (!width)\n{{\n}}\n}}\n" for i in range(99))
    assert drops("repetition", "put 1\n" * 9, code) == [True, False]
