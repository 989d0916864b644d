"""Candidate pairs: files that share a band, proposed inside one partition of band hashes.

Every file that carries some band hash is in that hash's partition, so what is proposed over all
partitions does not depend on how many there are or on the order in which rows arrive.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from codemill.transforms.dedup.hashing import UInt64Array
from codemill.transforms.dedup.ragged import BoolArray, Int64Array, runs, sorted_distinct

Int32Array = npt.NDArray[np.int32]

MAX_BUCKET_PAIRS = 32
"""Largest bucket of which all pairs are proposed: at most 15.5 pairs a member."""

HEADS = 8
"""Best-ranked members of a larger bucket, each paired with every other member: they are the ones a
removed file is removed for. With the neighbour, at most 9 pairs a member."""

_LOW_HALF = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Edges(NamedTuple):
    """Pairs of files, distinct, each file named by its part and its row there.

    File a comes before file b in keep order. Pairs are ordered by a, then b.
    """

    part_a: Int32Array
    row_a: Int32Array
    part_b: Int32Array
    row_b: Int32Array
    num_capped_buckets: int
    """Buckets with more members than all pairs were proposed of."""


class _Nodes(NamedTuple):
    """Files numbered in keep order."""

    keys: UInt64Array
    """Part and row of each, packed."""
    of_entry: UInt64Array
    """The number of each entry's file."""


def propose(
    band_hash: UInt64Array,
    part: Int32Array,
    row: Int32Array,
    rank: UInt64Array,
    file_id: Int64Array,
    *,
    max_bucket_pairs: int = MAX_BUCKET_PAIRS,
    heads: int = HEADS,
) -> Edges:
    """Pairs to verify among the files of one partition.

    One entry per (file, band) in five arrays of equal length: the band's hash, the file's part and
    row (both at least 0, together its identity), and its place in keep order: the smaller `rank`
    is kept, then the smaller `file_id`, then the smaller (part, row). Leave out files without
    shingles. Files of one band hash are a bucket. In a bucket of up to `max_bucket_pairs` files
    every pair is proposed; in a larger one every file with the `heads` best and with the next in
    keep order, so that a bucket of any size costs time and memory linear in its members (about
    600 bytes each). Of such a bucket pairs without a head may go unproposed here: mostly they
    meet in another, smaller one.
    """
    bucket, repeated = _shared_buckets(band_hash)
    nodes = _keep_order(part[repeated], row[repeated], rank[repeated], file_id[repeated])
    members = sorted_distinct((bucket << _HALF) | nodes.of_entry)
    bucket, node = members >> _HALF, members & _LOW_HALF
    starts, sizes = runs(bucket)
    size_of_member = np.repeat(sizes, sizes)
    pairs = _all_pairs(bucket, node, size_of_member <= max_bucket_pairs, max_bucket_pairs)
    large = starts[sizes > max_bucket_pairs], sizes[sizes > max_bucket_pairs]
    pairs += _pairs_with_heads(node, *large, heads)
    return _edges(np.concatenate(pairs), nodes.keys, len(large[0]))


def _shared_buckets(band_hash: UInt64Array) -> tuple[UInt64Array, Int64Array]:
    """Bucket numbers of the entries whose band hash occurs more than once, and the entries.

    Most band hashes occur once; dropping them first leaves little for the sorts that follow.
    """
    order = np.argsort(band_hash)
    _, sizes = runs(band_hash[order])
    bucket = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    shared = np.repeat(sizes > 1, sizes)
    return bucket[shared], order[shared]


def _keep_order(
    part: Int32Array, row: Int32Array, rank: UInt64Array, file_id: Int64Array
) -> _Nodes:
    packed = pack_nodes(part, row)
    keys, first, entry = np.unique(packed, return_index=True, return_inverse=True)
    order = np.lexsort((file_id[first], rank[first]))
    number = np.empty(len(keys), dtype=np.uint64)
    number[order] = np.arange(len(keys), dtype=np.uint64)
    return _Nodes(keys[order], number[entry])


def pack_nodes(part: Int32Array, row: Int32Array) -> UInt64Array:
    """Part and row in one uint64 that sorts as the pair does."""
    return (part.astype(np.uint64) << _HALF) | row.astype(np.uint64)


def _all_pairs(
    bucket: UInt64Array, node: UInt64Array, small: BoolArray, max_size: int
) -> list[UInt64Array]:
    """Pairs of the small buckets: those of members 1 apart, 2 apart, and so on."""
    pairs = []
    left = np.flatnonzero(small)
    for distance in range(1, max_size):
        left = left[left + distance < len(bucket)]
        left = left[bucket[left] == bucket[left + distance]]
        if not len(left):
            break
        pairs.append(_pack(node[left], node[left + distance]))
    return pairs


def _pairs_with_heads(
    node: UInt64Array, starts: Int64Array, sizes: Int64Array, heads: int
) -> list[UInt64Array]:
    """Pairs of the large buckets: each member with the heads before it and its predecessor."""
    pairs = [np.empty(0, dtype=np.uint64)]
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        members = node[start : start + size]
        pairs.append(_pack(members[:-1], members[1:]))
        pairs += [_pack(members[head], members[head + 1 :]) for head in range(min(heads, size))]
    return pairs


def _pack(better: UInt64Array | np.uint64, worse: UInt64Array) -> UInt64Array:
    return (better << _HALF) | worse


def _edges(pairs: UInt64Array, keys: UInt64Array, num_capped_buckets: int) -> Edges:
    pairs = sorted_distinct(pairs)
    a, b = keys[pairs >> _HALF], keys[pairs & _LOW_HALF]
    return Edges(*unpack_nodes(a), *unpack_nodes(b), num_capped_buckets)


def unpack_nodes(keys: UInt64Array) -> tuple[Int32Array, Int32Array]:
    """What `pack_nodes` packed."""
    return (keys >> _HALF).astype(np.int32), (keys & _LOW_HALF).astype(np.int32)
