"""What stands in a secret's place: typed, equal for equal values of a repository."""

from __future__ import annotations

import hashlib

TAG_HEX_DIGITS = 4
"""16 bits tell the few hundred values of a repository apart, and leave a thousand candidates of a
dictionary of 65 million for each tag: not enough to name the value."""

IPV4_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Set aside for documentation (RFC 5737): 762 hosts, so values of a repository that has dozens may
share one."""


def repository_key(repository: str) -> bytes:
    """Keys the placeholders, so that equal values of two repositories look unrelated."""
    return hashlib.blake2b(repository.encode(), digest_size=32).digest()


def placeholder(template: str, value: bytes, key: bytes) -> str:
    """`template` with the tag of `value` for `{tag}`, an address for `{ipv4}` and `{ipv6}`."""
    digest = hashlib.blake2b(value, digest_size=8, key=key, person=b"codemill-redact").hexdigest()
    if "{ipv4}" in template:
        network, host = divmod(int(digest, 16) % (3 * 254), 254)
        return template.replace("{ipv4}", f"{IPV4_NETWORKS[network]}.{host + 1}")
    # 2001:db8::/32 is set aside for documentation (RFC 3849).
    ipv6 = f"2001:db8::{digest[:4]}:{digest[4:8]}"
    return template.replace("{ipv6}", ipv6).replace("{tag}", digest[:TAG_HEX_DIGITS])
