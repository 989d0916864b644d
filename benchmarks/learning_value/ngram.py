"""A language model of token n-grams: what a training set teaches, in seconds and without chance.

Witten-Bell interpolation: p(w | h) = (c(hw) + t(h) p(w | h')) / (c(h) + t(h)), where h' is h
without its first token and t(h) how many different tokens follow h; at last all are equally likely.
Source: Bell, Cleary, Witten, "Text Compression", 1990; as interpolated by Chen and Goodman, 1998.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ORDER = 5
_ODD = np.uint64(0x9E3779B97F4A7C15)

Ids = npt.NDArray[np.int32]
Keys = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class _Order:
    """Counts of n-grams of one length, sorted by key."""

    grams: Keys
    counts: npt.NDArray[np.float64]
    histories: Keys
    totals: npt.NDArray[np.float64]
    kinds: npt.NDArray[np.float64]


class NgramModel:
    """Counts of the n-grams of a stream of tokens, n from 1 to `ORDER`."""

    def __init__(self, ids: Ids, vocab_size: int) -> None:
        self._vocab_size = vocab_size
        self._orders = [_counted(ids, n) for n in range(1, ORDER + 1)]

    def bits(self, ids: Ids) -> float:
        """Bits that the tokens of a stream take, each after those before it."""
        probability = np.full(len(ids), 1.0 / self._vocab_size)
        for n, order in enumerate(self._orders, start=1):
            histories, grams = _keys(ids, n)
            found = _looked_up(order.grams, order.counts, grams)
            total = _looked_up(order.histories, order.totals, histories)
            kinds = _looked_up(order.histories, order.kinds, histories)
            known = total > 0
            mixed = (found + kinds * probability[n - 1 :]) / np.maximum(total + kinds, 1.0)
            probability[n - 1 :] = np.where(known, mixed, probability[n - 1 :])
        return float(-np.log2(probability).sum())


def _keys(ids: Ids, n: int) -> tuple[Keys, Keys]:
    """Hashes of the n - 1 tokens before each token from the n-th on, and with it."""
    words = ids.astype(np.uint64) + np.uint64(1)
    size = len(ids) - n + 1
    history = np.full(size, n, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place in range(n - 1):
            history = _mixed(history * _ODD + words[place : place + size])
        gram = _mixed(history * _ODD + words[n - 1 : n - 1 + size])
    return history, gram


def _mixed(x: Keys) -> Keys:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return x ^ (x >> np.uint64(27))


def _counted(ids: Ids, n: int) -> _Order:
    histories, grams = _keys(ids, n)
    order = np.argsort(grams, kind="stable")
    grams, histories = grams[order], histories[order]
    first = np.flatnonzero(np.diff(grams, prepend=grams[:1] ^ np.uint64(1)))
    counts = np.diff(np.append(first, len(grams))).astype(np.float64)
    of_gram = histories[first]
    order = np.argsort(of_gram, kind="stable")
    sorted_histories = of_gram[order]
    starts = np.flatnonzero(np.diff(sorted_histories, prepend=sorted_histories[:1] ^ np.uint64(1)))
    totals = np.add.reduceat(counts[order], starts)
    kinds = np.diff(np.append(starts, len(sorted_histories))).astype(np.float64)
    return _Order(grams[first], counts, sorted_histories[starts], totals, kinds)


def _looked_up(
    keys: Keys, values: npt.NDArray[np.float64], wanted: Keys
) -> npt.NDArray[np.float64]:
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0.0)
