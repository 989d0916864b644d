"""Code that was left to be written."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum

EMPTY_BODY = r"^(?:pass|\.\.\.|\?\?\?|\{ ?\.\.\. ?\})[;,]?(?: *#.*)?$"
DOCSTRING_END = r"(?:\"\"\"|\'\'\')$"
"""RE2, of a line: the body that follows is said in words, as of an exception."""

STUB = (
    rf"(?:{EMPTY_BODY}"
    # raise NotImplementedError, throw new Error("not implemented"), todo!(), TODO()
    r"|^(?:raise|throw|die|panic!?|fatalError|error|failwith|abort|croak)\b"
    r".*(?i:not[ _-]?(?:yet[ _-]?)?implemented|unimplemented)"
    r"|\b(?:todo|unimplemented)!\(|\bTODO\(|UnsupportedOperationException\("
    # what exercises and templates say
    r"|(?i:\b(?:your|some|actual|the) (?:code|implementation|solution|logic) (?:goes |is )?here\b)"
    r"|(?i:\bimplement (?:me|this|here)\b)|(?i:\binsert (?:code|your \w+) here\b)"
    # a comment that begins with TODO
    r"|^(?:#+|//+!?|/?\*+|--+|;+|%+|<!--|\"|'|\(\*)[ \t]*@?(?i:todo|fixme|tbd)\b"
    r")"
)
"""RE2, of a line without the white space around it."""


class Stubs(Maximum):
    """Files in which much is left to be written.

    What: share of the lines that are not blank which stand for missing code: `pass`, `...`,
        `raise NotImplementedError`, `todo!()`, `your code here`, comments that begin with TODO.
    Why: a model that learns from them leaves the work to its user.
    Dropped: exercises, templates, interfaces mocked by raising, files of empty classes.
    Kept: code with a TODO here and there; what a docstring describes: exceptions, protocols.
    Cost: three regular expressions over each distinct line.
    Source: OpenCoder's filters (arXiv:2411.04905) drop from 0.01 of `TODO` or `your code here` and
        from 0.05 of `pass`: every file of 50 lines with one TODO.
    """

    name = "stubs"
    score_name = "stub_line_share"
    digits = 4
    default = 0.2
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of stub lines; null where all are blank."""
        rows, written = batch.lines.rows, np.flatnonzero(batch.line_text_bytes)
        stubs = batch.lines_matching(STUB)
        described = batch.lines_matching(DOCSTRING_END)[written[:-1]]
        described &= rows[written[:-1]] == rows[written[1:]]
        stubs[written[1:][described & batch.lines_matching(EMPTY_BODY)[written[1:]]]] = False
        return batch.share(np.bincount(rows[stubs], minlength=len(batch)), batch.num_written_lines)
