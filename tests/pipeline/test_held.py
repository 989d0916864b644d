import pyarrow as pa

from codemill.pipeline.held import Held, held, held_of_row
from codemill.transforms.quality import Judge

JUDGE = Judge(("too_small", "long_lines"), {}, {"Markdown": {"long_lines": None}})
SCORES = {
    "num_written_lines": pa.array([2.0, 3.0, None, 50.0]),
    "max_line_chars": pa.array([1001.0, 950.0, None, 5000.0]),
}
LANGUAGE = pa.array(["C", "C", None, "Markdown"])


def told():
    return [[each.told() for each in row] for row in held(JUDGE, SCORES, LANGUAGE)]


def test_every_filter_that_would_drop_a_file_says_so_not_the_first_alone():
    assert told()[0] == ["drops", "drops"]


def test_a_score_within_a_tenth_of_its_threshold_is_a_near_miss():
    assert told()[1] == ["near miss", "near miss"]


def test_no_score_and_no_threshold_are_told_apart():
    assert told()[2:] == [["not measured", "not measured"], ["passes", "off"]]


def test_one_row_of_a_build_is_judged_alike_and_comes_back_from_json():
    row = {"language": "C", "scores": {"num_written_lines": 2.0, "max_line_chars": 1001.0}}
    small, long = held_of_row(JUDGE, row)
    assert (small.line(), long.line()) == ("below 3", "above 1,000")
    assert Held.from_json(small.as_json()) == small
    assert held_of_row(JUDGE, {"language": "C", "scores": {}})[0].value is None
