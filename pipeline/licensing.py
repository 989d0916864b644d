"""Makes what recognises and admits licences, from packaged data; once a worker."""

from __future__ import annotations

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
from codemill.transforms.licences.expressions import Expressions
from codemill.transforms.licences.headers import HeaderReader
from codemill.transforms.licences.notices import Notices
from codemill.transforms.licences.policy import Policy, PolicySettings
from codemill.transforms.licences.recognise import LicenceRecogniser
from codemill.transforms.licences.resolve import HeaderMerge, RepositoryLicences


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
    """Map the rules and read the patterns: half a second, once a process."""
    expressions = Expressions(load_licensing())
    recogniser = load_recogniser(expressions)
    return Licensing(
        repositories=RepositoryLicences(recogniser),
        headers=HeaderReader(recogniser),
        merge=HeaderMerge(expressions),
        policy=Policy(policy_settings(policy), expressions),
        expressions=expressions,
    )


def policy_settings(policy: str) -> PolicySettings:
    """A policy by name, or by SPDX ids separated by commas; `ValueError` for another name."""
    ids = [part.strip() for part in policy.split(",")]
    return load_policy(ids if len(ids) > 1 else policy)
