import pyarrow as pa
import pytest

from codemill.transforms.quality import DEFAULT_RECIPE, Judge

CODE = "def area(width, height):\n    size = width * height\n    return size\n"
WIDE = CODE + "#" + " word" * 100 + "\n"


def rows(verdict):
    columns = verdict.rule, verdict.value, verdict.threshold
    return list(zip(*(c.to_pylist() for c in columns), strict=True))


def test_good_code_is_kept(batch_of):
    assert rows(Judge()(batch_of(CODE))) == [(None, None, None)]


def test_a_drop_says_what_was_measured_and_against_what(batch_of):
    verdict = Judge(("long_lines",), {"long_lines": 300})(batch_of(CODE, WIDE))
    assert rows(verdict) == [(None, None, None), ("long_lines", 501.0, 300.0)]


def test_the_first_rule_of_the_recipe_is_named(batch_of):
    batch = batch_of("1\n2\n")
    assert rows(Judge(("too_small", "digits"))(batch)) == [("too_small", 2.0, 3.0)]
    assert rows(Judge(("digits", "too_small"))(batch)) == [("digits", 0.5, 0.2)]


def test_every_score_is_computed_whatever_drops_the_row(batch_of):
    scores = Judge()(batch_of("1\n2\n")).scores[0].as_py()
    assert scores["num_written_lines"] == 2.0
    assert scores["digit_share"] == 0.5
    assert scores["max_line_chars"] == 1.0


def test_scores_are_rounded_before_they_decide(batch_of):
    third = "1aa"
    verdict = Judge(("digits",), {"digits": 0.3333})(batch_of(third))
    assert verdict.scores[0].as_py() == {"digit_share": 0.3333}
    assert rows(verdict) == [(None, None, None)]


def test_a_null_text_has_null_scores_and_no_rule(batch_of):
    verdict = Judge()(batch_of(None, CODE))
    assert set(verdict.scores[0].as_py().values()) == {None}
    assert verdict.rule.to_pylist() == [None, None]


def test_types_are_those_of_the_schema(batch_of):
    for batch in (batch_of(), batch_of(CODE)):
        verdict = Judge()(batch)
        assert verdict.rule.type == pa.string()
        assert verdict.value.type == verdict.threshold.type == pa.float64()
        assert {field.type for field in verdict.scores.type} == {pa.float64()}
        assert tuple(field.name for field in verdict.scores.type) == Judge().score_names


def test_a_score_of_two_filters_is_one_field():
    judge = Judge(("mean_line", "short_lines"))
    assert judge.score_names == ("mean_line_chars",)


def test_a_none_switches_a_filter_off(batch_of):
    assert rows(Judge(("too_small",), {"too_small": None})(batch_of("a"))) == [(None, None, None)]


def judged(batch_of, overrides):
    languages = {"Markdown": {"long_lines": None}, "F#": {"long_lines": 200}}
    batch = batch_of(WIDE, WIDE, WIDE, WIDE, languages=["Markdown", "F#", "C", None])
    return Judge(("long_lines",), overrides, languages)(batch).threshold.to_pylist()


def test_a_language_has_thresholds_of_its_own(batch_of):
    assert judged(batch_of, {}) == [None, 200.0, None, None]


def test_the_run_s_number_replaces_the_language_s_but_what_is_off_stays_off(batch_of):
    assert judged(batch_of, {"long_lines": 400}) == [None, 400.0, 400.0, 400.0]


def test_the_run_can_switch_a_filter_off_for_all(batch_of):
    assert judged(batch_of, {"long_lines": None}) == [None, None, None, None]


@pytest.mark.parametrize(
    "arguments",
    [
        (("too_smal",),),
        (DEFAULT_RECIPE, {"too_smal": 1}),
        (DEFAULT_RECIPE, {}, {"C": {"too_smal": 1}}),
    ],
)
def test_an_unknown_name_is_an_error_that_names_the_nearest(arguments):
    with pytest.raises(ValueError, match="'too_smal'; did you mean 'too_small'"):
        Judge(*arguments)
