"""E-mail and IP addresses: which of those that are written so are somebody's."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

import re2

from codemill.transforms.redact.patterns import Vocabulary

CONTEXT_BYTES = 48
"""How far around an address its line is looked at: room for `Server version:` and the like."""

MAX_LOCAL_CHARS = 64
"""RFC 5321, section 4.5.3.1.1."""

VERSION_MAX_OCTETS = 30, 99
"""Four numbers of which the first and the others are up to these are a version, a section or an
object identifier, unless something says address: of addresses drawn by chance one in 140 is so
(31/256 (100/256)^3)."""

VERSION_MAX_FIRST_THREE = 20
"""So are those whose first three are up to this, as builds `5.0.4.232`: one in 1,800."""

_SSH_BEFORE = re2.compile(
    rb"(?i)(?:\b(?:ssh|scp|sftp|rsync|mosh|git clone|ssh-copy-id|sshfs)\b[^\n\"'<>]*|://[^\s/\"'<>]*)$"
)
_MORE_DOMAIN = re2.compile(rb"^\.[A-Za-z0-9]")
_SCP_AFTER = re2.compile(rb"^:(?:[~/A-Za-z]|[0-9]+/)[^\s]*")
_TEMPLATE_BEFORE = (b"$", b"%", b"}", b"@", b"/")
"""Variables, formats and paths: what follows one of these is the end of something longer."""
_VERSION_WORDS = (
    r"version|release|revision|\b(?:ver|section|oid|build|upgrade|update|since|spec|v|sv|rfc"
    r"|figure|table|chapter|part|appendix)"
)
_VERSION_BEFORE = re2.compile(
    (
        rf"(?i)(?:{_VERSION_WORDS})[\w ]{{0,12}}[\"'>\])]*[\s:=(\"'\[<>,~^]*$"
        r"|[=<>~^!]=\s*[\"']?$|[A-Za-z)]/$|[~^]$|\xc2\xa7\s?$"
    ).encode()
)
_ADDRESS_WORDS = (
    "ip|ipv4|ips|addr|address|host|hosts|server|dns|nameserver|gateway|peer|ping|bind|listen"
    "|subnet|cidr|route|client|remote|src|dst|source|destination|whois|proxy|resolver"
    "|nslookup|dig|telnet|ssh"
)
_ADDRESS_BEFORE = re2.compile(
    (
        rf"(?i)(?:://|\b(?:{_ADDRESS_WORDS})(?:_?(?:addr|address|ip|addresses))?"
        r"[\"'\])]*[\s:=(\[{\"'<>]*)$"
    ).encode()
)
_ADDRESS_AFTER = re2.compile(rb"^(?::[0-9]{2,5}\b|/(?:[89]|[12][0-9]|3[0-2])\b|/[a-z])")
_PREFIX_LENGTH = re2.compile(rb"^/([89]|[12][0-9]|3[01])(?:[^0-9]|$)")
_MESSAGE_ID_BEFORE = re2.compile(rb"(?i)\b(?:message-id|in-reply-to|references)\b[^\n]*$")
_PATH_DATA = re2.compile(rb"(?:-?[.0-9]+[ ,A-Za-z-]){6,}$")


class EmailJudge:
    """Says of a text with an `@` and a domain whether it is an address that may be somebody's."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._top_level = vocabulary.top_level_domains
        self._kept = vocabulary.kept_domains

    def __call__(self, text: bytes, start: int, end: int) -> bool:
        """Whether `text[start:end]` is one."""
        local, _, domain = text[start:end].decode("ascii").lower().rpartition("@")
        labels = domain.split(".")
        if len(local) > MAX_LOCAL_CHARS:
            return False
        if text[end : end + 1] == b"-" or _MORE_DOMAIN.search(text[end : end + 2]):
            return False
        if labels[-1] not in self._top_level:
            return False
        if any(".".join(labels[i:]) in self._kept for i in range(len(labels))):
            return False
        line = text[max(start - 256, 0) : start].rpartition(b"\n")[2]
        if line.endswith(_TEMPLATE_BEFORE):
            return False
        if _SSH_BEFORE.search(line) or _MESSAGE_ID_BEFORE.search(line):
            return False
        return not _SCP_AFTER.search(text[end : end + 64])


class IpJudge:
    """Says of a text in the form of an IP address whether it is one, and a public one."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        networks = [ipaddress.ip_network(n) for n in vocabulary.kept_networks]
        self._kept = [(n.version, int(n.network_address), int(n.netmask)) for n in networks]

    def __call__(self, text: bytes, start: int, end: int) -> bool:
        """Whether `text[start:end]` is one."""
        try:
            address = ipaddress.ip_address(text[start:end].decode("ascii"))
        except ValueError:
            return False
        number = int(address)
        if any(v == address.version and number & m == n for v, n, m in self._kept):
            return False
        if address.version == 6:
            return number & 0xFFFF != 0
        return self._is_address(text, start, end)

    def _is_address(self, text: bytes, start: int, end: int) -> bool:
        """Whether four numbers are no version, section, object identifier or drawing."""
        before = text[max(start - CONTEXT_BYTES, 0) : start].rpartition(b"\n")[2]
        after = text[end : end + CONTEXT_BYTES].partition(b"\n")[0]
        octets = [int(part) for part in text[start:end].split(b".")]
        if _is_network(octets, after):
            return False
        if len({b - a for a, b in pairwise(octets)}) == 1:  # 2.2.2.2 and 101.102.103.104
            return False
        if _ADDRESS_AFTER.search(after) or _ADDRESS_BEFORE.search(before):
            return True
        if _VERSION_BEFORE.search(before) or _PATH_DATA.search(before):
            return False
        first, any_other = VERSION_MAX_OCTETS
        if max(octets[:3]) <= VERSION_MAX_FIRST_THREE:
            return False
        return octets[0] > first or max(octets) > any_other


def _is_network(octets: list[int], after: bytes) -> bool:
    """Whether the last octet, or what a prefix length leaves, has no bit set or all of them.

    A network is no machine, nor is its last address; of machines' one in 128 ends so.
    """
    if octets[3] in (0, 255):
        return True
    length = _PREFIX_LENGTH.search(after)
    if not length:
        return False
    number = int.from_bytes(bytes(octets), "big")
    return number & ((1 << (32 - int(length.group(1)))) - 1) == 0
