"""What makes a file worth more, what makes it worth less, and what makes no difference."""

from __future__ import annotations

import numpy as np
import pytest
from valued import REFERENCE_SECS, SIGNS, YEAR_SECS, batch_of, components, kernel, value, values

from codemill.transforms.learning_value import COMPONENTS, value_weights

MERITS = {each.name: each.weight for each in COMPONENTS if each.kind == "merit"}
WORST = {
    "comment_share": 0.0,
    "documented_share": 0.0,
    "parse_error_share": 1.0,
    "duplicate_line_share": 1.0,
    "encoded_share": 1.0,
    "max_line_chars": 1e6,
    "mean_line_chars": 1e6,
    "alphabetic_share": 0.0,
    "digit_share": 1.0,
    "num_written_lines": 1.0,
    "stars": 0,
    "forks": 0,
    "committed_at": 0,
    "repository_signs": {name: type(usual)(0) for name, usual in SIGNS.items()},
    **dict.fromkeys(("vendored", "generated", "lock", "test", "fixture", "minified"), True),
}
BEST = {
    "stars": 10**9,
    "forks": 10**9,
    "committed_at": REFERENCE_SECS,
    "repository_signs": SIGNS,
}


def test_a_value_written_out():
    # Known merits: comments 1, documented 1, each of weight 2; what is not known counts one half.
    unknown = sum(MERITS.values()) - 4
    assert value() == round((4 + unknown / 2) / sum(MERITS.values()), 4)


def test_a_flaw_takes_its_weight_of_what_is_left():
    assert value(test=True) == pytest.approx(0.85 * value(), abs=1e-4)
    assert value(test=True, fixture=True) == pytest.approx(0.85 * 0.5 * value(), abs=1e-4)


def test_nothing_is_worth_more_than_1_or_less_than_0():
    assert value(**BEST) == 1.0
    assert value(**WORST) == 0.0


def test_a_file_of_which_nothing_is_known_has_half_the_value():
    unknown = {"comment_share": None, "documented_share": None, "parse_error_share": None}
    scores = dict.fromkeys(("encoded_share", "max_line_chars", "duplicate_line_share"))
    assert value(**unknown, **scores) == 0.5


def test_no_stars_known_is_better_than_none_and_worse_than_many():
    none, unknown, many = values({"stars": 0}, {}, {"stars": 1000})
    assert none < unknown < many


def test_stars_cannot_be_bought_without_end():
    assert value(stars=10_000) == value(stars=10_000_000)


def test_stars_do_not_make_up_for_digits():
    assert value(digit_share=0.2, **BEST) < value(stars=0, forks=0)


def test_a_binary_has_no_value():
    assert values({"language": None}, {}) == [None, value()]


def test_comments_are_best_in_the_middle():
    none, some, good, most = (value(comment_share=share) for share in (0.0, 0.05, 0.2, 0.79))
    assert none < some < good > most


def test_docstrings_count_as_comments():
    assert value(comment_share=0.0, docstring_share=0.2) == value(comment_share=0.2)


def test_comments_and_lines_are_looked_at_in_code_alone():
    found = components(language="Markdown", max_line_chars=5000.0, comment_share=0.0)
    assert all(np.isnan(found[name]) for name in ("comments", "long_lines", "line_length"))


def test_data_is_worth_less_than_the_same_in_code():
    as_code, as_data = values({"comment_share": None}, {"comment_share": None, "language": "JSON"})
    assert as_data == pytest.approx(as_code / 2, abs=1e-4)


@pytest.mark.parametrize("sign", ["readme", "documentation", "licence", "ci", "manifest"])
def test_what_a_repository_has_counts_and_what_is_not_known_of_it_does_not(sign):
    without = value(repository_signs={**SIGNS, sign: False})
    unknown = value(repository_signs={**SIGNS, sign: None})
    assert without < unknown < value(repository_signs=SIGNS)


