import ast
import time
from ipaddress import ip_address, ip_network

import pyarrow as pa
import pytest

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.redact import Redactor
from codemill.transforms.schema import REDACTION

REDACTOR = Redactor(load_patterns())
TOKEN = "ghp_Zr8Kq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQa1"
PEM = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----"
DOCUMENTATION = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
KEY_BODY = "MIIEowIBAAKCAQEAq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQa1oNiWbFtPkZr8"


def redact(*texts, repositories=None):
    repositories = repositories or ["acme/tool"] * len(texts)
    return REDACTOR(pa.array(texts, pa.large_string()), pa.array(repositories))


def text_of(text, repository="acme/tool"):
    return redact(text, repositories=[repository]).text[0].as_py()


def test_an_address_becomes_one_that_is_nobodys():
    assert text_of("Ann <ann@acme.io>") == "Ann <email_8c91@example.com>"


def test_values_that_share_what_stands_between_them_are_all_found():
    texts = ("46.4.105.12\n93.184.216.34\n62.210.16.61\n", "a@acme.io,b@acme.io,c@acme.io")
    assert [len(found) for found in redact(*texts).redactions.to_pylist()] == [3, 3]


def test_equal_values_of_a_repository_stay_equal():
    result = redact("ann@acme.io bob@acme.io", "ann@acme.io")
    first, second = result.text[0].as_py().split()
    assert result.text[1].as_py() == first
    assert first != second


def test_other_repositories_have_other_placeholders():
    assert text_of("ann@acme.io", "a/b") != text_of("ann@acme.io", "a/c")


def test_offsets_are_bytes_of_the_text_before():
    (redaction,) = redact("é " + TOKEN).redactions[0].as_py()
    assert (redaction["start"], redaction["end"]) == (3, 3 + len(TOKEN))
    assert redaction["kind"] == "key"
    assert redaction["replacement"].startswith("REDACTED_GITHUB_TOKEN_")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("password", 'smtp_password = "Zr8Kq2vT5dYwLx9Z"'),
        ("password", "export ADMIN_PWD=Zr8Kq2vT5dYwLx9Z\n"),
        ("password", 'setPassphrase("Zr8Kq2vT5dYwLx9Z")'),
        ("password", "https://a.io/?password=Zr8Kq2vT5dYwLx9Z"),
        ("key", 'client_secret = "Zr8Kq2vT5dYwLx9Z"'),
        ("key", "export API_TOKEN=Zr8Kq2vT5dYwLx9Z\n"),
        ("key", 'setToken("Zr8Kq2vT5dYwLx9Z")'),
        ("key", "<api.token>Zr8Kq2vT5dYwLx9Z</api.token>"),
        ("key", "vault login --token Zr8Kq2vT5dYwLx9Z"),
    ],
)
def test_what_is_given_to_a_name_is_a_password_only_if_the_name_says_so(kind, text):
    (redaction,) = redact(text).redactions[0].as_py()
    assert redaction["kind"] == kind
    assert redaction["replacement"].startswith(f"REDACTED_{kind.upper()}_")


def test_kinds_that_are_not_asked_for_stay_and_so_does_what_is_inside_them():
    text = 'password="hunter2" https://ann:s3cret9@acme.io bob@acme.io 93.184.216.34'
    redactor = Redactor(load_patterns(), ["email"])
    result = redactor(pa.array([text], pa.large_string()), pa.array(["r"]))
    assert [r["kind"] for r in result.redactions[0].as_py()] == ["email"]
    assert (
        result.text[0].as_py().startswith('password="hunter2" https://ann:s3cret9@acme.io email_')
    )


def test_redactions_rebuild_the_text():
    text = f"a@acme.io é {TOKEN}\nb@acme.io"
    result = redact("x", text)
    rebuilt = text.encode()
    for r in reversed(result.redactions[1].as_py()):
        rebuilt = rebuilt[: r["start"]] + r["replacement"].encode() + rebuilt[r["end"] :]
    assert rebuilt.decode() == result.text[1].as_py()


