"""Which licences a build admits. The policies are data: `policies.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from license_expression import AND, OR, LicenseWithExceptionSymbol

from codemill.transforms.licences.expressions import Expressions

MAX_EXTENDS = 8
"""Policies that a policy may extend in turn; more is a circle."""


@dataclass(frozen=True)
class PolicySettings:
    """What a policy admits."""

    name: str
    ids: frozenset[str]
    """Licence ids admitted: SPDX's, or LicenseRef- ones."""
    exceptions: frozenset[str] = frozenset()
    """Exceptions that only add to a grant: `X WITH E` is admitted where X is."""
    everything: bool = False
    """True admits whatever the licence, and none at all."""


def policy_settings(
    wanted: str | Sequence[str] | Mapping[str, Any], packaged: Mapping[str, Any]
) -> PolicySettings:
    """A policy of the `packaged` table by name, one made of ids, or a user's own.

    A user's own is a table as each of `packaged["policies"]` is: `groups` of ids with a reason,
    and perhaps `extends`, the name of a packaged policy; also `exceptions`, groups that take the
    place of the packaged ones. Raises `ValueError` saying what is wrong with it.
    """
    policies = packaged["policies"]
    exceptions = packaged["exceptions"]
    if isinstance(wanted, Mapping):
        exceptions = wanted.get("exceptions", exceptions)
        policies, name = {**policies, "yours": _checked(wanted)}, "yours"
    elif isinstance(wanted, str):
        name = wanted
    elif wanted:
        policies, name = {"custom": {"groups": [{"ids": wanted, "reason": "given"}]}}, "custom"
    else:
        raise ValueError("a licence policy needs a name or at least one SPDX id, got none")
    if name not in policies:
        raise ValueError(f"licence policy must be one of {', '.join(policies)}; got {name!r}")
    everything = bool(policies[name].get("everything"))
    return PolicySettings(name, _ids(policies, name), frozenset(_listed(exceptions)), everything)


def _checked(own: Mapping[str, Any]) -> Mapping[str, Any]:
    """`own`, a user's policy, or `ValueError` where it is not made as one is."""
    unknown = set(own) - {"groups", "extends", "exceptions"}
    if unknown:
        raise ValueError(
            f"a licence policy has groups, extends and exceptions, not {sorted(unknown)}"
        )
    for group in (*own.get("groups", ()), *own.get("exceptions", ())):
        made = isinstance(group, Mapping) and set(group) == {"reason", "ids"}
        if not (made and isinstance(group["ids"], list) and group["reason"]):
            raise ValueError(f"a group of a licence policy has a reason and ids, not {group!r}")
    return own


def _ids(policies: Mapping[str, Any], name: str) -> frozenset[str]:
    """Ids of a policy with those of the policies it extends."""
    ids: frozenset[str] = frozenset()
    following: str | None = name
    for _ in range(MAX_EXTENDS):
        if following is None:
            return ids
        if following not in policies:
            raise ValueError(f"licence policy {name!r} extends {following!r}, which is none")
        policy = policies[following]
        ids |= frozenset(_listed(policy.get("groups", ())))
        following = policy.get("extends")
    raise ValueError(f"licence policy {name!r} extends itself")


def _listed(groups: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    return (str(spdx_id) for group in groups for spdx_id in group["ids"])


class Policy:
    """Decides licences by one policy."""

    def __init__(self, settings: PolicySettings, expressions: Expressions) -> None:
        """Raises `ValueError` for an id that is neither SPDX's nor a LicenseRef-."""
        parsed = {id_: expressions.parse(id_) for id_ in settings.ids}
        unknown = sorted(id_ for id_, known in parsed.items() if known is None)
        if unknown:
            raise ValueError(
                f"licence policy {settings.name!r}: {', '.join(unknown[:5])} is no SPDX id; "
                "what SPDX has no id for is written LicenseRef-scancode-KEY"
            )
        self.settings = settings
        self._ids = set(parsed.values())
        self._expressions = expressions

    def admits_expression(self, expression: str | None) -> bool:
        """Whether one side of every OR, and all of every AND, is admitted.

        `X WITH E` is admitted where X is and E is known to take nothing away. What neither grants
        nor withholds (`expressions.SILENT`) does not count beside a licence. What is no valid
        expression, and null, only the policy `all` admits.
        """
        if self.settings.everything:
            return True
        spoken = self._expressions.spoken(expression)
        tree = self._expressions.tree(spoken) if spoken else None
        return tree is not None and self._admits_tree(tree)

    def _admits_tree(self, tree: Any) -> bool:
        if isinstance(tree, OR):
            return any(map(self._admits_tree, tree.args))
        if isinstance(tree, AND):
            return all(map(self._admits_tree, tree.args))
        if isinstance(tree, LicenseWithExceptionSymbol):
            known = tree.exception_symbol.key in self.settings.exceptions
            return known and tree.license_symbol.key in self._ids
        return tree.key in self._ids

    def admits(self, licence: pa.Array) -> pa.BooleanArray:
        """Per row of `licence` (string, null where unknown) whether it is admitted; no nulls."""
        distinct = pc.unique(licence)
        admitted = pa.array(map(self.admits_expression, distinct.to_pylist()), pa.bool_())
        return admitted.take(pc.index_in(licence, value_set=distinct))
