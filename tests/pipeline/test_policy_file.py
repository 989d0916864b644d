import json

import pytest

from codemill.pipeline.config import load_config
from codemill.pipeline.licensing import checked_policy

YAML = "extends: permissive\ngroups:\n  - reason: we asked\n    ids: [GPL-2.0-only]\n"
TOML = 'extends = "permissive"\n[[groups]]\nreason = "we asked"\nids = ["GPL-2.0-only"]\n'


@pytest.mark.parametrize(("name", "text"), [("own.yaml", YAML), ("own.toml", TOML)])
def test_a_policy_file_becomes_part_of_the_configuration(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    config = load_config(None, [f"catalog.licences={tmp_path / name}"])
    assert json.loads(config.catalog.licences) == {
        "extends": "permissive",
        "groups": [{"reason": "we asked", "ids": ["GPL-2.0-only"]}],
    }
    policy = checked_policy(config.catalog.licences)
    assert policy.admits_expression("GPL-2.0-only AND MIT")


def test_one_id_and_several_are_policies():
    assert checked_policy("ISC").admits_expression("ISC")
    assert not checked_policy("ISC, MIT").admits_expression("Apache-2.0")


WRONG = [
    ("own.yaml", "groups: [", "cannot be parsed"),
    ("own.toml", "groups = [", "cannot be parsed"),
    ("own.yaml", "- MIT", "must be a table"),
    ("own.yaml", b"\xff", "is not UTF-8"),
]


@pytest.mark.parametrize(("name", "text", "said"), WRONG)
def test_a_file_that_is_no_policy_is_an_error(tmp_path, name, text, said):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=said):
        load_config(None, [f"catalog.licences={tmp_path / name}"])


def test_a_policy_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="cannot read licence policy"):
        load_config(None, [f"catalog.licences={tmp_path / 'none.yaml'}"])