def test_an_untouched_batch_is_the_same_array():
    texts = pa.array(["a", None, "b@1.2.3"], pa.large_string())
    result = REDACTOR(texts, pa.array(["r"] * 3))
    assert result.text is texts
    assert result.redactions.to_pylist() == [[], [], []]
    assert result.redactions.type == pa.list_(REDACTION)


def test_a_private_key_keeps_its_frame():
    text = text_of("key: |\n  " + PEM.format(KEY_BODY) + "\nmail a@acme.io")
    assert text.startswith("key: |\n  -----BEGIN RSA PRIVATE KEY-----\nREDACTED_PRIVATE_KEY_")
    assert "\n-----END RSA PRIVATE KEY-----\nmail email_" in text
    assert KEY_BODY not in text


def test_a_private_key_wins_over_what_is_inside():
    body = f"{KEY_BODY}\n{TOKEN}x"
    (redaction,) = redact(PEM.format(body)).redactions[0].as_py()
    assert redaction["kind"] == "private_key"


def test_a_key_in_a_literal_leaves_code_that_parses():
    lines = PEM.format(KEY_BODY).split("\n")
    source = "K = (" + "\n     ".join(repr(line + "\n") for line in lines) + ")\n"
    after = text_of(source)
    assert KEY_BODY not in after
    assert ast.parse(after).body[0].targets[0].id == "K"


def test_a_password_wins_over_the_address_it_looks_like():
    text = "postgres://app:s3cr3tV4lue@db.acme.com/x"
    (redaction,) = redact(text).redactions[0].as_py()
    assert redaction["kind"] == "password"
    assert text_of(text).endswith("@db.acme.com/x")


def test_of_matches_with_one_start_the_longest_wins():
    text = "AIza" + "SyD8Kq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQ"
    found = redact(f"https://acme.io/?key={text}").redactions[0].as_py()
    assert [(r["start"], r["end"]) for r in found] == [(21, 60)]
    assert found[0]["replacement"].startswith("REDACTED_GOOGLE_KEY_")


def test_an_ip_address_becomes_one_of_a_documentation_range():
    text = text_of("93.184.216.34 2a00:1450:4001:81b::200e 93.184.216.34 46.4.105.112")
    first, second, third, fourth = text.split()
    assert first == third
    assert first != fourth
    assert any(ip_address(first) in ip_network(n) for n in DOCUMENTATION)
    assert ip_address(second) in ip_network("2001:db8::/32")


def test_a_match_does_not_reach_into_the_next_row():
    result = redact("ann@acme", ".com", "-----BEGIN PRIVATE KEY-----", KEY_BODY)
    assert result.text.to_pylist()[0] == "ann@acme"
    assert result.redactions.to_pylist() == [[], [], [], []]


def test_nulls_empty_and_sliced_batches():
    texts = pa.array(["z@acme.io", None, "", "ann@acme.io", "x", None], pa.large_string())
    repositories = pa.array(["acme/tool"] * 6)
    result = REDACTOR(texts[1:5], repositories[1:5])
    assert result.text.to_pylist() == [None, "", "email_8c91@example.com", "x"]
    assert [len(r) for r in result.redactions.to_pylist()] == [0, 0, 1, 0]
    result.text.validate(full=True)
    result.redactions.validate(full=True)
    empty = REDACTOR(texts[:0], repositories[:0])
    assert (len(empty.text), len(empty.redactions)) == (0, 0)


def test_rows_do_not_depend_on_their_batch():
    texts = ["a@acme.io", "x", None, f"{TOKEN} b@acme.io", PEM.format(KEY_BODY)]
    whole = redact(*texts)
    for i, text in enumerate(texts):
        alone = redact(text)
        assert alone.text[0].as_py() == whole.text[i].as_py()
        assert alone.redactions[0].as_py() == whole.redactions[i].as_py()


def test_hostile_text_takes_linear_time():
    hostile = ["a@" * 200_000, "a." * 200_000 + "@", "-----BEGIN PRIVATE KEY-----" * 10_000]
    started = time.perf_counter()
    result = redact(*hostile)
    assert time.perf_counter() - started < 5
    assert result.text.to_pylist() == hostile
