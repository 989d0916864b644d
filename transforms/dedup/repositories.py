"""Which repositories go as a whole: those of which most is in another that stays."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np

from codemill.transforms.dedup.ragged import BoolArray, Int64Array
from codemill.transforms.dedup.verify import reaches


class RemovedRepositories(NamedTuple):
    """Repositories by number, ascending, and what each is removed for."""

    removed: Int64Array
    kept: Int64Array
    shared_bytes: Int64Array


def decide_repositories(
    own: Int64Array,
    other: Int64Array,
    shared_bytes: Int64Array,
    total_bytes: Int64Array,
    *,
    share: Decimal,
) -> RemovedRepositories:
    """The repositories to remove; they are numbered in keep order, from 0.

    `shared_bytes[i]` bytes of repository `own[i]` are like files of repository `other[i]`; each
    pair is given at most once a direction. In keep order every repository is kept unless a better
    one that is kept holds at least `share` of its `total_bytes`; of several the one with most,
    then the better. So none is removed for one that goes, and none by a chain. Raises
    `ValueError` for a `share` out of (0, 1].
    """
    enough = reaches(shared_bytes, total_bytes[own], share) & (other < own)
    candidates = np.flatnonzero(enough)
    order = candidates[np.lexsort((other[candidates], -shared_bytes[candidates], own[candidates]))]
    is_removed = np.zeros(len(total_bytes), dtype=np.bool_)
    chosen = [
        pair
        for pair, mine, theirs in zip(
            order.tolist(), own[order].tolist(), other[order].tolist(), strict=True
        )
        if _removes(is_removed, mine, theirs)
    ]
    pairs = np.array(chosen, dtype=np.int64)
    return RemovedRepositories(own[pairs], other[pairs], shared_bytes[pairs])


def _removes(is_removed: BoolArray, own: int, other: int) -> bool:
    """Whether `own`, which comes after `other`, goes for it now; notes it."""
    if is_removed[own] or is_removed[other]:
        return False
    is_removed[own] = True
    return True
