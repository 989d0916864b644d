"""The same lines over and over."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum


class Repetition(Maximum):
    """Files most of whose text is in lines that repeat others of the file.

    What: share of the bytes, indentation and line ends aside, in lines that equal an earlier one.
    Why: repetition is data or boilerplate, and training on it makes models repeat.
    Dropped: dumps, fixtures, recorded outputs.
    Kept: long files of overloads and tests. Counted by lines and not by bytes, their brackets and
        ends of comments alone reach 0.8.
    Cost: one trimmed copy and a hash of each line, and a sort of line numbers.
    Source: OpenCoder's filters (arXiv:2411.04905): 0.7, of lines; Gopher (arXiv:2112.11446) counts
        characters too. Of 25 files of 66 repositories that 0.7 of the lines drops, 16 are good
        code; of the 6 that 0.7 of the bytes drops, one, a test written by copying.
    """

    name = "repetition"
    score_name = "duplicate_line_share"
    digits = 4
    default = 0.7
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of bytes in lines that repeat; null where all are blank."""
        rows, sizes = batch.lines.rows, batch.line_text_bytes
        repeated = sizes * ~self._first(batch)
        return batch.share(batch.sum_by_row(repeated, rows), batch.sum_by_row(sizes, rows))

    @staticmethod
    def _first(batch: QualityBatch) -> np.ndarray:
        """Which lines equal no earlier one of their row, bool."""
        keys = batch.lines.rows * (len(batch.distinct_lines) + 1) + batch.distinct_lines
        order = np.argsort(keys, kind="stable")
        first = np.empty(len(keys), bool)
        first[order] = np.diff(keys[order], prepend=-1) > 0
        return first
