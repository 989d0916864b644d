"""Code that was left to be written."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum

STUB = (
    r"(?:"
    # the whole of a body: pass, ..., ???
    r"^(?:pass|\.\.\.|\?\?\?|\{ ?\.\.\. ?\})[;,]?(?: *#.*)?$"
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
    Kept: code with a TODO here and there; abstract base classes with documentation.
    Cost: a regular expression over each distinct line.
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
        return batch.share(batch.matching_lines(STUB), batch.num_written_lines)
