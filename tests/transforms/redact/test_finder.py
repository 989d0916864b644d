import time
from itertools import pairwise

import pyarrow as pa
import pytest

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.redact.finder import Finder

FINDER = Finder(load_patterns())
PEM_LINE = "MIIEowIBAAKCAQEAq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQa1oNiWbFtPkZr8"


def found(text):
    rows = FINDER(pa.array([text], pa.large_string()))
    return [
        (content[slice(*f.value)].decode(), f.pattern.name)
        for _, content, findings in rows
        for f in findings
    ]


def values(text):
    return [value for value, _ in found(text)]


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter2"',
        "password: hunter2\n",
        "export DB_PASSWORD=hunter2\n",
        '{"db": {"password": "hunter2"}}',
        "<password>hunter2</password>",
        '<add key="DbPassword" value="hunter2"/>',
        "spring.datasource.password=hunter2\n",
        "$config['password'] = 'hunter2';",
        "password => 'hunter2',",
        'let password: &str = "hunter2";',
        'val password: String = "hunter2"',
        'char password[] = "hunter2";',
        "password := `hunter2`",
        '(setq db-password "hunter2")',
        ':db-password "hunter2"',
        "CREATE USER a IDENTIFIED BY 'hunter2'",
        '"Server=x;Password=hunter2;"',
        "mysql --password=hunter2",
        "curl -u ann:hunter2 https://acme.io",
        "https://ann:hunter2@acme.io/",
        "requests.get(url, auth=('ann', 'hunter2'))",
        "machine acme.io login ann password hunter2",
        "${DB_PASSWORD:-hunter2}",
        'os.environ.get("DB_PASSWORD", "hunter2")',
        'if password == "hunter2":',
    ],
)
def test_a_weak_password_is_found_in_every_syntax(line):
    assert values(line) == ["hunter2"]


@pytest.mark.parametrize(
    "line",
    [
        'password = "password"',
        'password = "changeme"',
        'password = "test1"',
        'password = "<your password>"',
        'password = "${PASSWORD2}"',
        "password = getpass()",
        "password = args.password2",
        "password: string;",
        'password: "Passwort"',
        '"password": "Must be 8 characters"',
        'password_field = "user_pass1"',
        'token = "550e8400-e29b-41d4-a716-446655440000"',
        'secret_path = "a8f/b92"',
        'key = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"',
        'public_key = "Zr8Kq2vT5dYwLx9ZpB4n"',
        "tokens.append(token2)",
        'password_hash = "$2b$12$Kq2vT5dYwLx9ZpB4nJcVg6"',
    ],
)
def test_what_is_no_password_stays(line):
    assert values(line) == []


def test_a_checksum_that_fits_overrides_looks():
    genuine = "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"
    assert found(f"x = '{genuine}'") == [(genuine, "github_token")]
    dummy = "ghp_" + "x" * 36
    assert found(f"x = '{dummy}'") == []


def test_a_checksum_that_fits_is_no_dummy_whatever_is_in_it():
    genuine = "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"
    assert values(f"x = '{genuine}'") == [genuine]
    assert values(f"x = '{genuine[:-1]}d'") == []


@pytest.mark.parametrize("name", ["password_confirmation", "password2", "dbPasswordDefault"])
def test_a_name_may_go_on_after_its_word_for_a_password(name):
    assert values(f'{name} = "hunter2"') == ["hunter2"]


def test_two_words_of_a_name_may_be_one():
    assert values('api_key = "x8Kq2vT5dY"') == ["x8Kq2vT5dY"]
    assert values('list_key = "x8Kq2vT5dY"') == []


def test_letters_alone_are_a_secret_if_there_are_many_at_random():
    assert values('client_secret = "KqvTdYwLxZpBnJcVgHmR"') == ["KqvTdYwLxZpBnJcVgHmR"]
    assert values('client_secret = "KqvTdYwL"') == []


def test_a_word_and_a_sign_are_a_password_without_quotes_too():
    assert values("password: superman!\n") == ["superman!"]


