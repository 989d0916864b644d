import pytest

from codemill.transforms.instruct.doc_comments import parse_documentation

SUMMARY = "Adds one to n, whatever n may be."


@pytest.mark.parametrize(
    "comment",
    [
        f'"""{SUMMARY}"""',
        'r"""\n    Adds one to n,\n    whatever n may be.\n    """',
        f"'''{SUMMARY}'''",
        f"/** {SUMMARY} */",
        "/**\n * Adds one to n,\n * whatever n may be.\n */",
        f"/* {SUMMARY} */",
        "// Adds one to n,\n// whatever n may be.",
        "\t/// Adds one to n,\n\t/// whatever n may be.",
        f"//! {SUMMARY}",
        f"# {SUMMARY}",
        f";;; {SUMMARY}",
        f"%% {SUMMARY}",
        "-- | Adds one to n,\n-- whatever n may be.",
        f"{{-| {SUMMARY} -}}",
        f"(** {SUMMARY} *)",
        f'@doc """\n  {SUMMARY}\n  """',
        f"/// <summary>{SUMMARY}</summary>",
        "/** Adds {@code one} to n, whatever {@link n} may be. */",
    ],
)
def test_delimiters_and_markers_are_stripped(comment):
    assert parse_documentation(comment).summary == SUMMARY


def test_only_the_first_paragraph_is_the_summary():
    comment = '"""First words.\n\n    Second paragraph.\n    """'
    assert parse_documentation(comment).summary == "First words."


@pytest.mark.parametrize(
    "comment",
    [
        "/**\n * Sum.\n * @param a the first\n *   of two\n * @param b the other\n"
        " * @return it\n */",
        '"""Sum.\n\n    :param a the first of two\n    :param b the other\n'
        '    :returns: it\n    """',
        '/// <summary>Sum.</summary>\n/// <param name="a">the first of two</param>\n'
        '/// <param name="b">the other</param>',
        '"""Sum.\n\n    Args:\n        a the first\n            of two\n        b the other\n\n'
        '    Returns:\n        it\n    """',
        '"""Sum.\n\n    Parameters\n    ----------\n    a the first\n        of two\n'
        '    b the other\n\n    Returns\n    -------\n    it\n    """',
    ],
)
def test_parameters_are_listed(comment):
    documentation = parse_documentation(comment)
    assert documentation.summary == "Sum."
    assert documentation.parameters == ("a the first of two", "b the other")


def test_examples_are_left_out():
    assert parse_documentation('"""Sum.\n    >>> add(1)\n    2\n    """').summary == "Sum."


def test_emphasis_at_a_lines_beginning_stays():
    assert parse_documentation("/*\n**Never** call it.\n*/").summary == "**Never** call it."


@pytest.mark.parametrize("comment", ["", '""""""', "/***/", "//", "#", '"', "/**/", "/*/"])
def test_nothing_is_no_documentation(comment):
    documentation = parse_documentation(comment)
    assert not any(c.isalnum() for c in documentation.summary)
    assert documentation.parameters == ()
