"""Literals that are given to names of secrets: which of them are secrets.

The principle: what is redacted would open something, or was meant to. So a value stays that
disclosed nothing (dummies, placeholders, templates, references), that is no value (types, calls,
fields, paths, labels), or that is public by its nature (hashes, UUIDs, public keys). What is left
is asked the more the less its name says: a password may be as weak as people's memory; a secret
or token has digits in it or looks random; a mere key is long and looks random.
"""

from __future__ import annotations

import re
from enum import IntEnum
from itertools import pairwise

import re2

from codemill.transforms.redact.character_model import CharacterModel
from codemill.transforms.redact.patterns import Vocabulary

# Of `re`, whose findall costs a tenth of re2's: classes of characters, on at most 512 of them.
_NAME_PARTS = re.compile(r"[A-Z]+[a-z]*|[a-z]+|[0-9]+")
_ACRONYM_END = re.compile(r"([A-Z])([A-Z][a-z])")
_UUID = re2.compile(r"(?i)^[{(]?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}[)}]?$")
_NO_VALUE = re2.compile(
    "|".join(
        (
            r"[^\x21-\x7e]",  # spaces, control and other characters: words for people
            r"^~|^\.{1,2}/|^[A-Za-z]:\\|^[a-z][a-z0-9+.-]*://",  # paths and URLs
            r"(?i:\.(?:pem|key|crt|cer|p12|pfx|jks|json|ya?ml|txt|xml|html?|conf|env)$)",
            r"(?i:\.(?:php|js|ts|py|rb|java)$)",
            r"\$\{|\{\{|\$\(|\$\[|\$[A-Z_]{2,}|<[A-Za-z/%?!]|%\(|#\{|@@",  # templates
            r"%[sdv@](?:[^A-Za-z0-9]|$)|\{[A-Za-z0-9_.:]*\}",
            r"^\$\w+[\[{]|^\$\$?[A-Za-z_]\w*$|^%\w+%$|^[&*][A-Za-z_]\w*$|^:\w+$",  # references
            r"^@[A-Za-z.]+$|^__\w+__|^\w+\[\w*\]$",
            r"^[~^v<>=]*[0-9]+(?:\.[0-9]+)+[\w.-]*$",  # versions
            r"^\$(?:2[abxy]|argon2\w*|[156]|y|pbkdf2[\w-]*|scrypt)\$",  # hashes of passwords
            r"^\{(?:S?SHA|MD5|CRYPT)|^pbkdf2_",
            r"^\^|\\[dwsb]|\[\^?[a-zA-Z0-9]-|\(\?",  # regular expressions
            r"^[a-z_]+(?:\|[a-z_]+(?::[\w,]+)?)+$",  # rules of validation
            r"^[,;)}\]]|:$|^[A-Za-z_]+=$|^\W*$",  # code
            r"^0x[0-9a-fA-F]{1,40}$|^-{5}|(?i:(?:public|private)_?key)$",
            r"^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2)|^AAAA[BCE][23]|^MII|^sha(?:1|256|384|512)[-:]|^data:",
        )
    )
)
_MAYBE_CODE = re2.compile(r"\.[*+]|\w\(.*\)|=>|->|::|&&|\|\|")
_BASE64 = re2.compile(r"^[A-Za-z0-9+/]{20,}={0,2}$")
_TEMPLATE = re2.compile(
    r"[${}<>()\[\]]|\*\*|%[sdv@](?:[^A-Za-z0-9]|$)|^%\w+%$|^[A-Z]+(?:_[A-Z]+)+$"
)
_BARE_NO_VALUE = re2.compile(r"[()\[\]{}<>\"'`,;|]|^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|^[@&*!#=+-]")
_PLAIN = re2.compile(r"^[A-Za-z0-9_./:#?,;\\-]*$")
_HASH = re2.compile(
    r"(?i)^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$"
)
_LONE_WORD = re2.compile(r"^[a-z]{5,20}$")
_WORD_AND_SIGN = re2.compile(r"^[A-Za-z]{4,}[!@#$]{1,3}$")
_WORD_AND_NUMBER = re2.compile(r"^[a-z]{4,}[-_.][0-9]{2,4}$")
_COMPOUND = re2.compile(r"(?:password|passwd|passphrase)$")
_NAMED = re2.compile(r"pass|pwd|pw$|secret|token|login")
_LETTERS = re2.compile(r"^[A-Za-z_.-]+$")
_LABEL = re2.compile(r"[A-Za-z]{2}[0-9]*[-_.:/][A-Za-z0-9]")
_IDENTIFIER = re2.compile(r"^[A-Za-z_]\w*$")
_TRAILING_DIGITS = re2.compile(r"[-_.]?[0-9]{1,4}$")

MIN_CHARS = {1: 16, 2: 8, 3: 5}
"""By `Name`: shortest value. 16 characters of a random key hold 64 bits and more; tokens of fewer
than 8 are words of a grammar; passwords of 4 are door codes."""

MAX_CHARS = 512
"""Longer values are data."""


class Name(IntEnum):
    """What a name says of its value."""

    NOTHING = 0
    KEY = 1
    SECRET = 2
    PASSWORD = 3


