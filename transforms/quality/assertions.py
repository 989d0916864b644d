"""Tests that assert and do nothing else."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum

ASSERTION = (
    r"^(?:await |return |yield |and |\()?(?:[\w$]+(?:\(\w*\))?(?:\.|->|::))*"
    r"(?:(?:static_)?assert\w*|(?:de)?bug_assert|refute\w*|expect\w*!?|Assert\w*|Expect\w*"
    r"|XCTAssert\w*|EXPECT_\w+|ASSERT\w*|(?:BOOST_)?(?:REQUIRE|CHECK)\w*|BOOST_TEST"
    r"|should\w*|is_deeply|is_equal|require\.\w+|assert!|assert_\w+!)"
    r"[!?]?(?:[ (.]|$)"
    r"|^(?:\(is |\(testing |(?:t|test|QUnit)\.(?:is|ok|equals?|deepEquals?|notEqual|true|false|same"
    r"|strictEqual|throws|like)\()"
    r"|^(?:is|ok|isnt|like|unlike|cmp_ok|eq|throws)[ (]\S"
    r"|\.should(?:\.|\(| )|\bshould(?:Be|Equal|Return|Throw)\b|@\?=|@=\?"
)
"""RE2, of a line without the white space around it."""


class Assertions(Maximum):
    """Files that assert line by line.

    What: share of the lines that are not blank which begin an assertion or expectation.
    Why: a list of expected values shows no way to compute them.
    Dropped: tables of cases written as assertions.
    Kept: tests that set something up, in any language.
    Cost: a regular expression over each distinct line.
    Source: OpenCoder's filters (arXiv:2411.04905): 0.4 for Python.
    """

    name = "assertions"
    score_name = "assertion_line_share"
    digits = 4
    default = 0.5
    expects = 0.02

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of assertions; null where all lines are blank."""
        return batch.share(batch.matching_lines(ASSERTION), batch.num_written_lines)
