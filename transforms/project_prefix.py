"""How far into its project's main folder a file lies.

A file in `src/main/java/com/x` of a repository whose code is there has 5, one in its `examples`
0: of two copies the first is more likely the one that is maintained.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_SLASH = ord("/")


def project_prefixes(path: pa.StringArray, regular: pa.BooleanArray) -> pa.Int32Array:
    """Per path the number of its leading folders that at least half of the regular files share.

    `path` are all paths of one repository, `regular` says which count (no nulls). A file lies in
    its first n folders, and 0 is for one that shares none, for a null path and where no path is
    regular. Where exactly half lie in each of two folders, both are shared.

    Time is linear in the bytes of the paths: paths in one folder are neighbours in byte order, so
    a run of half of them has one of the two middle paths in it, and its folders are that path's.
    """
    regular = pc.and_(regular, path.is_valid())
    path = path.fill_null("")
    counted = np.asarray(regular.to_numpy(zero_copy_only=False), dtype=bool)
    shared = np.zeros(len(path), dtype=np.int32)
    for middle in _middles(path.filter(regular)):
        shared = np.maximum(shared, _shared_with(middle, path, counted))
    return pa.array(shared)


def _middles(paths: pa.StringArray) -> set[bytes]:
    """The lower and the upper median in byte order; of no paths none."""
    if not len(paths):
        return set()
    places = {(len(paths) - 1) // 2, len(paths) // 2}
    found = (pc.partition_nth_indices(paths, pivot=place)[place] for place in places)
    return {paths[index.as_py()].as_py().encode() for index in found}


def _shared_with(middle: bytes, path: pa.StringArray, counted: np.ndarray) -> np.ndarray:
    """Per path the leading folders it has in common with `middle`, as deep as half go along."""
    _, offsets, data = path.buffers()
    bounds = np.frombuffer(offsets, np.int32)[path.offset : path.offset + len(path) + 1]
    text = np.frombuffer(data or b"", np.uint8)
    shared = np.zeros(len(path), dtype=np.int32)
    rows = np.arange(len(path))
    for at, byte in enumerate(middle[: middle.rfind(b"/") + 1]):
        here = bounds[rows] + at
        there = here < bounds[rows + 1]
        rows, here = rows[there], here[there]
        rows = rows[text[here] == byte]
        if 2 * np.count_nonzero(counted[rows]) < np.count_nonzero(counted):
            break
        if byte == _SLASH:
            shared[rows] += 1
    return shared
