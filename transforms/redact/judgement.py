"""Whether what a regex matched is a secret or an address, or only looks like one."""

from __future__ import annotations

from dataclasses import dataclass

import re2

from codemill.transforms.redact.addresses import EmailJudge, IpJudge
from codemill.transforms.redact.assignments import SecretJudge
from codemill.transforms.redact.patterns import Pattern, Patterns
from codemill.transforms.redact.structure import PROOFS, STRUCTURES, decode_base64

QUOTES = (b'"', b"'", b"`", b">")
"""What stands before a literal; `>` in XML."""

KEY_BYTES = 1500
"""How far around a member of a JSON web key its `kty` may stand: an RSA key of 4,096 bits has
members of 683 characters."""


@dataclass(frozen=True)
class Candidate:
    """What a pattern matched."""

    pattern: Pattern

    text: bytes
    """The row."""

    span: tuple[int, int]
    """Byte offsets of the value in `text`."""

    name: bytes | None
    """What the value is assigned to; None where the pattern has no such group."""

    extent: tuple[int, int]
    """Byte offsets of all that the regex matched."""

    @property
    def value(self) -> bytes:
        """What would be replaced."""
        return self.text[slice(*self.span)]


class Judge:
    """Says of a candidate whether it is to be replaced, and as what.

    shape    the value is no placeholder
    random   shape, and chance explains it better than words do
    secret   by the name it is assigned to, and by itself: `assignments.SecretJudge`
    literal  the same, and a word alone may be a password: where nothing but literals stand
    email    an address that may be somebody's: `addresses.EmailJudge`
    address  a public IP address: `addresses.IpJudge`
    url      a password in a URL: no dummy and no template
    basic    the same of what `user:password` in base64 says
    jwk      a member of a JSON web key: `kty` stands near it
    none     nothing more is asked
    """

    def __init__(self, patterns: Patterns) -> None:
        vocabulary = patterns.vocabulary
        self._model = patterns.model
        self._placeholder = re2.compile(
            "|".join(f"(?:{p})" for p in vocabulary.placeholders).encode()
        )
        self._requires = {
            p.name: re2.compile(p.requires.encode()) for p in patterns.patterns if p.requires
        }
        self._keeps = {
            p.name: re2.compile("|".join(f"(?:{k})" for k in p.keeps).encode())
            for p in patterns.patterns
            if p.keeps
        }
        self._secret = SecretJudge(vocabulary, patterns.model)
        self._email = EmailJudge(vocabulary)
        self._address = IpJudge(vocabulary)

    def kind(self, candidate: Candidate) -> str | None:
        """What the value is, by the name if it is given to one; None if it is to stay."""
        if not self._is_meant(candidate):
            return None
        return (
            candidate.pattern.kind if candidate.name is None else self._secret.kind(candidate.name)
        )

    def _is_meant(self, candidate: Candidate) -> bool:
        pattern, value = candidate.pattern, candidate.value
        if pattern.proof and PROOFS[pattern.proof](value):
            return True
        if pattern.structure and not STRUCTURES[pattern.structure](value):
            return False
        if pattern.name in self._requires and not self._requires[pattern.name].search(value):
            return False
        if pattern.name in self._keeps and self._keeps[pattern.name].search(value):
            return False
        return self._looks_it(candidate, value)

    def _looks_it(self, candidate: Candidate, value: bytes) -> bool:
        match candidate.pattern.judge:
            case "email":
                return self._email(candidate.text, *candidate.span)
            case "address":
                return self._address(candidate.text, *candidate.span)
            case "jwk":
                start, end = candidate.span
                near = candidate.text[max(start - KEY_BYTES, 0) : end + KEY_BYTES]
                return b"kty" in near
            case "none":
                return True
        if self._placeholder.search(value):
            return False
        match candidate.pattern.judge:
            case "random":
                return self._model.is_random(value.decode("utf-8", "replace"))
            case "secret" | "literal" as judge:
                text, (start, _) = candidate.text, candidate.span
                quoted = text[max(start - 1, 0) : start] in QUOTES
                lone_word = judge == "literal"
                return self._secret(candidate.name, value, quoted=quoted, lone_word=lone_word)
            case "url":
                return self._secret.is_given(value)
            case "basic":
                return self._secret.is_given((decode_base64(value) or b"").partition(b":")[2])
        return True
