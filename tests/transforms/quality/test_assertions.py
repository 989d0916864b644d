import pytest

ASSERTIONS = [
    "assert x == 1",
    "    self.assertEqual(a, b)",
    "np.testing.assert_allclose(a, b)",
    "assertThat(actor.isActive, IsEqual(false))",
    "Assert.AreEqual(1, 2);",
    "assert_eq!(a, b);",
    "debug_assert!(x);",
    "expect(area(2)).toBe(4);",
    "await expect(page).toHaveTitle('x');",
    "EXPECT_EQ(a, b);",
    "REQUIRE( Factorial(1) == 1 );",
    "XCTAssertTrue(x)",
    "$this->assertSame(1, $x);",
    "std.assertEqual(6 / 3, 2) &&",
    "refute x",
    "(is (= (area 2) 4))",
    "is_deeply($got, $expected);",
    "ok isNaN x",
    "t.deepEqual(a, b)",
    "require.Equal(t, 1, x)",
    "area(2).should.equal(4)",
    "area 2 `shouldBe` 4",
    "expect_equal(ntile(1:2, 5), 1:2)",
]
CODE = [
    "x = 1",
    "require('assert')",
    "check(x)",
    "def assertions(self):",
    "if x: assert y",
    "result = expected + 1",
    "isEmpty(x)",
    "# assert x",
    "expect_no_error <- function(object) {",
    "assert = require 'assert'",
]


@pytest.mark.parametrize("line", ASSERTIONS)
def test_it_is_an_assertion(score, line):
    assert score("assertions", f"x = 1\n{line}\n\n") == [0.5]


@pytest.mark.parametrize("line", CODE)
def test_it_is_none(score, line):
    assert score("assertions", line) == [0.0]


def test_a_table_of_cases_is_dropped_and_a_test_that_sets_up_is_kept(drops):
    table = "def test_area():\n" + "".join(f"    assert area({i}) == {i * i}\n" for i in range(9))
    test = (
        "def test_area():\n    shape = Square(2)\n    shape.grow(3)\n    assert shape.area() == 25"
    )
    assert drops("assertions", table, test) == [True, False]


def test_a_test_of_three_assertions_is_kept(drops):
    test = "def test_area():\n" + "".join(f"    assert area({i}) == {i * i}\n" for i in range(3))
    assert drops("assertions", test) == [False]
