"""Makes what recognises and admits licences, from packaged data; once a worker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from codemill.pipeline.packaged import (
    load_caution,
    load_licensing,
    load_notices,
    load_policy,
    load_spdx_names,
)
from codemill.pipeline.rule_cache import load_rule_table
from codemill.transforms.licences.classes import CLASSES, LicenceClasses
from codemill.transforms.licences.expressions import Expressions
from codemill.transforms.licences.headers import HeaderReader
from codemill.transforms.licences.merge import HeaderMerge
from codemill.transforms.licences.notices import Notices
from codemill.transforms.licences.policy import Policy, PolicySettings
from codemill.transforms.licences.recognise import LicenceRecogniser
from codemill.transforms.licences.resolve import RepositoryLicences

MAX_LICENCE_BYTES = 256 << 10
"""Larger files that bear a licence's name are not read; the longest SPDX text is 56 kB."""
UNREAD_LICENCE = b"larger than any licence: not read"
"""Stands for their content: terms that are there and not known."""


@dataclass(frozen=True)
class Licensing:
    """Everything about licences under one policy."""

    repositories: RepositoryLicences
    headers: HeaderReader
    merge: HeaderMerge
    policy: Policy
    expressions: Expressions


def load_recogniser(expressions: Expressions) -> LicenceRecogniser:
    """What recognises licences: rules, names and words of caution."""
    notices = Notices(load_notices(), load_spdx_names())
    return LicenceRecogniser(load_rule_table(), load_caution(), notices, expressions)


@cache
def load_licences(policy: str) -> Licensing:
    """Map the rules and read the patterns: two seconds, once a process."""
    expressions = Expressions(load_licensing())
    recogniser = load_recogniser(expressions)
    return Licensing(
        repositories=RepositoryLicences(recogniser),
        headers=HeaderReader(recogniser),
        merge=HeaderMerge(expressions),
        policy=checked_policy(policy),
        expressions=expressions,
    )


@cache
def load_licence_classes() -> LicenceClasses:
    """The classes of licences that a keep policy tells apart; half a second, once a process."""
    expressions = Expressions(load_licensing())
    return LicenceClasses(tuple(Policy(load_policy(name), expressions) for name in CLASSES))


def checked_policy(policy: str) -> Policy:
    """The policy that a setting describes; `ValueError` where it does not describe one."""
    return Policy(policy_settings(policy), Expressions(load_licensing()))


def policy_settings(policy: str) -> PolicySettings:
    """A policy by name, by ids separated by commas, or a user's own as JSON; else `ValueError`."""
    if policy.startswith("{"):
        return load_policy(json.loads(policy))
    ids = [part.strip() for part in policy.split(",")]
    return load_policy(ids if len(ids) > 1 or _is_id(policy) else policy)


def _is_id(policy: str) -> bool:
    return Expressions(load_licensing()).parse(policy) is not None
