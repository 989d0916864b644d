import numpy as np
import pytest

from codemill.transforms.dedup.bands import Banding, band_hashes, choose_bands


@pytest.mark.parametrize(
    ("num_perm", "bands", "rows"), [(128, 17, 4), (252, 37, 6), (256, 37, 6), (64, 11, 3)]
)
def test_the_most_rows_then_the_fewest_bands_that_find_a_pair_at_the_threshold(
    num_perm, bands, rows
):
    chosen = choose_bands(num_perm, threshold=0.7, detection=0.99)
    assert chosen == Banding(bands, rows)
    assert chosen.detection(0.7) >= 0.99
    assert Banding(bands - 1, rows).detection(0.7) < 0.99
    assert Banding(num_perm // (rows + 1), rows + 1).detection(0.7) < 0.99


def test_detection_is_the_curve_of_banding():
    assert round(Banding(25, 10).detection(0.7), 2) == 0.51
    assert round(Banding(42, 6).detection(0.7), 3) == 0.995
    assert Banding(3, 2).detection(0.0) == 0.0
    assert Banding(3, 2).detection(1.0) == 1.0


def test_too_few_permutations_are_refused():
    with pytest.raises(ValueError, match=r"2 permutations cannot find a pair at 0.7"):
        choose_bands(2, threshold=0.7)
    with pytest.raises(ValueError, match=r"threshold 0, detection 0.9"):
        choose_bands(128, threshold=0, detection=0.9)
    with pytest.raises(ValueError, match=r"threshold 0.7, detection 1"):
        choose_bands(128, threshold=0.7, detection=1)


def test_files_share_a_band_hash_exactly_where_they_share_a_band():
    minima = np.array([[1, 2, 3, 4, 9], [1, 2, 3, 5, 9], [0, 2, 3, 4, 8]], dtype=np.uint32)
    hashes = band_hashes(minima, Banding(2, 2))
    equal = hashes[:, None, :] == hashes[None, :, :]
    assert equal[0].tolist() == [[True, True], [True, False], [False, True]]
    assert equal[1, 2].tolist() == [False, False]


def test_equal_minima_in_different_bands_do_not_meet():
    hashes = band_hashes(np.full((1, 60), 7, dtype=np.uint32), Banding(20, 3))
    assert len(np.unique(hashes)) == 20


def test_order_within_a_band_counts():
    hashes = band_hashes(np.array([[1, 2], [2, 1]], dtype=np.uint32), Banding(1, 2))
    assert hashes[0] != hashes[1]


def test_the_result_does_not_depend_on_batches():
    minima = np.random.default_rng(1).integers(0, 2**32, (9, 12), dtype=np.uint32)
    whole = band_hashes(minima, Banding(4, 3))
    rows = [band_hashes(minima[i : i + 1], Banding(4, 3)) for i in range(9)]
    assert whole.tolist() == np.concatenate(rows).tolist()
    assert band_hashes(minima[:0], Banding(4, 3)).shape == (0, 4)
    assert whole.dtype == np.uint64


def test_signatures_shorter_than_the_bands_are_refused():
    with pytest.raises(ValueError, match=r"3 bands of 2 rows need 6 minima, got 5"):
        band_hashes(np.zeros((1, 5), dtype=np.uint32), Banding(3, 2))