def test_base64_may_begin_like_a_path():
    drawn = "/h8Kq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQa1oNiWb8="
    assert values(f'secret_key = "{drawn}"') == [drawn]
    assert values('secret = "/srv/Zr8Kq2vT5d.Lx9Z"') == []


def test_six_digits_are_a_password_if_given_as_one():
    assert values('password = "100600"') == ["100600"]


def test_no_address_has_a_longer_name_than_mail_may_have():
    assert values("a" * 64 + "@acme.io") == ["a" * 64 + "@acme.io"]
    assert values("a" * 65 + "@acme.io") == []


def test_numbers_that_count_up_are_no_address():
    assert values("host 101.102.103.104 and 66.66.66.66") == []


def test_what_is_longer_than_secrets_are_is_data():
    assert values(f"https://acme.io/?api_key={'Zr8Kq2vT5dYwLx9Z' * 35}") == []


def test_a_json_web_token_has_a_header_that_says_how():
    body = "eyJzdWIiOiJhbm4ifQ.Kq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQa"
    assert values(f"eyJhbGciOiJIUzI1NiJ9.{body}") == [f"eyJhbGciOiJIUzI1NiJ9.{body}"]
    assert values(f"eyJub3RoaW5nIjoxfQ.{body}") == []


def test_the_vendors_pattern_goes_before_the_general_one():
    token = "glpat-Kq2vT5dYwLx9ZpB4nJcV"
    assert found(f'password = "{token}"') == [(token, "gitlab_token")]


def test_a_key_in_concatenated_literals_is_one_span_between_its_quotes():
    lines = ["-----BEGIN RSA PRIVATE KEY-----", PEM_LINE, "abcd", "-----END RSA PRIVATE KEY-----"]
    source = "K = " + " +\n  ".join(f'"{line}\\n"' for line in lines)
    assert values(source) == [f'{PEM_LINE}\\n" +\n  "abcd']
    macro = "#define K \\\n" + "\\\n".join(f'"{line}\\n"' for line in lines)
    assert values(macro) == [f'{PEM_LINE}\\n"\\\n"abcd']


def test_certificates_and_public_keys_stay():
    for name in ("CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "PGP PUBLIC KEY BLOCK"):
        assert values(f"-----BEGIN {name}-----\n{PEM_LINE}\n-----END {name}-----") == []


def test_no_overlaps_and_in_order():
    token = "ghp_Zr8Kq2vT5dYwLx9ZpB4nJcVg6HmR3sE7uQa1"
    text = f"ann@acme.io password='hunter2' https://a:jk4moon9@b.io {token}"
    ((_, _, findings),) = FINDER(pa.array([text], pa.large_string()))
    spans = [f.value for f in findings]
    assert len(spans) == 4
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_a_window_that_begins_inside_a_match_finds_what_a_whole_search_finds():
    lines = [f'x{i} = "v"; password = "hunter{i}"' for i in range(300)]
    assert values("\n".join(lines)) == [f"hunter{i}" for i in range(300)]


HOSTILE = [
    "password=",
    'password="',
    "@",
    "a.b.",
    "a@b.com",
    "1.1.1.1.",
    "-----BEGIN PRIVATE KEY-----",
    f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_LINE}\n",
    "eyJhbGciOiJIUzI1NiJ9.",
    "http://a:",
    "2001:",
    "machine a login b password ",
    "export secret_",
]


@pytest.mark.parametrize("unit", HOSTILE, ids=lambda u: u[:16])
def test_hostile_text_takes_time_in_proportion(unit):
    def seconds(size):
        text = pa.array([unit * (size // len(unit))], pa.large_string())
        started = time.process_time()
        list(FINDER(text))
        return time.process_time() - started

    seconds(1000)
    small, large = seconds(125_000), seconds(500_000)
    # Four times the text: linear is 4, quadratic 16; what takes no time has no ratio.
    assert large < max(9 * small, 0.4)
