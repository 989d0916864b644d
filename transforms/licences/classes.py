"""How good a licence is, by the policies that admit it: a number per expression, 0 the best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.licences.policy import Policy

CLASSES = ("permissive", "permissive-and-weak-copyleft", "any-open-source")
"""Packaged policies, the best first. After them comes any other licence, and last none."""


@dataclass(frozen=True)
class LicenceClasses:
    """Numbers licences by the first of some policies that admits them."""

    policies: tuple[Policy, ...]
    """The best first."""

    def __call__(self, licence: pa.Array) -> pa.UInt8Array:
        """Class per row of `licence` (string); no nulls.

        With n policies: the index of the first that admits the expression as a whole (an OR by
        its best side, an AND by its worst), n for an expression that none admits or that is no
        valid one, n + 1 for null.
        """
        encoded = licence.dictionary_encode()
        another = len(self.policies)
        classes = np.full(len(encoded.dictionary), another, dtype=np.uint8)
        for number in reversed(range(another)):
            admitted = self.policies[number].admits(encoded.dictionary)
            classes[admitted.to_numpy(zero_copy_only=False)] = number
        return pc.fill_null(pa.array(classes).take(encoded.indices), another + 1)
