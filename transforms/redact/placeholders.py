"""What stands in a secret's place: typed, equal for equal values of a repository."""

from __future__ import annotations

import hashlib

TAG_HEX_DIGITS = 4
"""16 bits tell the few hundred values of a repository apart, and leave a thousand candidates of a
dictionary of 65 million for each tag: not enough to name the value."""


def repository_key(repository: str) -> bytes:
    """Keys the placeholders, so that equal values of two repositories look unrelated."""
    return hashlib.blake2b(repository.encode(), digest_size=32).digest()


def placeholder(template: str, value: bytes, key: bytes) -> str:
    """`template` with the tag of `value` in the place of `{tag}`."""
    digest = hashlib.blake2b(value, digest_size=8, key=key, person=b"codemill-redact")
    return template.replace("{tag}", digest.hexdigest()[:TAG_HEX_DIGITS])
