"""How many times a document is read: its learning value as a sampling weight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.sampling import keyed_uniform


@dataclass(frozen=True)
class SampleWeight:
    """weight = min(`most`, (value / `once`) ** `exponent`)."""

    exponent: float = 0.0
    """0 takes every document once."""
    once: float = 0.5
    """The value of a document that is taken once."""
    most: int = 4
    """Copies at most."""

    def __call__(self, value: pa.DoubleArray) -> npt.NDArray[np.float64]:
        """Weights of documents, at least 0; a null value weighs 1."""
        known = pc.fill_null(value, self.once).to_numpy(zero_copy_only=False)
        weights: npt.NDArray[np.float64] = np.power(known / self.once, self.exponent)
        return np.minimum(weights, float(self.most))


def copies(
    value: pa.DoubleArray, file_id: npt.NDArray[np.int64], weight: SampleWeight, *, seed: int
) -> npt.NDArray[np.int64]:
    """How often each document is taken: floor(weight), and once more by chance with the rest.

    The chance is keyed by (seed, file id), so a document keeps its copies when others come or go,
    and with a greater value it has never fewer. On average it is taken as often as it weighs.
    """
    if not weight.exponent:
        return np.ones(len(file_id), dtype=np.int64)
    weights = weight(value)
    whole = np.floor(weights)
    extra = keyed_uniform(file_id, seed=seed, purpose="copies") < weights - whole
    return whole.astype(np.int64) + extra
