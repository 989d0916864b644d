"""Structure and checksums that formats of keys have: functions of plain values."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping

import re2

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_PRINTABLE = re2.compile(rb"^[\x20-\x7e]{3,200}$")


def decode_base64(text: bytes) -> bytes | None:
    """What base64, of either alphabet, padded or not, stands for; None if it is none."""
    text = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def has_crc32_base62(value: bytes) -> bool:
    """GitHub's and npm's tokens: prefix, `_`, 30 characters, CRC-32 of those in base62 as 6 digits.

    Source: GitHub's article on its token formats of April 2021.
    """
    body = value.partition(b"_")[2]
    number, digits = zlib.crc32(body[:-6]), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return body[-6:] == digits.encode()


def is_json_web_token(value: bytes) -> bool:
    """Whether the header is a JSON object with `alg` (RFC 7515, section 4.1.1)."""
    header = decode_base64(value.partition(b".")[0])
    try:
        return header is not None and "alg" in json.loads(header)
    except (ValueError, TypeError, RecursionError):
        return False


def is_macaroon(value: bytes) -> bool:
    """A macaroon of version 2 with a location, as PyPI gives them: `pypi-` and base64."""
    decoded = decode_base64(value.partition(b"-")[2])
    # Version 2, then field 1 (location): its length and text.
    return decoded is not None and decoded[:2] == b"\x02\x01" and b"pypi" in decoded[3:20]


def has_bech32_checksum(value: bytes) -> bool:
    """Bech32 (BIP 173), as age's secret keys are written."""
    prefix, _, data = value.decode("ascii").lower().rpartition("1")
    if any(c not in _BECH32 for c in data):
        return False
    checksum = 1
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    for number in expanded + [_BECH32.index(c) for c in data]:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ number
        for i, generator in enumerate(_BECH32_GENERATOR):
            checksum ^= generator if top >> i & 1 else 0
    return checksum == 1


def is_discord_token(value: bytes) -> bool:
    """The first of three parts is a user's id, 17 to 20 digits, in base64."""
    decoded = decode_base64(value.partition(b".")[0])
    return decoded is not None and decoded.isdigit() and 17 <= len(decoded) <= 20


def is_json_base64(value: bytes) -> bool:
    """The last part of what `_` separates begins like a JSON object in base64."""
    decoded = decode_base64(value[value.find(b"eyJ") :].partition(b"_")[0])
    return decoded is not None and decoded[:2] == b'{"'


def is_basic_credentials(value: bytes) -> bool:
    """`user:password` in base64 (RFC 7617), both of printable ASCII and neither empty."""
    decoded = decode_base64(value)
    if decoded is None or not _PRINTABLE.search(decoded):
        return False
    user, _, password = decoded.partition(b":")
    return bool(user) and bool(password)


def is_64_bytes(value: bytes) -> bool:
    """Base64 of 64 bytes, as Azure's account keys."""
    return len(decode_base64(value) or b"") == 64


PROOFS: Mapping[str, Callable[[bytes], bool]] = {
    "bech32": has_bech32_checksum,
    "crc32_base62": has_crc32_base62,
}
"""Checksums: a value that has one is genuine. One that has none may be a copy with a changed
character, so it goes on being judged by its looks."""

STRUCTURES: Mapping[str, Callable[[bytes], bool]] = {
    "64_bytes": is_64_bytes,
    "basic_credentials": is_basic_credentials,
    "discord": is_discord_token,
    "json_base64": is_json_base64,
    "json_web_token": is_json_web_token,
    "macaroon": is_macaroon,
}
"""What a value must have to be one."""
