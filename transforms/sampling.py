"""Random choices keyed by what is chosen, and sampling by language built on them.

A choice depends on (seed, purpose, key) and on nothing else: not on the position of a row, the
batch it came in or the worker that saw it. So a file keeps its choice when other files come or go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, made odd: the increment of SplitMix64."""


def keyed_bits(
    keys: npt.NDArray[np.int64],
    *,
    seed: int,
    purpose: str,
    index: npt.NDArray[np.int64] | int = 0,
) -> npt.NDArray[np.uint64]:
    """64 mixed bits for each key.

    `keys` is int64 of shape (n,), usually file ids; `index` tells the choices of one key apart (a
    piece of a file, a draw) and broadcasts against it. `purpose` and `seed` are hashed to 64 bits
    with BLAKE2b, and each word that goes in passes the finaliser of SplitMix64, a bijection of 64
    bits. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014,
    with the constants of Stafford's variant 13.
    """
    digest = hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=8).digest()
    stream = np.uint64(int.from_bytes(digest, "little"))
    state = _mixed(np.asarray(keys, dtype=np.int64).view(np.uint64) ^ stream)
    step = np.asarray(index, dtype=np.int64).astype(np.uint64) + np.uint64(1)
    with np.errstate(over="ignore"):
        return _mixed(state + step * _GOLDEN_GAMMA)


def keyed_uniform(
    keys: npt.NDArray[np.int64],
    *,
    seed: int,
    purpose: str,
    index: npt.NDArray[np.int64] | int = 0,
) -> npt.NDArray[np.float64]:
    """A float64 in [0, 1) for each key, from the upper 53 of its `keyed_bits`."""
    bits = keyed_bits(keys, seed=seed, purpose=purpose, index=index)
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def keyed_uniform_text(
    values: Sequence[str], *, seed: int, purpose: str
) -> npt.NDArray[np.float64]:
    """As `keyed_uniform`, for strings (repositories, say): each is hashed to its key by BLAKE2b."""
    digests = b"".join(hashlib.blake2b(v.encode(), digest_size=8).digest() for v in values)
    return keyed_uniform(np.frombuffer(digests, dtype="<i8"), seed=seed, purpose=purpose)


def language_rates(
    bytes_per_language: Mapping[str, int], *, alpha: float, budget_bytes: int
) -> dict[str, float]:
    """The share of each language's files to keep, in [0, 1], sorted by language.

    A language is due share^alpha of the budget, renormalised: 1 keeps the corpus' mix, 0 gives all
    languages the same. One that has fewer bytes than it is due is kept whole, and what it leaves
    goes to the others by the same weights.

    Raises:
        ValueError: alpha outside [0, 1], or a negative budget.

    """
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha must be in [0, 1], got {alpha}")
    if budget_bytes < 0:
        raise ValueError(f"budget_bytes must not be negative, got {budget_bytes}")
    have = {name: size for name, size in sorted(bytes_per_language.items()) if size > 0}
    total = sum(have.values())
    weights = {name: (size / total) ** alpha for name, size in have.items()}
    rates = dict.fromkeys(have, 1.0)
    budget = float(budget_bytes)
    # By rising bytes per weight a language that is short of its due is met before those it feeds.
    for name in sorted(have, key=lambda n: (have[n] / weights[n], n)):
        due = budget * weights[name] / sum(weights.values())
        rates[name] = min(1.0, due / have[name])
        budget -= rates[name] * have[name]
        del weights[name]
    return rates


def sampled(
    file_id: pa.Array, language: pa.Array, rates: Mapping[str, float], *, seed: int, purpose: str
) -> pa.BooleanArray:
    """Which rows are in the sample: true where the file's uniform is below its language's rate.

    `file_id` is int64 without nulls, `language` string of the same length. A language that is null
    or has no rate is not sampled. The files at a rate are among those at any higher rate.
    """
    names = pa.array(list(rates), pa.string())
    at = pc.index_in(language.cast(pa.string()), value_set=names)
    table = np.array([*rates.values(), 0.0])
    rate = table[pc.fill_null(at, len(rates)).to_numpy(zero_copy_only=False)]
    keys = file_id.to_numpy(zero_copy_only=False).astype(np.int64)
    return pa.array(keyed_uniform(keys, seed=seed, purpose=purpose) < rate)


def _mixed(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
