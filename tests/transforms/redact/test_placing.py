"""How a replacement looks where it stands, and that no file gains an error of syntax by it."""

import pyarrow as pa
import pytest

from codemill.language_configs import load_grammars, load_languages
from codemill.transforms.edits import Edit
from codemill.transforms.redact import placements
from codemill.transforms.redact.placing import shape
from codemill.transforms.rewrite import Rewriter
from codemill.transforms.schema import FUNCTION
from codemill.transforms.trees import Parsers

LANGUAGES = load_languages()
PARSERS = Parsers(LANGUAGES, load_grammars(LANGUAGES))
REWRITER = Rewriter(PARSERS)


def rewritten(language, source, *, kind="password", replacement="REDACTED_PASSWORD_ab12"):
    """The text after what stands between « and » is replaced, and whether it gained an error."""
    before, _, rest = source.partition("«")
    span, _, after = rest.partition("»")
    start = len(before.encode())
    edit = Edit(0, start, start + len(span.encode()), kind, replacement)
    batch = batch_of(language, before + span + after)
    outcome = REWRITER(batch, [edit], placements)
    return outcome.columns["text"][0].as_py(), outcome.is_broken[0].as_py()


def batch_of(language, text):
    return pa.record_batch(
        {
            "path": pa.array(["x"]),
            "language": pa.array([language]),
            "language_by": pa.array(["extension"]),
            "text": pa.array([text], pa.large_string()),
            "parse_error_share": pa.array([0.0]),
            "comment_share": pa.array([0.0]),
            "docstring_share": pa.array([0.0]),
            "documented_share": pa.array([0.0]),
            "functions": pa.array([[]], pa.list_(FUNCTION)),
            "unparsed": pa.array([None], pa.string()),
        }
    )


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("Python", 'x = "«hunter22»"\n', 'x = "REDACTED_PASSWORD_ab12"\n'),
        ("Python", "# «hunter22»\n", "# REDACTED_PASSWORD_ab12\n"),
        ("Shell", "X=«hunter22»\n", "X=REDACTED_PASSWORD_ab12\n"),
        ("Text", "«hunter22»", "REDACTED_PASSWORD_ab12"),
    ],
)
def test_in_text_the_placeholder_takes_the_place_of_the_value(language, source, expected):
    assert rewritten(language, source) == (expected, False)


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("Python", "PIN = «80351278»\n", "PIN = 11111111\n"),
        ("JSON", '{"pin": «80351278»}\n', '{"pin": 11111111}\n'),
        ("Go", "const pin = «80351278»\n", "const pin = 11111111\n"),
    ],
)
def test_a_number_stays_a_number(language, source, expected):
    assert rewritten(language, source) == (expected, False)


def test_a_value_put_together_of_strings_is_replaced_in_each():
    source = 'x = ("«MIIEow123\\n"\n     "IBAAKCAQ\\n"\n     "==\\n»")\n'
    expected = 'x = ("REDACTED_PASSWORD_ab12"\n     "REDACTED_PASSWORD_ab12"\n     "==\\n")\n'
    assert rewritten("Python", source) == (expected, False)


def test_what_looks_like_an_address_in_code_is_an_expression():
    source = "x = «row@column.mean»\n"
    assert rewritten("Python", source, kind="email") == ("x = row@column.mean\n", False)
    kept = rewritten("Python", "x = rows[«2000::2»]\n", kind="ip_address")
    assert kept == ("x = rows[2000::2]\n", False)


@pytest.mark.parametrize(
    ("language", "source", "kind", "expected"),
    [
        ("Shell", "X=${A:-«Zr8Kq2vT-4kQ2»}\n", "key", "X=${A:-SAFE}\n"),
        ("Shell", "X=${A:-«ann9@acme.com»}\n", "email", "X=${A:-SAFE}\n"),
        ("Dockerfile", "FROM a\nMAINTAINER Ann <«ann@acme.com»>\n", "email", None),
        ("Dockerfile", "FROM a\nENV H=«93.184.216.34»\n", "ip_address", "FROM a\nENV H=SAFE\n"),
        ("SQL", "GRANT ALL ON a TO 'u'@'«93.184.216.34»';\n", "ip_address", None),
        ("Perl", "1;\n__END__\nmail «ann@acme.com»\n", "email", "1;\n__END__\nmail SAFE\n"),
        ("Perl", "=pod\n\nAnn <«ann@acme.com»>\n\n=cut\n", "email", None),
        ("Ruby", "a\n__END__\nmail «ann@acme.com»\n", "email", "a\n__END__\nmail SAFE\n"),
        ("PowerShell", "Send-It -To «ann@acme.com»\n", "email", None),
        ("PowerShell", "ping «93.184.216.34»\n", "ip_address", None),
    ],
)
def test_all_of_a_value_goes_where_no_string_holds_it(language, source, kind, expected):
    expected = expected or source.partition("«")[0] + "SAFE" + source.partition("»")[2]
    assert rewritten(language, source, kind=kind, replacement="SAFE") == (expected, False)


def test_where_the_placeholder_breaks_the_syntax_letters_stand_for_letters():
    source = "x = «0x1F»\n"
    text, broken = rewritten("Python", source, replacement="not valid here")
    assert (text, broken) == ("x = 1a1A\n", True)
    assert rewritten("Python", "x = y«Ab9»\n", replacement=" - - )") == ("x = yAa1\n", False)


def test_a_file_with_errors_may_keep_them_but_gains_none():
    assert rewritten("Python", 'def (:\nx = "«hunter22»"\n')[1] is False


def test_the_parse_is_of_the_new_text():
    batch = batch_of("Python", 'def f():\n    """Ask ann@acme.com."""\n    return 1\n')
    edit = Edit(0, 20, 32, "email", "email_ab12@example.com")
    columns = REWRITER(batch, [edit], placements).columns
    ((function,),) = columns["functions"].to_pylist()
    text = columns["text"][0].as_py()
    assert text[function["doc_start"] : function["doc_end"]] == '"""Ask email_ab12@example.com."""'
    assert text[function["start"] : function["end"]] == text[:-1]


def test_a_shape_keeps_signs_and_escapes():
    assert shape(rb"Qx-9\n\u00e9 ".replace(b" ", "é".encode())) == rb"Aa-1\n\u11a1a"


def test_lines_are_counted_anew():
    batch = batch_of("Text", "a\nb\nc\n")
    columns = REWRITER(batch, [Edit(0, 0, 3, "private_key", "K")], placements).columns
    assert columns["num_lines"].to_pylist() == [2]


def test_no_part_of_a_value_stays_where_the_parser_sees_only_a_piece_as_text():
    source = 'export T="${API_TOKEN:-«Zr8Kq2vT5dYwLx9Z-4kQ2»}"\n'
    text, _ = rewritten("Shell", source)
    assert "Zr8" not in text
    assert "4kQ2" not in text


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("Dockerfile", "FROM a\nMAINTAINER Ann <«ann@acme.io»>\n"),
        ("SQL", "GRANT ALL ON x TO bob@«93.184.216.34»;\n"),
        ("PowerShell", "Send-MailMessage -To «ann@acme.io»\n"),
    ],
)
def test_an_address_is_no_expression_where_there_are_none(language, source):
    kind = "email" if "ann@" in source else "ip_address"
    text, broken = rewritten(language, source, kind=kind, replacement="198.51.100.7")
    assert "ann@acme" not in text
    assert "93.184" not in text
    assert not broken
