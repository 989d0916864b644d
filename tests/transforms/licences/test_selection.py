from dataclasses import replace

import numpy as np
import pytest

from codemill.transforms.licences.rule_index import RuleIndex
from codemill.transforms.licences.rule_table import compile_rules
from codemill.transforms.licences.rules import FALSE, INTRO, NOTICE, REFERENCE, TEXT, Rule
from codemill.transforms.licences.selection import LIST_MENTIONS, Selection
from codemill.transforms.licences.words import legal_words

TERMS = " ".join(f"term{n}" for n in range(120))
RULES = (
    Rule("Terms", TERMS, TEXT),
    Rule("Mention", "epsilon license", REFERENCE),
    Rule("", "epsilon license server", FALSE),
    Rule("LicenseRef-scancode-unknown-license-reference", "licensed under", INTRO),
    Rule("Zeta", "under {{zeta public}} license with these words and others", NOTICE),
    *(Rule(f"L{n}", f"listed{n}", REFERENCE) for n in range(30)),
)


@pytest.fixture(scope="module")
def choose():
    table = compile_rules(RULES)
    index = RuleIndex(replace(table, strong=np.ones_like(table.strong)))
    expression = index.table.expression.to_pylist()
    selection = Selection(index, lambda rule: frozenset(filter(None, [expression[rule]])))

    def run(text):
        query = index.query(legal_words(text))
        likely = index.close(query, np.ones(len(query.tokens), np.bool_))
        chosen = selection.choose(query, [*index.exact(query), *likely])
        return [expression[match.rule] for match in chosen]

    return run


def test_a_mention_inside_a_whole_text_says_nothing_of_its_own(choose):
    words = TERMS.split()
    assert choose(" ".join([*words[:60], "epsilon license", *words[60:]])) == ["Terms"]
    assert choose(f"{TERMS} epsilon license") == ["Terms", "Mention"]


def test_what_only_looks_like_a_mention_is_none(choose):
    assert choose("epsilon license") == ["Mention"]
    assert choose("epsilon license server") == []


def test_an_introduction_is_answered_by_the_licence_after_it(choose):
    assert choose("licensed under the epsilon license") == ["Mention"]
    assert choose("licensed under") == ["LicenseRef-scancode-unknown-license-reference"]


def test_a_likeness_without_its_required_phrase_does_not_count(choose):
    assert choose("under zeta public license with these words and others") == ["Zeta"]
    assert choose("under zeta plugh license with these words and others") == []


def test_a_short_mention_over_many_lines_is_chance(choose):
    assert choose("epsilon\n\n\n\nlicense") == []


def test_a_list_of_names_licenses_nothing(choose):
    few, many = LIST_MENTIONS - 1, LIST_MENTIONS + 5
    assert choose("\n".join(f"listed{n}" for n in range(few))) == [f"L{n}" for n in range(few)]
    assert choose("\n".join(f"listed{n}" for n in range(many))) == []
