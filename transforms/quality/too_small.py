"""Files with next to nothing in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum


class TooSmall(Minimum):
    """Files of very few lines.

    What: lines that are not blank.
    Why: a stub has nothing to learn from and is often repeated in thousands of repositories.
    Dropped: empty files, re-exporting one-liners, version stamps.
    Kept: small modules: published filters ask for 10 lines, which loses those.
    Cost: one trimmed copy and a hash of each line, shared with repetition.
    Source: OpenCoder's filters ask for 10; 3 keeps short modules.
    """

    name = "too_small"
    score_name = "num_written_lines"
    digits = 0
    default = 3.0
    expects = 0.1
    expects_least = 0.001

    def score(self, batch: QualityBatch) -> pa.Array:
        """Lines that are not blank."""
        return batch.masked(batch.num_written_lines.astype(np.float64))
