"""Learning value: how much is to be learned from a file, 0 to 1.

    value = merit x (1 - w1 (1 - f1)) x (1 - w2 (1 - f2)) x ...     rounded to 4 digits

Merit is the weighted mean of what speaks for a file. Each flaw f, 1 where there is none of it and
0 where there is no more than that, takes away up to its weight w of what is left: stars don't make
up for a file of digits. What is not known counts as ordinary: 0.5 of a merit, no flaw.

Every component reads columns of `schema.FILES_HEAD` and `scores` alone, so that a finished build
can be valued anew with other weights. The formula's table is `learning_value.components`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from codemill.transforms.learning_value.component import Files, Floats
from codemill.transforms.learning_value.components import COMPONENTS

DIGITS = 4
ORDINARY = 0.5
"""What a merit counts that is not known."""

_KINDS = {each.name: each.kind for each in COMPONENTS}


def value_weights(given: Mapping[str, float]) -> dict[str, float]:
    """Weight of every component, with those of `given` in the place of the defaults.

    Raises `ValueError` for a name that there is not, a negative weight, a flaw's above 1, and
    where no merit has any.
    """
    by_name = {each.name: each for each in COMPONENTS}
    for name, weight in given.items():
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1, cutoff=0.0)[0]
            raise ValueError(f"no component is called {name!r}; did you mean {near!r}?")
        most = np.inf if by_name[name].kind == "merit" else 1.0
        if not 0 <= weight <= most or weight == np.inf:
            bound = "0 or more" if by_name[name].kind == "merit" else "between 0 and 1"
            raise ValueError(f"the weight of {name} must be {bound}, not {weight!r}")
    weights = {each.name: float(given.get(each.name, each.weight)) for each in COMPONENTS}
    if not any(weights[each.name] for each in COMPONENTS if each.kind == "merit"):
        raise ValueError("every merit has weight 0: at least one must have some")
    return weights


class LearningValue:
    """Values batches of files."""

    def __init__(
        self, weights: Mapping[str, float], reference_secs: int, code: pa.Array, data: pa.Array
    ) -> None:
        self._weights = value_weights(weights)
        self._reference_secs = reference_secs
        self._code, self._data = code, data

    def components(self, batch: pa.RecordBatch) -> dict[str, Floats]:
        """Every component that has a weight, by name; NaN where it is not known."""
        files = Files(batch, self._reference_secs, self._code, self._data)
        return {each.name: each(files) for each in COMPONENTS if self._weights[each.name]}

    def __call__(self, batch: pa.RecordBatch) -> pa.DoubleArray:
        """The value of every file; null where it has no language, as binaries have none."""
        found = self.components(batch)
        total = sum(self._weights[n] for n in found if _KINDS[n] == "merit")
        value = np.zeros(batch.num_rows)
        for name, component in found.items():
            if _KINDS[name] == "merit":
                known = np.where(np.isnan(component), ORDINARY, component)
                value += known * (self._weights[name] / total)
        for name, component in found.items():
            if _KINDS[name] == "flaw":
                known = np.where(np.isnan(component), 1.0, component)
                value *= 1.0 - self._weights[name] * (1.0 - known)
        rounded = np.clip(np.round(value, DIGITS), 0.0, 1.0)
        return pa.array(rounded, mask=~np.asarray(batch.column("language").is_valid()))
