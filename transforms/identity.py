"""Ids that do not depend on what else is in the corpus."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pyarrow as pa


def file_ids(
    repository: pa.Array, revision: pa.Array, path: pa.Array, blob_id: pa.Array
) -> pa.Array:
    """int64: the 64-bit BLAKE2b of (repository, revision, path, blob id), as two's complement.

    The parts are joined by NUL, which none of them can hold. Among 10^9 files, two share an id
    with probability 0.027.
    """
    rows = zip(
        repository.to_pylist(),
        revision.to_pylist(),
        path.to_pylist(),
        blob_id.to_pylist(),
        strict=True,
    )
    digests = b"".join(blake2b("\0".join(row).encode(), digest_size=8).digest() for row in rows)
    return pa.array(np.frombuffer(digests, dtype="<i8"), type=pa.int64())


def shown_id(file_id: int) -> str:
    """16 hex digits of a file id, as people see it."""
    return f"{file_id & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def keyed_number(seed: int, purpose: str, name: str) -> int:
    """A 64-bit number keyed by (seed, purpose, name), for what belongs to a repository."""
    return int.from_bytes(blake2b(f"{seed}\0{purpose}\0{name}".encode(), digest_size=8).digest())


def keyed_share(seed: int, purpose: str, name: str) -> float:
    """`keyed_number` as a float in [0, 1)."""
    return (keyed_number(seed, purpose, name) >> 11) / (1 << 53)
