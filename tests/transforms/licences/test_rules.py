import pytest

from codemill.transforms.licences.rules import CONTINUOUS, FALSE, NOTICE, TEXT, Rule, parse_rules

LICENCES = [
    (
        "a.LICENSE",
        "---\nkey: a\nspdx_license_key: A-1.0\ncategory: Permissive\n---\n\nText of A.\n",
    ),
    ("b.LICENSE", "---\nkey: b\ncategory: Copyleft\nis_exception: yes\n---\n"),
    ("old.LICENSE", "---\nkey: old\nspdx_license_key: Old\nis_deprecated: yes\n---\nOld text.\n"),
]


def rules(*files):
    return parse_rules(LICENCES, [(f"{n}.RULE", text) for n, text in enumerate(files)])


def test_a_licence_s_own_text_is_a_rule_and_a_retired_one_s_is_not():
    found = rules()
    assert found.rules == (Rule("A-1.0", "\n\nText of A.\n", TEXT),)
    assert sorted(found.licences) == ["A-1.0", "LicenseRef-scancode-b"]
    assert found.licences["LicenseRef-scancode-b"].is_exception


def test_keys_become_spdx_ids_and_operators_stay():
    (_, rule) = rules(
        "---\nlicense_expression: a or (b\n  and a)\nis_license_notice: yes\n---\nx\n"
    ).rules
    assert rule.expression == "A-1.0 OR (LicenseRef-scancode-b AND A-1.0)"
    assert rule.flags == NOTICE


def test_what_a_rule_asks_for_is_read():
    (_, rule) = rules(
        "---\nis_false_positive: yes\nis_continuous: yes\n"
        "minimum_coverage: 80\nrelevance: 50\n---\nx\n"
    ).rules
    assert (rule.expression, rule.flags) == ("", FALSE | CONTINUOUS)
    assert (rule.min_coverage, rule.relevance) == (80, 50)


def test_a_file_without_its_header_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"0\.RULE: a header between two lines of ---"):
        rules("just text")
