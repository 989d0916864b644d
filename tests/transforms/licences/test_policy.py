from importlib import resources

import pyarrow as pa
import pytest
import yaml

from codemill.pipeline.packaged import load_policy
from codemill.transforms.licences.policy import Policy

ADMITTED = [
    ("MIT", True, True, True),
    ("MIT OR GPL-3.0-only", True, True, True),
    ("MIT AND GPL-3.0-only", False, False, True),
    ("MPL-2.0", False, True, True),
    ("Apache-2.0 WITH LLVM-exception", True, True, True),
    ("GPL-2.0-only WITH Classpath-exception-2.0", False, False, True),
    ("MIT AND (Apache-2.0 OR AGPL-3.0-only)", True, True, True),
    ("LicenseRef-scancode-public-domain", True, True, True),
    ("LicenseRef-codemill-unrecognised AND MIT", False, False, False),
    ("LicenseRef-scancode-proprietary-license", False, False, False),
    ("CC-BY-NC-4.0", False, False, False),
    ("BUSL-1.1", False, False, False),
    ("SSPL-1.0", False, False, False),
    ("not an expression", False, False, False),
    (None, False, False, False),
]
NAMES = ("permissive", "permissive-and-weak-copyleft", "any-open-source")


@pytest.mark.parametrize("column", range(3))
def test_a_policy_admits_one_side_of_or_and_all_of_and(expressions, column):
    policy = Policy(load_policy(NAMES[column]), expressions)
    found = policy.admits(pa.array([row[0] for row in ADMITTED], pa.string()))
    assert found.to_pylist() == [row[column + 1] for row in ADMITTED]


def test_all_admits_anything_and_nothing(expressions):
    policy = Policy(load_policy("all"), expressions)
    found = policy.admits(pa.array([None, "MIT", "rubbish"], pa.string()))
    assert found.to_pylist() == [True, True, True]


def test_a_list_of_ids_is_a_policy(expressions):
    policy = Policy(load_policy(["GPL-2.0-only"]), expressions)
    assert policy.admits(pa.array(["GPL-2.0-only", "MIT"])).to_pylist() == [True, False]


def test_slices_and_empty_columns_are_taken(expressions):
    policy = Policy(load_policy("permissive"), expressions)
    column = pa.array(["MIT", "GPL-2.0-only", None, "ISC"])
    assert policy.admits(column.slice(1)).to_pylist() == [False, False, True]
    assert policy.admits(pa.array([], pa.string())).to_pylist() == []


def test_an_unknown_policy_is_an_error():
    with pytest.raises(ValueError, match=r"permissive, permissive-and-weak-copyleft.*'lax'"):
        load_policy("lax")
    with pytest.raises(ValueError, match="none"):
        load_policy([])


def test_every_id_of_every_policy_is_spdx_and_listed_once(expressions):
    text = resources.files("codemill.transforms.licences").joinpath("policies.yaml").read_text()
    groups = [g for p in yaml.safe_load(text).values() for g in p.get("groups", ())]
    ids = [spdx_id for group in groups for spdx_id in group["ids"]]
    assert [i for i in ids if expressions.parse(i) != i] == []
    assert sorted({i for i in ids if ids.count(i) > 1}) == []
    assert all(group["reason"] for group in groups)
    assert all(group["ids"] == sorted(group["ids"], key=str.lower) for group in groups)
