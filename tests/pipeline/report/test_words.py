import pytest

from codemill.pipeline.report.words import head, measure, one_line, percent, short, size, visible


def test_what_turns_the_direction_of_text_is_spelt_out():
    assert visible("a\u202eb\x00\n\t\u2066") == "a⟨U+202E⟩b⟨U+0000⟩\n\t⟨U+2066⟩"


def test_a_path_with_a_line_end_stays_on_one_line():
    assert one_line("a\nb\tc") == "a⟨U+000A⟩b⟨U+0009⟩c"


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (999, "999"), (999.6, "1 k"), (12_345, "12.3 k"), (3_560_793, "3.56 M")],
)
def test_short_numbers_have_three_digits(number: float, shown: str):
    assert short(number) == shown


@pytest.mark.parametrize(("number", "shown"), [(12, "12 B"), (12_345, "12.3 kB"), (10**9, "1 GB")])
def test_sizes_have_a_unit(number: int, shown: str):
    assert size(number) == shown


@pytest.mark.parametrize(("share", "shown"), [(0, "0.0%"), (0.0001, "<0.1%"), (1, "100.0%")])
def test_a_small_share_is_not_nothing(share: float, shown: str):
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(None, ""), (0.7, "0.7"), (1000.0, "1,000"), (0, "0")]
)
def test_a_measure_has_the_digits_it_needs(number: float | None, shown: str):
    assert measure(number) == shown


def test_a_head_says_that_more_follows():
    assert head("a\nb\nc\n", max_lines=2) == "a\nb\n…"
    assert head("a\nb\n", max_lines=2) == "a\nb"
    assert head("x" * 5, max_lines=1, max_line_chars=3) == "xxx…"
