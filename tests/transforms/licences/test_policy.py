from importlib import resources

import pyarrow as pa
import pytest
import yaml

from codemill.pipeline.packaged import load_licensing, load_policy
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
    ("Vim", False, True, True),
    ("Apache-2.0 WITH LicenseRef-scancode-commons-clause", False, False, False),
    ("LGPL-3.0-only WITH LGPL-3.0-linking-exception", False, True, True),
    ("JSON", False, False, False),
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


def test_a_users_policy_gives_reasons_and_may_extend_a_packaged_one(expressions):
    own = {"extends": "permissive", "groups": [{"reason": "we asked", "ids": ["GPL-2.0-only"]}]}
    policy = Policy(load_policy(own), expressions)
    column = ["GPL-2.0-only WITH Classpath-exception-2.0", "MIT", "GPL-3.0-only"]
    assert policy.admits(pa.array(column)).to_pylist() == [True, True, False]


def test_a_users_policy_may_admit_exceptions_of_its_own(expressions):
    exceptions = [{"reason": "we read it", "ids": ["freertos-exception-2.0"]}]
    groups = [{"reason": "fine", "ids": ["GPL-2.0-only"]}]
    policy = Policy(load_policy({"groups": groups, "exceptions": exceptions}), expressions)
    assert policy.admits_expression("GPL-2.0-only WITH freertos-exception-2.0")
    assert not policy.admits_expression("GPL-2.0-only WITH Classpath-exception-2.0")


WRONG = [
    ({"ids": ["MIT"]}, "not ..ids"),
    ({"groups": [{"ids": ["MIT"]}]}, "a reason and ids"),
    ({"groups": [{"reason": "x", "ids": "MIT"}]}, "a reason and ids"),
    ({"extends": "lax"}, "extends 'lax'"),
    ({"extends": "yours"}, "extends itself"),
]


@pytest.mark.parametrize(("own", "said"), WRONG)
def test_a_users_policy_that_is_none_is_an_error(own, said):
    with pytest.raises(ValueError, match=said):
        load_policy(own)


def test_an_id_that_nobody_registered_is_an_error(expressions):
    with pytest.raises(ValueError, match="MITT is no SPDX id"):
        Policy(load_policy(["MIT", "MITT"]), expressions)


def packaged():
    text = resources.files("codemill.transforms.licences").joinpath("policies.yaml").read_text()
    return yaml.safe_load(text)


def test_every_id_of_every_policy_is_registered_and_listed_once():
    table = packaged()
    groups = [g for p in table["policies"].values() for g in p.get("groups", ())]
    ids = [spdx_id for group in groups for spdx_id in group["ids"]]
    known = load_licensing().known_symbols
    assert [i for i in ids if i not in known or known[i].is_exception] == []
    assert sorted({i for i in ids if ids.count(i) > 1}) == []


def test_every_exception_is_registered_as_one_and_listed_once():
    ids = [i for group in packaged()["exceptions"] for i in group["ids"]]
    known = load_licensing().known_symbols
    assert [i for i in ids if i not in known or not known[i].is_exception] == []
    assert len(ids) == len(set(ids))


def test_groups_have_a_reason_and_sorted_ids():
    table = packaged()
    groups = [g for p in table["policies"].values() for g in p.get("groups", ())]
    for group in (*groups, *table["exceptions"]):
        assert set(group) == {"reason", "ids"}
        assert group["reason"]
        assert group["ids"] == sorted(group["ids"], key=str.lower)


def test_no_policy_but_all_admits_limits_on_use_or_change(expressions):
    policy = Policy(load_policy("any-open-source"), expressions)
    limited = ["JSON", "BUSL-1.1", "SSPL-1.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", "Elastic-2.0"]
    limited += [
        "PolyForm-Noncommercial-1.0.0",
        "BSD-3-Clause-No-Nuclear-License",
        "Hippocratic-2.1",
    ]
    limited += [
        "LicenseRef-scancode-unknown-license-reference",
        "LicenseRef-scancode-other-permissive",
    ]
    assert [i for i in limited if policy.admits_expression(i)] == []