class SecretJudge:
    """Says of a value, by its name and its looks, whether it is a secret."""

    def __init__(self, vocabulary: Vocabulary, model: CharacterModel) -> None:
        self._vocabulary = vocabulary
        self._model = model

    def __call__(self, name: bytes | None, value: bytes, *, quoted: bool, lone_word: bool) -> bool:
        """Whether `value`, given to `name`, is one; `lone_word` takes one word for a password."""
        try:
            shown = value.decode("ascii")
        except UnicodeDecodeError:
            return False
        said = self.name(name.decode("latin-1")) if name is not None else Name.PASSWORD
        if not MIN_CHARS.get(said, MAX_CHARS + 1) <= len(shown) <= MAX_CHARS:
            return False
        lone_word = lone_word and said is Name.PASSWORD
        if self._is_harmless(shown, lone_word=lone_word):
            return False
        if not quoted and self._is_no_literal(shown, said):
            return False
        is_lone_word = lone_word and bool(_LONE_WORD.search(shown))
        return is_lone_word or self._is_strong_enough(shown, said)

    def kind(self, name: bytes) -> str:
        """The kind of what is given to a name: a password only if its last words say so."""
        return "password" if self.name(name.decode("latin-1")) is Name.PASSWORD else "key"

    def name(self, name: str) -> Name:
        """What a name says: by its last words, where no word of it makes it something else."""
        words = _words(name[-64:])
        known = self._vocabulary
        while words and (words[-1].isdigit() or words[-1] in known.suffixes):
            words.pop()
        told = {*words, *(a + b for a, b in pairwise(words))}
        if not words or not known.harmless_words.isdisjoint(told):
            return Name.NOTHING
        tails = {words[-1], "".join(words[-2:])}
        if not known.password_words.isdisjoint(tails) or _COMPOUND.search(words[-1]):
            return Name.PASSWORD
        if not known.secret_words.isdisjoint(tails):
            return Name.SECRET
        return Name.KEY if words[-1] in known.key_words else Name.NOTHING

    def is_given(self, value: bytes) -> bool:
        """Whether `value`, that stands where nothing but a password can, is one."""
        shown = value.decode("utf-8", "replace")
        return not (
            len(shown) < 3 or _TEMPLATE.search(shown) or self._is_dummy(shown)
        ) and not self._names_itself(shown)

    def _is_no_literal(self, value: str, said: Name) -> bool:
        """Whether a value without quotes is rather an expression."""
        if _BASE64.search(value) and self._is_drawn(value):
            return False
        if _BARE_NO_VALUE.search(value):
            return True
        if said is Name.PASSWORD and _WORD_AND_SIGN.search(value):
            return False
        if not any(c.isdigit() for c in value) and not self._model.is_random(value):
            return True
        return (
            bool(_IDENTIFIER.search(value))
            and said is not Name.PASSWORD
            and not self._model.is_random(value)
        )

    def _is_harmless(self, value: str, *, lone_word: bool) -> bool:
        """Whether it is a dummy, a reference, a label, or public by its nature."""
        if self._is_dummy(value) or _NO_VALUE.search(value) or _UUID.search(value):
            return True
        is_drawn = self._is_drawn(value)
        if value.startswith("/") and not (is_drawn and _BASE64.search(value)):
            return True
        if not is_drawn and _MAYBE_CODE.search(value):
            return True
        if self._names_itself(value):
            return True
        is_label = bool(_LABEL.search(value)) and self._is_plain_words(value)
        return is_label and not (lone_word and _WORD_AND_NUMBER.search(value))

    def _is_drawn(self, value: str) -> bool:
        """Whether capitals, small letters and digits look thrown together."""
        kinds = (str.isupper, str.islower, str.isdigit)
        return all(any(map(kind, value)) for kind in kinds) and self._model.is_random(value)

    def _names_itself(self, value: str) -> bool:
        """Whether a value of plain words has one of those that name secrets: `my-secret-2`."""
        if _LETTERS.search(value) and _NAMED.search(value.lower()):
            return True
        words = _words(value)
        said = {*words, *(a + b for a, b in pairwise(words))}
        known = self._vocabulary
        named = not said.isdisjoint(known.password_words | known.secret_words)
        return named and self._is_plain_words(value)

    def _is_dummy(self, value: str) -> bool:
        lowered = value.lower()
        return not self._vocabulary.dummies.isdisjoint((lowered, _TRAILING_DIGITS.sub("", lowered)))

    def _is_plain_words(self, value: str) -> bool:
        return bool(_PLAIN.search(value)) and self._model.is_words(value)

    def _is_strong_enough(self, value: str, said: Name) -> bool:
        has_digit = any(c.isdigit() for c in value)
        has_letter = any(c.isalpha() for c in value)
        is_random = self._model.is_random(value)
        if said is Name.PASSWORD:
            symbols = not _PLAIN.search(value)
            return (
                is_random
                or (symbols and (has_letter or has_digit))
                or (has_digit and has_letter)
                or (has_digit and len(value) >= 6)
            )
        if self._is_plain_words(value):
            return False
        if said is Name.SECRET:
            return (has_digit and has_letter) or (is_random and len(value) >= 12)
        return has_digit and has_letter and is_random and not _HASH.search(value)


def _words(name: str) -> list[str]:
    """What a name is put together of, in lower case: `SSHPublicKey2` is ssh, public, key, 2."""
    return [word.lower() for word in _NAME_PARTS.findall(_ACRONYM_END.sub(r"\1_\2", name))]
