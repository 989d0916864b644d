"""Which licences a build admits. The policies are data: `policies.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from license_expression import AND, OR, LicenseWithExceptionSymbol

from codemill.transforms.licences.expressions import Expressions


@dataclass(frozen=True)
class PolicySettings:
    """What a policy admits."""

    name: str
    ids: frozenset[str]
    """SPDX ids admitted."""
    everything: bool = False
    """True admits whatever the licence, and none at all."""


def policy_settings(name_or_ids: str | Sequence[str], table: Mapping[str, Any]) -> PolicySettings:
    """A policy of `table` by its name, or one made of SPDX ids.

    Raises `ValueError` for a name that is not in the table, or no ids.
    """
    if not isinstance(name_or_ids, str):
        if not name_or_ids:
            raise ValueError("a licence policy needs a name or at least one SPDX id, got none")
        return PolicySettings("custom", frozenset(name_or_ids))
    if name_or_ids not in table:
        raise ValueError(f"licence policy must be one of {', '.join(table)}; got {name_or_ids!r}")
    return PolicySettings(
        name_or_ids, _ids(table, name_or_ids), bool(table[name_or_ids].get("everything"))
    )


def _ids(table: Mapping[str, Any], name: str) -> frozenset[str]:
    """Ids of a policy with those of the policy it extends."""
    policy = table[name]
    own = frozenset(spdx_id for group in policy.get("groups", ()) for spdx_id in group["ids"])
    return own | _ids(table, policy["extends"]) if policy.get("extends") else own


class Policy:
    """Decides licences by one policy."""

    def __init__(self, settings: PolicySettings, expressions: Expressions) -> None:
        self.settings = settings
        self._expressions = expressions

    def admits_expression(self, expression: str | None) -> bool:
        """Whether one side of every OR, and all of every AND, is admitted.

        An exception only adds permissions: `X WITH E` is admitted where X is. What is no valid
        expression, and null, only the policy `all` admits.
        """
        if self.settings.everything:
            return True
        tree = self._expressions.tree(expression) if expression else None
        return tree is not None and self._admits_tree(tree)

    def _admits_tree(self, tree: Any) -> bool:
        if isinstance(tree, OR):
            return any(map(self._admits_tree, tree.args))
        if isinstance(tree, AND):
            return all(map(self._admits_tree, tree.args))
        symbol = tree.license_symbol if isinstance(tree, LicenseWithExceptionSymbol) else tree
        return symbol.key in self.settings.ids

    def admits(self, licence: pa.Array) -> pa.BooleanArray:
        """Per row of `licence` (string, null where unknown) whether it is admitted; no nulls."""
        distinct = pc.unique(licence)
        admitted = pa.array(map(self.admits_expression, distinct.to_pylist()), pa.bool_())
        return admitted.take(pc.index_in(licence, value_set=distinct))
