"""Files with a header and hardly anything below it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Minimum
from codemill.transforms.quality.measures import DATA_LANGUAGES


class LittleCode(Minimum):
    """Files with next to nothing outside their comments.

    What: bytes outside comments; null for data (see data_small) and where there was no parse.
    Why: below a licence header of 600 bytes an empty class teaches nothing.
    Dropped: marker interfaces, empty exceptions, stubs of tests, files that only include another.
    Kept: what has a function or two, however long its documentation.
    Cost: none: the parse has measured it.
    Source: Own choice: of 40 files of 60 to 130 bytes none was worth keeping below 100.
    """

    name = "little_code"
    score_name = "code_bytes"
    digits = 0
    default = 100.0
    expects = 0.1

    def score(self, batch: QualityBatch) -> pa.Array:
        """Bytes outside comments; null for data and files without a parse."""
        offsets, _ = batch.buffers
        shares = np.asarray(pc.fill_null(batch.comment_share, np.nan), np.float64)
        is_data = np.asarray(batch.in_languages(DATA_LANGUAGES))
        code = np.diff(offsets) * (1 - shares)
        return batch.masked(np.where(is_data, np.nan, code))
