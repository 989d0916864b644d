"""Plants secrets, addresses and what looks like them in real files of many languages.

    python -m benchmarks.redaction.dataset CLONES... --out DATASET [--per-pattern 40] [--seed 1]

Each planted line is written as the language writes it: a string literal, a comment, a value of a
configuration file, a URL, a command, a key over several lines. Half of them are harmless. DATASET
gets `files/` (one planted line a file, so that any tool's report can be told by file and line) and
`labels.jsonl`: file, line, column offsets in bytes, kind, pattern, harmless or not.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.redaction.formats import WORDS, draw, formats, password, pem_private_key

LITERALS = {
    ".py": '{n} = "{v}"',
    ".js": 'const {n} = "{v}";',
    ".ts": "const {n}: string = '{v}';",
    ".java": 'private static final String {N} = "{v}";',
    ".go": '\t{n} := "{v}"',
    ".rs": 'let {n} = "{v}";',
    ".rb": "{n} = '{v}'",
    ".php": "${n} = '{v}';",
    ".c": 'static const char *{n} = "{v}";',
    ".cpp": 'std::string {n} = "{v}";',
    ".h": '#define {N} "{v}"',
    ".cs": 'string {n} = "{v}";',
    ".kt": 'val {n} = "{v}"',
    ".swift": 'let {n} = "{v}"',
    ".scala": 'val {n}: String = "{v}"',
    ".ex": '{n} = "{v}"',
    ".clj": '(def {n} "{v}")',
    ".el": '(setq {n} "{v}")',
    ".lua": 'local {n} = "{v}"',
    ".pl": "my ${n} = '{v}';",
    ".sh": '{N}="{v}"',
    ".yml": '{n}: "{v}"',
    ".json": '  "{n}": "{v}",',
    ".toml": '{n} = "{v}"',
    ".xml": "<{n}>{v}</{n}>",
    ".sql": "SET {n} = '{v}';",
    ".properties": "{n}={v}",
    ".ini": "{n} = {v}",
    ".env": "{N}={v}",
    ".md": "    {n}: {v}",
}
COMMENTS = {
    ".py": "# {t}",
    ".rb": "# {t}",
    ".sh": "# {t}",
    ".yml": "# {t}",
    ".pl": "# {t}",
    ".ex": "# {t}",
    ".toml": "# {t}",
    ".properties": "# {t}",
    ".env": "# {t}",
    ".ini": "; {t}",
    ".lua": "-- {t}",
    ".sql": "-- {t}",
    ".clj": ";; {t}",
    ".el": ";; {t}",
    ".xml": "<!-- {t} -->",
    ".md": "{t}",
    ".json": '  "comment": "{t}",',
}
"""Any other extension has `// {t}`."""

PASSWORD_NAMES = ("password", "db_password", "passwd", "smtp_pass", "admin_pwd", "userPassword")
SECRET_NAMES = ("api_key", "client_secret", "access_token", "secret_key", "authToken")
NEUTRAL_NAMES = ("value", "setting", "item", "x1", "config")


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _public_ipv4(rng: random.Random) -> str:
    return ".".join(
        map(
            str,
            (
                rng.choice([31, 46, 52, 78, 93, 145, 185, 212]),
                rng.randrange(100, 256),
                rng.randrange(256),
                rng.randrange(1, 255),
            ),
        )
    )


def _email(rng: random.Random) -> str:
    domain = rng.choice(["mailbox.io", "acme-corp.com", "uni-bremen.de", "gmail.com", "foo.co.uk"])
    return f"{rng.choice(WORDS)}.{rng.choice(WORDS)}{rng.randrange(99)}@{domain}"


SECRETS: dict[str, tuple[str, list[str], Callable[[random.Random], str]]] = {
    "url": (
        "password",
        [
            "postgres://app:{v}@db.internal:5432/main",
            "https://deploy:{v}@git.acme.io/x.git",
            "redis://:{v}@cache:6379/0",
        ],
        password,
    ),
    "connection": ("password", ["Server=db1;User Id=sa;Password={v};Encrypt=true"], password),
    "command": (
        "password",
        [
            "mysqldump --password={v} main",
            "curl -u admin:{v} https://acme.io/api",
            "sshpass -p {v} ssh root@db1",
        ],
        password,
    ),
    "sql": (
        "password",
        ["CREATE USER app IDENTIFIED BY '{v}'", "ALTER USER app WITH PASSWORD '{v}'"],
        password,
    ),
    "basic": (
        "password",
        ["Authorization: Basic {v}"],
        lambda r: base64.b64encode(f"{r.choice(WORDS)}:{draw(r, 'A', 11)}".encode()).decode(),
    ),
    "bearer": ("key", ["Authorization: Bearer {v}"], lambda r: draw(r, "A", 40)),
    "query": ("key", ["https://api.acme.io/v1/items?api_key={v}"], lambda r: draw(r, "A", 32)),
    "email": ("email", ["Contact {v} for help", "Author: Ann Lee <{v}>", "mailto:{v}"], _email),
    "ipv4": (
        "ip_address",
        ["connect to {v}", "http://{v}:8080/status", "host {v} port 22"],
        _public_ipv4,
    ),
    "ipv6": (
        "ip_address",
        ["listen on {v}", "http://[{v}]:8080/"],
        lambda r: "2a01:4f8:" + ":".join(f"{r.randrange(16, 65536):x}" for _ in range(6)),
    ),
}
"""Name of the text: kind, contexts that any comment or literal may hold, and the value."""

HARMLESS_TEXTS: dict[str, Callable[[random.Random], str]] = {
    "git hash": lambda r: f"fixed in commit {draw(r, 'H', 40)}",
    "content hash": lambda r: f"sha256:{draw(r, 'H', 64)}",
    "md5": lambda r: f"md5sum {draw(r, 'H', 32)}",
    "uuid": lambda r: f"id {_uuid(r)}",
    "integrity": lambda r: f"sha512-{base64.b64encode(r.randbytes(64)).decode()}",
    "version": lambda r: (
        f"version {r.randrange(9)}.{r.randrange(30)}.{r.randrange(30)}.{r.randrange(90)}"
    ),
    "user agent": lambda r: (
        f"Chrome/{r.randrange(40, 120)}.0.{r.randrange(200)}.{r.randrange(200)} Safari/537.36"
    ),
    "oid": lambda r: f"2.5.29.{r.randrange(60)}",
    "long oid": lambda r: f"1.3.6.1.4.1.{r.randrange(50000)}.{r.randrange(20)}",
    "section": lambda r: (
        f"see section {r.randrange(1, 20)}.{r.randrange(1, 20)}.{r.randrange(1, 9)}.1"
    ),
    "package": lambda r: f"lodash@{r.randrange(9)}.{r.randrange(30)}.{r.randrange(30)}",
    "scope": lambda r: f"@types/node@{r.randrange(20)}.0.1",
    "git at host": lambda r: f"git@github.com:acme/{r.choice(WORDS)}.git",
    "ssh": lambda r: f"ssh deploy@{r.choice(WORDS)}.acme.io",
    "scp": lambda r: f"scp a.txt deploy@{r.choice(WORDS)}.acme.io:/srv",
    "retina": lambda r: f"{r.choice(WORDS)}@2x.png",
    "example domain": lambda r: f"mail {r.choice(WORDS)}@example.{r.choice(['com', 'org', 'net'])}",
    "test domain": lambda r: f"{r.choice(WORDS)}@mail.{r.choice(['test', 'invalid', 'localhost'])}",
    "private ip": lambda r: (
        f"http://{r.choice(['10.0', '192.168', '172.16'])}.{r.randrange(255)}.{r.randrange(255)}:80"
    ),
    "documentation ip": lambda r: (
        f"route {r.choice(['192.0.2', '198.51.100', '203.0.113'])}.{r.randrange(255)}"
    ),
    "documentation ipv6": lambda r: f"2001:db8::{r.randrange(65536):x}",
    "resolver": lambda r: f"dns {r.choice(['8.8.8.8', '1.1.1.1', '9.9.9.9'])}",
    "netmask": lambda r: f"netmask 255.255.{r.choice(['0', '128', '255'])}.0",
    "colour": lambda r: f"color: #{draw(r, 'H', 6)}",
    "label": lambda r: f"Password: must be {r.randrange(6, 14)} characters",
    "url template": lambda _: "postgres://${DB_USER}:${DB_PASS}@db/main",
    "url dummy": lambda _: "https://user:password@localhost/",
    "header dummy": lambda _: "Authorization: Bearer <token>",
    "data": lambda r: f"data:image/png;base64,{base64.b64encode(r.randbytes(45)).decode()}",
    "public key": lambda r: f"ssh-rsa AAAAB3NzaC1yc2E{draw(r, 'P', 100)}",
    "time": lambda r: f"2023:10:{r.randrange(10, 28)} 12:{r.randrange(10, 60)}:01",
    "cipher": lambda _: "chacha20-poly1305@openssh.com",
    "dummy key": lambda r: r.choice(
        [
            "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
            "YOUR_API_KEY_HERE",
        ]
    ),
}

HARMLESS_VALUES = [
    ("password", v)
    for v in (
        "password",
        "changeme",
        "test",
        "foo",
        "secret",
        "********",
        "<password>",
        "your-password",
        "${DB_PASSWORD}",
        "{{ db_password }}",
        "%s",
        "required",
        "Enter your password",
        "Passwort",
        "/run/secrets/db_password",
        "string",
        "example123",
        "xxxxxxxx",
    )
] + [
    ("passwordField", "user_password"),
    ("password_label", "Password1"),
    ("secret_name", "prod/db/main1"),
    ("token_type", "bearer"),
    ("tokenUrl", "https://acme.io/oauth2/token1"),
    ("key_id", "a1b2c3d4e5f6a7b8"),
    ("cache_key", "user_profile_v2_cache"),
    ("primary_key", "user_account_id_2"),
    ("api_key", "your-api-key"),
    ("access_token", "ACCESS_TOKEN"),
    ("client_secret", "<client-secret>"),
    ("password_hash", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"),
    ("publicKey", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAq2vT5dYwLx9Z"),
    ("csrf_token", "csrfmiddlewaretoken2"),
]

CODE = {
    ".py": [
        "password = get_password('db1')",
        "def login(user: str, password: str) -> bool: ...",
        "token = tokens[i + 1]",
    ],
    ".js": [
        "const password = process.env.DB_PASSWORD1;",
        "if (token === TokenKind.Name2) {}",
        "password: form.password2,",
    ],
    ".java": ["String password = config.getString(PASSWORD_KEY2);", "private String token2;"],
    ".go": ['password := os.Getenv("DB_PASSWORD1")', "token, err := lexer.Next2()"],
    ".c": ["const char *password = argv[2];", "token = next_token2(lexer);"],
    ".cs": ['[assembly: AssemblyVersion("4.12.60.1")]'],
    ".sh": ["PASSWORD=$1", 'TOKEN="$(cat /run/token1)"'],
    ".html": ['<input type="password" name="password1" placeholder="Password">'],
}


def hosts(roots: list[Path], rng: random.Random, per_extension: int) -> dict[str, list[str]]:
    """Texts of real files by extension; an empty one where there are none."""
    found: dict[str, list[str]] = {extension: [] for extension in {*LITERALS, *CODE}}
    paths = sorted(p for root in roots for p in root.rglob("*") if p.suffix in found)
    rng.shuffle(paths)
    for path in paths:
        texts = found[path.suffix]
        if len(texts) >= per_extension or ".git" in path.parts or not path.is_file():
            continue
        content = path.read_bytes()
        if 400 < len(content) < 20_000 and b"\0" not in content and content.isascii():
            texts.append(content.decode())
    return {extension: texts or ["\n"] for extension, texts in found.items()}


def _line(extension: str, name: str, value: str) -> str:
    name = name if extension not in {".clj", ".el"} else name.replace("_", "-")
    return (
        LITERALS[extension].replace("{n}", name).replace("{N}", name.upper()).replace("{v}", value)
    )


def _comment(extension: str, text: str) -> str:
    return COMMENTS.get(extension, "// {t}").replace("{t}", text)


def _in_a_text(rng: random.Random, extension: str, text: str) -> str:
    if extension in {".properties", ".env", ".ini", ".md", ".xml", ".sh"} or rng.random() < 0.5:
        return _comment(extension, text)
    literal = LITERALS[extension]
    if any(quote in text and quote in literal for quote in "\"'"):
        return _comment(extension, text)
    return _line(extension, rng.choice(NEUTRAL_NAMES), text)


Planted = tuple[str, str, str, str, str | None]
"""Extension, line or lines, kind, name of the pattern or of what is harmless, value or None."""


def planted(rng: random.Random, per_pattern: int) -> Iterator[Planted]:
    extensions = sorted(LITERALS)
    for name, make in sorted(formats().items()):
        for _ in range(per_pattern):
            extension, value = rng.choice(extensions), make(rng)
            field = rng.choice(SECRET_NAMES + NEUTRAL_NAMES)
            line = (
                _line(extension, field, value)
                if rng.random() < 0.7
                else _comment(extension, f"use {value} here")
            )
            yield extension, line, "key", name, value
    for _ in range(per_pattern * 30):
        extension, value = rng.choice(extensions), password(rng)
        yield (
            extension,
            _line(extension, rng.choice(PASSWORD_NAMES), value),
            "password",
            "assigned password",
            value,
        )
    for _ in range(per_pattern * 4):
        extension, value = (
            rng.choice(extensions),
            rng.choice(WORDS) + rng.choice(["", "", "s", "fish"]),
        )
        line = _line(extension, rng.choice(PASSWORD_NAMES), value)
        yield extension, line, "password", "password of one word", value
    for _ in range(per_pattern * 10):
        extension = rng.choice(extensions)
        value = draw(rng, rng.choice("AHBP"), rng.choice([24, 32, 40]))
        yield (
            extension,
            _line(extension, rng.choice(SECRET_NAMES), value),
            "key",
            "assigned key",
            value,
        )
    for name, (kind, contexts, make) in sorted(SECRETS.items()):
        for _ in range(per_pattern * 5):
            extension, value = rng.choice(extensions), make(rng)
            yield (
                extension,
                _in_a_text(rng, extension, rng.choice(contexts).replace("{v}", value)),
                kind,
                name,
                value,
            )
    yield from _private_keys(rng, per_pattern * 5)
    yield from _harmless(rng, per_pattern)


def _private_keys(rng: random.Random, number: int) -> Iterator[Planted]:
    for _ in range(number):
        pem = pem_private_key(rng)
        body = "\n".join(pem.split("\n")[1:-1])
        extension = rng.choice([".py", ".yml", ".js", ".md", ".json", ".java"])
        if extension == ".yml":
            lines = "key: |\n" + "\n".join("  " + line for line in pem.split("\n"))
            body = body.replace("\n", "\n  ")
        elif extension in {".json", ".js"}:
            body = body.replace("\n", "\\n")
            lines = _line(extension, "value", pem.replace("\n", "\\n"))
        elif extension == ".java":
            lines = (
                "String k = " + " +\n    ".join(f'"{line}\\n"' for line in pem.split("\n")) + ";"
            )
            body = '\\n" +\n    "'.join(body.split("\n"))
        else:
            lines = f'K = """{pem}"""' if extension == ".py" else pem
        yield extension, lines, "private_key", "pem", body


def _harmless(rng: random.Random, per_pattern: int) -> Iterator[Planted]:
    for name, text in sorted(HARMLESS_TEXTS.items()):
        for _ in range(per_pattern * 3):
            extension = rng.choice(sorted(LITERALS))
            yield extension, _in_a_text(rng, extension, text(rng)), "", name, None
    for name, value in HARMLESS_VALUES:
        for _ in range(per_pattern):
            extension = rng.choice(sorted(LITERALS))
            yield extension, _line(extension, name, value), "", f"{name} = {value}", None
    for extension, lines in sorted(CODE.items()):
        for line in lines:
            for _ in range(per_pattern):
                yield extension, line, "", line, None


def write(roots: list[Path], out: Path, seed: int, per_pattern: int) -> None:
    rng = random.Random(seed)
    texts = hosts(roots, rng, 40)
    (out / "files").mkdir(parents=True)
    with (out / "labels.jsonl").open("w") as labels:
        for number, (extension, lines, kind, name, value) in enumerate(planted(rng, per_pattern)):
            host = rng.choice(texts[extension]).split("\n")
            at = rng.randrange(len(host))
            before = "".join(line + "\n" for line in host[:at])
            text = before + lines + "\n" + "\n".join(host[at:])
            path = f"{number:05}{extension}"
            (out / "files" / path).write_text(text)
            start = len(before) + (lines.index(value) if value else 0)
            label = {
                "file": path,
                "line": at + 1,
                "last_line": at + 1 + lines.count("\n"),
                "start": start,
                "end": start + len(value or lines),
                "kind": kind,
                "name": name,
                "harmless": value is None,
            }
            labels.write(json.dumps(label) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("roots", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--per-pattern", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.roots, given.out, given.seed, given.per_pattern)
