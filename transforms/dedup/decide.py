"""Which near-duplicates go: greedy in keep order, and only for a file that stays."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np

from codemill.transforms.dedup.candidates import Int32Array, pack_nodes, unpack_nodes
from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import BoolArray, Int64Array, runs
from codemill.transforms.dedup.verify import reaches


class Removals(NamedTuple):
    """Files removed and the kept file each is removed for, as node numbers, by `removed`."""

    removed: Int64Array
    kept: Int64Array
    intersection: Int64Array
    union: Int64Array


class NumberedEdges(NamedTuple):
    """Edges between files numbered from 0, with each number's part and row."""

    part: Int32Array
    row: Int32Array
    a: Int64Array
    b: Int64Array


def number_nodes(
    part_a: Int32Array, row_a: Int32Array, part_b: Int32Array, row_b: Int32Array
) -> NumberedEdges:
    """Number the files that edges name by part and row, ascending by (part, row).

    Edge i joins the nodes `a[i]` and `b[i]`; node n is row `row[n]` of part `part[n]`.
    """
    packed = np.concatenate([pack_nodes(part_a, row_a), pack_nodes(part_b, row_b)])
    keys, number = np.unique(packed, return_inverse=True)
    a, b = np.split(number.astype(np.int64, copy=False), 2)
    return NumberedEdges(*unpack_nodes(keys), a, b)


def decide(
    rank: UInt64Array,
    file_id: Int64Array,
    a: Int64Array,
    b: Int64Array,
    intersection: Int64Array,
    union: Int64Array,
    *,
    threshold: Decimal,
) -> Removals:
    """The files to remove, given verified edges between them.

    `rank` and `file_id` have an entry per node, and order them: the smaller rank is kept, then the
    smaller file id, then the smaller number. `a` and `b` are the node numbers an edge joins, in
    either order; an edge given twice counts once; one below `threshold` counts for nothing. In
    keep order every file is kept unless an edge joins it to a better one that is kept; so nothing
    is removed by a chain (a~b~c with a unlike c removes b alone) and no edge joins two kept files.
    Of several kept files that are better, a file is removed for the most similar, then the better.

    One pass over the edges in keep order, a NumPy step per file that has worse neighbours. Memory
    about 100 bytes per edge and 40 per node. Similarities are told apart exactly up to unions of
    2**26 shingles, where float64 quotients are still distinct.
    """
    strong = reaches(intersection, union, threshold) & (a != b)
    order = np.lexsort((file_id, rank))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    ends = place[a[strong]], place[b[strong]]
    better, worse = np.minimum(*ends), np.maximum(*ends)
    by_kept = ~_removed(better, worse, len(order))[better]
    edges, better, worse = np.flatnonzero(strong)[by_kept], better[by_kept], worse[by_kept]
    similarity = intersection[edges] / union[edges]
    best = _first_per_node(worse, np.lexsort((better, -similarity, worse)))
    edges, kept, gone = edges[best], order[better[best]], order[worse[best]]
    by_node = np.argsort(gone)
    edges = edges[by_node]
    return Removals(gone[by_node], kept[by_node], intersection[edges], union[edges])


def _removed(better: Int64Array, worse: Int64Array, num_nodes: int) -> BoolArray:
    """Which places in keep order go: those with a better neighbour that stays."""
    by_better = np.argsort(better)
    worse = worse[by_better]
    starts, sizes = runs(better[by_better])
    nodes = better[by_better[starts]]
    removed = np.zeros(num_nodes, dtype=np.bool_)
    for node, start, end in zip(
        nodes.tolist(), starts.tolist(), (starts + sizes).tolist(), strict=True
    ):
        if not removed[node]:
            removed[worse[start:end]] = True
    return removed


def _first_per_node(node: Int64Array, order: Int64Array) -> Int64Array:
    """Of edges in an `order` that groups them by `node`, the first of each group."""
    starts, _ = runs(node[order])
    return order[starts]
