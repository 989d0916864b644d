import pytest

from codemill.transforms.quality import ngrams


def test_runs_of_ten_tokens_that_repeat_are_counted(score):
    eleven = " ".join("abcdefghijk")
    nine = " ".join("abcdefghi")
    texts = eleven, f"{eleven} {eleven}", nine, ""
    assert score("repeated_phrases", *texts) == [0.0, pytest.approx(2 / 13), None, None]


def test_a_ruler_is_one_token(score):
    ruler = "-" * 70
    assert score("repeated_phrases", ruler, f"{ruler}\nmodule Data.Unit.Base where\n") == [
        None,
        None,
    ]


def test_a_table_in_one_line_is_dropped_and_code_is_kept(drops):
    table = "x = [" + "0, 1, " * 200 + "]\n"
    code = "".join(f"def area{i}(width):\n    return width * {i} + base{i}\n" for i in range(50))
    assert drops("repeated_phrases", table, code) == [True, False]


def test_rows_do_not_share_their_phrases_however_they_fall_into_blocks(score, monkeypatch):
    texts = ["a b c d e f g h i j k"] * 3 + [None, "x " * 50]
    whole = score("repeated_phrases", *texts)
    monkeypatch.setattr(ngrams, "BLOCK_BYTES", 8)
    assert score("repeated_phrases", *texts) == whole == [0.0, 0.0, 0.0, None, None]
