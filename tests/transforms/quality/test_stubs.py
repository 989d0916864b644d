import pytest

STUBS = [
    "pass",
    "    ...",
    "pass  # later",
    "???",
    "raise NotImplementedError(f'{name} has no override')",
    "throw new Error('not yet implemented');",
    "throw new UnsupportedOperationException();",
    'panic("not implemented")',
    "todo!()",
    "    unimplemented!();",
    "fun area() = TODO()",
    "# your code here",
    "/* YOUR CODE GOES HERE */",
    "// TODO: everything",
    "-- todo",
    "<!-- TODO -->",
    "(* TODO *)",
]
CODE = [
    "password = 1",
    "a, ..., z",
    "return ellipsis  # TODO: rename",
    "throw new Error('no such file');",
    "todo = load_todos()",
    "# the todo list",
    "case Not_Implemented:",
]


@pytest.mark.parametrize("line", STUBS)
def test_it_stands_for_missing_code(score, line):
    assert score("stubs", f"x = 1\n{line}\n\n") == [0.5]


@pytest.mark.parametrize("line", CODE)
def test_it_is_code(score, line):
    assert score("stubs", line) == [0.0]


def test_an_exercise_is_dropped_and_code_with_a_todo_is_kept(drops):
    exercise = "def area(w, h):\n    # TODO: write it\n    pass\n"
    code = "# TODO: faster\n" + "".join(f"x{i} = {i}\n" for i in range(9))
    assert drops("stubs", exercise, code) == [True, False]


def test_a_body_that_a_docstring_describes_is_no_stub(score):
    documented = 'class E(Exception):\n    """When it fails."""\n\n    pass\n'
    protocol = 'class P(Protocol):\n    def f(self):\n        """Return it."""\n        ...\n'
    assert score("stubs", documented) == [0.0]
    assert score("stubs", protocol) == [0.0]
    assert score("stubs", 'class E:\n    """Doc."""\n    x = 1\n    pass\n') == [0.25]


def test_a_docstring_describes_no_other_file(score):
    assert score("stubs", '"""Doc."""\n', "pass\nx = 1\n") == [0.0, 0.5]
