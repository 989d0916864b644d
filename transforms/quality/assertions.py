"""Tests that assert and do nothing else."""

from __future__ import annotations

import pyarrow as pa

from codemill.transforms.quality.batch import QualityBatch
from codemill.transforms.quality.filter import Maximum

ASSERTION = (
    # assert x, self.assertEqual(, assert_eq!(, Assert.Equal(, expect(, EXPECT_EQ(, XCTAssertTrue(
    r"^(?:await |return |\()?(?:[\w$]+(?:\.|->|::))*"
    r"(?:(?:static_|debug_)?assert\w*|refute\w*|expect\w*|Assert\w*|Expect\w*|XCTAssert\w*"
    r"|EXPECT_\w+|ASSERT\w*|(?:BOOST_)?(?:REQUIRE|CHECK)\w*|BOOST_TEST|require\.\w+)"
    r"[!?]?(?:[(.]| +[^ =<]|$)"
    # ok(, is_deeply(, t.equal(, (is (=
    r"|^(?:is|ok|isnt|is_deeply|like|unlike|cmp_ok|eq|throws)[ (]\S|^\(is \("
    r"|^(?:t|test|QUnit)\.(?:is|ok|equals?|deepEquals?|notEqual|true|false|same|strictEqual"
    r"|throws|like)\("
    # x.should.equal, x `shouldBe` y, x @?= y
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
    Source: OpenCoder's filters (arXiv:2411.04905): 0.4 for Python. Between 0.4 and 0.6 tests still
        build what they test. Of 33 files of 105 repositories above 0.6, read by eye, the 10 above
        0.75 are tables but for two; of the 23 below 6 set up what they test, 6 test many methods.
    """

    name = "assertions"
    score_name = "assertion_line_share"
    digits = 4
    default = 0.75
    expects = 0.03

    def score(self, batch: QualityBatch) -> pa.Array:
        """Share of assertions; null where all lines are blank."""
        return batch.share(batch.matching_lines(ASSERTION), batch.num_written_lines)
