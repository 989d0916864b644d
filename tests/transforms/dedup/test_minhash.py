import numpy as np
import pytest
from datasketch import MinHash

from codemill.transforms.dedup import minhash
from codemill.transforms.dedup.minhash import permutations, signatures
from codemill.transforms.dedup.ragged import offsets_of


def random_rows(lengths, seed=1):
    values = np.random.default_rng(seed).integers(0, 2**64, sum(lengths), dtype=np.uint64)
    return values, offsets_of(lengths)


def datasketch_signature(row, num_perm, seed):
    sketch = MinHash(
        num_perm=num_perm, seed=seed, scheme="affine32", hashfunc=lambda value: value & 0xFFFFFFFF
    )
    sketch.update_batch(row.tolist())
    return sketch.hashvalues.tolist()


@pytest.mark.parametrize(("num_perm", "seed"), [(128, 1), (130, 42), (1, 7), (252, 42)])
def test_signatures_equal_datasketch(num_perm, seed):
    values, offsets = random_rows([3, 0, 1, 500, 0, 40, 0])
    ours = signatures(values, offsets, permutations(num_perm, seed=seed))
    rows = [values[offsets[i] : offsets[i + 1]] for i in range(7)]
    assert ours.tolist() == [datasketch_signature(row, num_perm, seed) for row in rows]
    assert ours.dtype == np.uint32


def test_signatures_do_not_depend_on_blocks(monkeypatch):
    values, offsets = random_rows([5, 70, 0, 2, 900, 1, 30])
    drawn = permutations(16, seed=3)
    whole = signatures(values, offsets, drawn).tolist()
    monkeypatch.setattr(minhash, "_BLOCK_VALUES", 64)
    assert signatures(values, offsets, drawn).tolist() == whole


def test_a_row_without_shingles_is_all_empty():
    values, offsets = random_rows([0, 0])
    assert signatures(values, offsets, permutations(2, seed=1)).tolist() == [[2**32 - 1] * 2] * 2


def test_no_rows_give_no_signatures():
    values, offsets = random_rows([])
    assert signatures(values, offsets, permutations(8, seed=1)).shape == (0, 8)


def test_the_shingles_are_left_as_they_were():
    values, offsets = random_rows([50])
    before = values.tolist()
    signatures(values, offsets, permutations(4, seed=1))
    assert values.tolist() == before


def test_equal_minima_estimate_the_similarity():
    values, _ = random_rows([1500])
    both = np.concatenate([values[:1000], values[500:]])
    pair = signatures(both, offsets_of([1000, 1000]), permutations(4096, seed=5))
    # 500 of 1,500 shared; the standard error at 4,096 permutations is 0.0074.
    assert abs(float(np.mean(pair[0] == pair[1])) - 1 / 3) < 0.03


def test_no_permutations_are_refused():
    with pytest.raises(ValueError, match="at least 1, got 0"):
        permutations(0, seed=1)