def test_a_repository_with_tests_and_more_code_is_worth_more():
    shares = (0, 2, 8)
    few, some, many = (
        value(repository_signs={**SIGNS, "num_test_files": number}) for number in shares
    )
    assert few < some < many
    assert value(repository_signs={**SIGNS, "num_code_files": 3, "num_test_files": 1}) < many


def test_a_repository_without_code_has_no_share_of_tests():
    found = components(repository_signs={**SIGNS, "num_code_files": 0, "num_test_files": 0})
    assert np.isnan(found["tests"])


def test_older_is_worth_less_and_the_future_is_worth_no_more_than_now():
    now, old, future = (
        value(committed_at=REFERENCE_SECS + years * YEAR_SECS) for years in (0, -8, 50)
    )
    assert old < now == future


def test_marks_of_a_generator_in_the_head_count_as_a_generated_path():
    assert value(generated_markers=1.0) == value(generated=True)


@pytest.mark.parametrize("each", COMPONENTS, ids=lambda c: c.name)
def test_a_component_is_between_0_and_1_and_its_points_are_in_order(each):
    at, component = zip(*each.points, strict=True)
    assert list(at) == sorted(set(at))
    assert 0 <= min(component) < max(component) == 1


def test_only_comments_and_lengths_are_best_in_the_middle():
    bent = {each.name for each in COMPONENTS if not each.rises and not each.falls}
    assert bent == {"comments", "length", "line_length"}


@pytest.mark.parametrize("each", COMPONENTS, ids=lambda c: c.name)
def test_a_better_component_never_lowers_the_value(each):
    """Every merit and flaw alone, over its own points, in the order of the component."""
    column = {
        "comments": "comment_share",
        "documented": "documented_share",
        "parse_errors": "parse_error_share",
        "repetition": "duplicate_line_share",
        "encoded": "encoded_share",
        "long_lines": "max_line_chars",
        "line_length": "mean_line_chars",
        "letters": "alphabetic_share",
        "digits": "digit_share",
        "length": "num_written_lines",
    }.get(each.name, each.name)
    if column not in {*WORST, "stars", "forks"}:
        return  # of the repository, of the language or of no recipe yet: tested above
    whole = column in {"stars", "forks"} or isinstance(WORST[column], bool)
    points = [(int(at) if whole else at, good) for at, good in each.points]
    in_order = [at for at, _ in sorted(points, key=lambda point: point[1])]
    found = values(*({column: bool(at) if column in PATHS else at} for at in in_order))
    assert found == sorted(found)
    assert found[0] < found[-1]


PATHS = {"vendored", "generated", "lock", "test", "fixture", "minified"}


def test_the_value_does_not_depend_on_the_batch():
    files = [{}, WORST, {"language": None}, BEST, {"stars": 5}]
    whole = kernel()(batch_of(*files)).to_pylist()
    assert whole == [value(**file) for file in files]
    assert kernel()(batch_of(*files).slice(2, 2)).to_pylist() == whole[2:4]
    assert kernel()(batch_of()).to_pylist() == []


def test_a_score_that_the_recipe_lacks_is_not_known():
    assert np.isnan(components()["fertility"])


def test_weights_can_be_changed_and_left_out():
    assert value({"test": 1.0}, test=True) == 0.0
    assert value({"test": 0.0}, test=True) == value()
    only = dict.fromkeys(MERITS, 0.0) | {"documented": 3.0}
    assert value(only, documented_share=0.8) == 1.0
    assert "test" not in kernel({"test": 0.0}).components(batch_of({}))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"star": 1.0}, "no component is called 'star'; did you mean 'stars'?"),
        ({"test": 1.5}, "the weight of test must be between 0 and 1, not 1.5"),
        ({"stars": -1.0}, "the weight of stars must be 0 or more, not -1.0"),
        ({"stars": float("nan")}, "the weight of stars must be 0 or more, not nan"),
        (dict.fromkeys(MERITS, 0.0), "every merit has weight 0"),
    ],
)
def test_wrong_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        value_weights(weights)
