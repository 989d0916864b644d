"""Which near-duplicates go: greedy in keep order, and only for a file that stays.

In keep order every file is kept unless an edge joins it to a better one that is kept. So nothing
is removed by a chain (of a~b~c with a unlike c, b alone goes), and no edge joins two kept files.
What is asked of a file depends on better files alone, so a share of the edges can be settled by
itself as far as it goes: a file is undecided while none of its better neighbours is known to be
kept, and one of them is undecided. Repeated over all shares, each time with what the others found,
nothing stays undecided: the best of the undecided files can always be decided.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import Int64Array, places_among, runs

States = npt.NDArray[np.uint8]

KEPT, UNDECIDED, REMOVED = 0, 1, 2


class Settled(NamedTuple):
    """Files by number, ascending, and the state of each."""

    node: UInt64Array
    state: States


def settle(
    worse: UInt64Array,
    rank: UInt64Array,
    file_id: Int64Array,
    better: UInt64Array,
    better_state: States,
) -> Settled:
    """The states of the files on the worse side of edges.

    Edge i joins the file `worse[i]` to the file `better[i]`, both numbers that stand for files;
    `rank[i]` and `file_id[i]` are those of the worse one and place it in keep order. All edges of
    a worse file are given. `better_state[i]` is what is known of the better one; where that is
    itself on a worse side here, what is found of it now counts. One pass in keep order, about
    300 bytes an edge.
    """
    order = np.lexsort((file_id, rank, worse))
    starts, sizes = runs(worse[order])
    first = order[starts]
    in_order = np.lexsort((worse[first], file_id[first], rank[first]))
    local = places_among(worse[first], better[order])
    edges = zip(local.tolist(), better_state[order].tolist(), strict=True)
    by_file = _settled(in_order.tolist(), starts.tolist(), sizes.tolist(), list(edges))
    return Settled(worse[first], np.frombuffer(by_file, dtype=np.uint8))


def _settled(
    in_order: list[int], starts: list[int], sizes: list[int], edges: list[tuple[int, int]]
) -> bytearray:
    """States by file; `edges` are (place of the better file or -1, its state if that is -1)."""
    states = bytearray([UNDECIDED]) * len(in_order)
    for file in in_order:
        state = KEPT
        for place, known in edges[starts[file] : starts[file] + sizes[file]]:
            better = known if place < 0 else states[place]
            if better == KEPT:
                state = REMOVED
                break
            if better == UNDECIDED:
                state = UNDECIDED
        states[file] = state
    return states


def known_states(settled: Settled, wanted: UInt64Array) -> States:
    """The state of each of `wanted`; files that no edge has on its worse side are kept."""
    place = places_among(settled.node, wanted)
    states = np.full(len(wanted), KEPT, dtype=np.uint8)
    states[place >= 0] = settled.state[place[place >= 0]]
    return states


def choose(
    worse: UInt64Array, better_state: States, intersection: Int64Array, union: Int64Array
) -> Int64Array:
    """Of the edges of each removed file, the index of the one that it is removed for.

    The most similar kept file, then the first given: give edges in keep order of the better one.
    Ascending by `worse`. Similarities are told apart exactly up to unions of 2**26 shingles, where
    float64 quotients are still distinct.
    """
    kept = np.flatnonzero(better_state == KEPT)
    similarity = intersection[kept] / union[kept]
    order = kept[np.lexsort((kept, -similarity, worse[kept]))]
    starts, _ = runs(worse[order])
    return order[starts]
