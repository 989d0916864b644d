from benchmarks.near_duplicates.score import greedy, score

CHAIN = {0: [1], 1: [0, 2], 2: [1]}
"""0 ~ 1 ~ 2, 0 and 2 unlike."""


def scored(removed, near=CHAIN, num_rows=4):
    s = score(removed, near, num_rows)
    return s.removed, s.right, s.wrong, s.still_removable


def test_the_middle_of_a_chain_is_all_that_may_go():
    assert scored({1: 0}) == (1, 1, 0, 0)
    assert score({1: 0}, CHAIN, 3).recall == 1.0


def test_removal_by_a_chain_is_wrong():
    assert scored({1: 0, 2: 0}) == (2, 1, 1, 0)
    assert score({1: 0, 2: 0}, CHAIN, 3).wrong_share == 0.5


def test_removal_for_a_file_that_is_itself_removed_is_wrong():
    assert scored({1: 0, 2: 1}) == (2, 1, 1, 0)


def test_a_tool_that_names_no_kept_file_is_held_against_the_most_similar_one():
    assert scored({1: None}) == (1, 1, 0, 0)
    assert scored({1: None, 2: None}) == (2, 1, 1, 0)


def test_removal_of_a_file_like_nothing_is_wrong():
    assert scored({3: None}) == (1, 0, 1, 1)


def test_what_a_greedy_pass_would_still_remove_is_missed():
    assert scored({}) == (0, 0, 0, 1)
    assert score({}, CHAIN, 3).recall == 0.0


def test_what_is_missed_is_judged_among_the_files_the_tool_keeps():
    assert scored({0: 1}) == (1, 1, 0, 1)  # 2 goes for 1, which stayed
    assert score({0: 1}, CHAIN, 3).recall == 0.5


def test_a_set_without_duplicates_is_right_when_nothing_is_removed():
    assert score({}, {}, 3).recall == 1.0
    assert score({}, {}, 3).wrong_share == 0.0


def test_greedy_keeps_the_first_and_decides_in_turn():
    assert greedy([0, 1, 2], CHAIN) == {1: 0}
    assert greedy([1, 0, 2], CHAIN) == {0: 1, 2: 1}
