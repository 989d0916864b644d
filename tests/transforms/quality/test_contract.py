"""What every filter must keep to, whoever adds it."""

import inspect
import pickle
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pytest

from codemill.language_configs.languages import FILTERS as OF_LANGUAGES
from codemill.transforms.quality import DEFAULT_RECIPE, Filter, discover

FILTERS = discover()
HEADINGS = ("What:", "Why:", "Dropped:", "Kept:", "Cost:", "Source:")
TEXTS = [
    "def f(x):\n    return x + 1\n",
    None,
    "",
    "\n\n",
    "# DO NOT EDIT\nключ = 'ü→漢'\nx",
    "<?xml version='1.0'?><p>some words</p>" * 9,
    "9" * 70 + "aB" * 700 + "\n" + "0x1f, " * 30,
    "no line end",
]
LANGUAGES = ["Python", "C", "JSON", "YAML", None, "HTML", "C", "unknown"]
SHARES = [0.1, 0.9, None, 0.0, 0.95, None, 0.5, 1.0]


@pytest.fixture
def batch(batch_of):
    return batch_of(*TEXTS, languages=LANGUAGES, errors=SHARES, comments=SHARES, fertility=SHARES)


def parts(batch, cuts):
    columns = [getattr(batch, field.name) for field in fields(batch)]
    for start, end in cuts:
        yield type(batch)(*(column[start:end] for column in columns))


every_filter = pytest.mark.parametrize("each", FILTERS.values(), ids=FILTERS.keys())


@every_filter
def test_names_agree(each):
    assert each.name == type(each).__module__.rpartition(".")[2]
    assert FILTERS[each.name] is each


@every_filter
def test_the_docstring_has_every_heading(each):
    doc = inspect.getdoc(type(each))
    positions = [doc.find(heading) for heading in HEADINGS]
    assert positions == sorted(positions)
    assert positions[0] > 0


@every_filter
def test_it_has_a_test_of_its_own(each):
    assert Path(__file__).with_name(f"test_{each.name}.py").exists()


@every_filter
def test_its_settings_are_complete(each):
    assert isinstance(each, Filter)
    assert isinstance(each.default, float)
    assert 0 <= each.digits <= 6
    assert 0 < each.expects < 1


@every_filter
def test_scores_are_as_many_as_rows_and_null_without_text(each, batch):
    scores = each.score(batch)
    assert (len(scores), scores.type) == (len(TEXTS), pa.float64())
    assert scores[1].as_py() is None
    assert each.score(batch).equals(scores)


@every_filter
def test_an_empty_batch_has_no_scores(each, batch_of):
    assert each.score(batch_of()).to_pylist() == []


@every_filter
def test_a_batch_of_nulls_has_null_scores(each, batch_of):
    assert each.score(batch_of(None, None)).to_pylist() == [None, None]


@every_filter
def test_scores_do_not_depend_on_the_batch(each, batch):
    whole = each.score(batch).to_pylist()
    single = [(i, i + 1) for i in range(len(TEXTS))]
    for cuts in (single, [(0, 3), (3, 8)], [(0, 1), (1, 7), (7, 8)]):
        pieces = [s for part in parts(batch, cuts) for s in each.score(part).to_pylist()]
        assert pieces == whole


@every_filter
def test_drops_are_never_null(each, batch):
    scores = each.score(batch)
    per_row = pa.array([None, 0.5] * 4, pa.float64())
    for threshold in (pa.scalar(each.default), pa.scalar(None, pa.float64()), per_row):
        dropped = each.drops(scores, threshold)
        assert (len(dropped), dropped.null_count) == (len(TEXTS), 0)
    assert each.drops(scores, pa.scalar(None, pa.float64())).true_count == 0


@every_filter
def test_it_pickles(each):
    assert type(pickle.loads(pickle.dumps(each))) is type(each)


def test_a_score_of_two_filters_is_the_same_score(batch):
    by_score = {}
    for each in FILTERS.values():
        by_score.setdefault(each.score_name, []).append(each)
    for sharing in by_score.values():
        scores = [each.score(batch).to_pylist() for each in sharing]
        assert all(s == scores[0] for s in scores)
        assert len({each.digits for each in sharing}) == 1


def test_a_language_may_set_the_threshold_of_every_filter():
    assert list(OF_LANGUAGES) == list(FILTERS)


def test_the_default_recipe_uses_every_filter_once():
    assert sorted(DEFAULT_RECIPE) == list(FILTERS)
