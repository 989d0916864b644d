"""Versions of the libraries that decide bytes, and the check that workers have the driver's."""

from __future__ import annotations

import functools
import hashlib
import json
import platform
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import Any

LIBRARIES = (
    "apache-beam",
    "datasketch",
    "google-re2",
    "hyperscan",
    "identify",
    "jinja2",
    "markupsafe",
    "license-expression",
    "numpy",
    "pyarrow",
    "pygit2",
    "licenseid",
    "tiktoken",
    "tokenizers",
    "tree-sitter",
    "tree-sitter-language-pack",
    "tree-sitter-languages",
    "codemill",
)


def library_versions(names: tuple[str, ...] = LIBRARIES) -> dict[str, str]:
    """Version by name; `absent` where a library is not installed."""
    return {name: _version(name) for name in names}


@functools.cache
def _version(name: str) -> str:
    # Reading a distribution's metadata takes milliseconds, and every step of every graph asks.
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def check_worker(expected: Mapping[str, str]) -> None:
    """Raise `RuntimeError` where this process has other libraries than the driver's."""
    here = library_versions(tuple(expected))
    differ = [f"{n} {here[n]}, not {expected[n]}" for n in expected if here[n] != expected[n]]
    if differ:
        raise RuntimeError(
            f"worker on {platform.node()} has other libraries than the driver: "
            f"{'; '.join(differ)}. Install the same versions on every worker."
        )


def data_digest(package: str) -> str:
    """sha256, 64 hex, of the names and bytes of a package's files that are no code."""
    digest = hashlib.sha256()
    for file in sorted(resources.files(package).iterdir(), key=lambda f: f.name):
        if file.name.endswith((".yaml", ".jinja", ".css", ".json.gz", ".parquet")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def fingerprint(value: Any) -> str:
    """sha256, 64 hex, of `value` as JSON with sorted keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
