"""A user's licence policy, read from a YAML or TOML file once, where the build is started.

What is read goes into the configuration as JSON, so that workers need no file, the fingerprint
covers it and the manifest tells which ids were admitted, and why.
"""

from __future__ import annotations

import json
import tomllib
from typing import Any

import yaml

ENDINGS = (".yaml", ".yml", ".toml")


def is_policy_file(licences: str) -> bool:
    """Whether the setting names a file, not a policy or ids."""
    return licences.lower().endswith(ENDINGS)


def read_policy_file(path: str) -> str:
    """The policy of a file as one line of JSON; `ValueError` where it cannot be read as one."""
    try:
        with open(path, "rb") as file:
            text = file.read().decode("utf-8")
    except OSError as error:
        raise ValueError(f"cannot read licence policy {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"licence policy {path} is not UTF-8") from None
    return json.dumps(_table(path, text), sort_keys=True, ensure_ascii=False)


def _table(path: str, text: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(text) if path.lower().endswith(".toml") else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"licence policy {path} cannot be parsed: {error}") from None
    if not isinstance(table, dict):
        raise ValueError(f"licence policy {path} must be a table with groups of reason and ids")
    return table
