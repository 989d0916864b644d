import pytest

from codemill.transforms.retention import Losses, Range, is_above


def losses(files, dropped, worst_files=0, worst_dropped=0, repositories=9, alone=False):
    return Losses(files, dropped, repositories, "r", worst_files, worst_dropped, alone)


def test_a_share_inside_is_not_above():
    assert not is_above(5, 100, 0.05)
    assert not is_above(0, 100, 0.05)
    assert not is_above(0, 0, 0.05)


def test_few_files_are_never_above_by_chance():
    assert not is_above(3, 4, 0.05)
    assert not is_above(4, 20, 0.05)


def test_the_bound_is_chernoffs():
    # 20 draws at 0.05: 9 or more has a bound of exp(-13.77), 10 or more of exp(-16.61)
    assert not is_above(9, 20, 0.05)
    assert is_above(10, 20, 0.05)


def test_nothing_expected_makes_one_too_many_and_all_expected_none():
    assert is_above(1, 1000, 0)
    assert not is_above(1000, 1000, 1)


def test_one_repository_that_loses_all_is_no_finding():
    assert losses(400, 119, worst_files=119, worst_dropped=119).is_more(0.05) is False
    assert losses(400, 119, worst_files=20, worst_dropped=19).is_more(0.05) is True


def test_the_only_repository_of_a_corpus_is_all_there_is():
    only = losses(400, 119, worst_files=400, worst_dropped=119, repositories=1, alone=True)
    assert only.is_more(0.05)


def test_a_language_of_one_repository_among_others_is_no_finding():
    assert not losses(102, 102, worst_files=102, worst_dropped=102, repositories=1).is_more(0.02)


def test_too_few_is_found_of_many_files_of_many_repositories_alone():
    assert losses(20_000, 0, repositories=50).is_less(0.001)
    assert not losses(20_000, 0, repositories=49).is_less(0.001)
    assert not losses(13_000, 0, repositories=50).is_less(0.001)
    assert not losses(20_000, 12, repositories=50).is_less(0.001)


@pytest.mark.parametrize(("part", "share"), [(0.5, 0.525), (1, 1), (0, 0.05)])
def test_the_way_beyond_a_range_leads_to_all_files(part, share):
    assert Range(0, 0.05).beyond(part) == pytest.approx(share)


def test_a_build_stops_for_a_loss_of_a_hundredth_of_all_files_and_no_less():
    all_small = losses(85, 85, worst_files=20, worst_dropped=20)
    assert all_small.is_beyond(0.55, all_files=8_500)
    assert not all_small.is_beyond(0.55, all_files=8_501)
    assert not losses(39, 39).is_beyond(0.55, all_files=100)


def test_a_build_does_not_stop_for_one_repository():
    assert not losses(200, 150, worst_files=150, worst_dropped=150).is_beyond(0.55, all_files=200)
    assert losses(200, 150, worst_files=20, worst_dropped=20).is_beyond(0.55, all_files=200)
