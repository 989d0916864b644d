import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.licences.rule_index import MAX_WORDS, RuleIndex
from codemill.transforms.licences.rule_table import RuleTable, compile_rules
from codemill.transforms.licences.rules import CONTINUOUS, NOTICE, REFERENCE, TEXT, Rule
from codemill.transforms.licences.words import legal_words

LONG = " ".join(f"word{n}" for n in range(60))
RULES = (
    Rule("Long", LONG, TEXT),
    Rule("Two", "gamma license", REFERENCE),
    Rule("One", "gammapl", REFERENCE),
    Rule("Inner", "word5 word6 word7 word8", NOTICE),
    Rule("Run", "under the gamma public license", REFERENCE | CONTINUOUS),
)


@pytest.fixture(scope="module")
def index():
    return RuleIndex(compile_rules(RULES))


def found(index, text):
    matches = index.exact(index.query(legal_words(text)))
    return [(index.table.expression[m.rule].as_py(), m.start, m.end) for m in matches]


def test_whole_rules_are_found_wherever_they_stand_and_none_inside_another(index):
    assert found(index, f"see {LONG} and Gamma License, GammaPL") == [
        ("Long", 0, 60),
        ("Two", 60, 62),
        ("One", 62, 63),
    ]


def test_words_that_no_rule_has_do_not_break_a_rule_unless_it_must_be_continuous(index):
    assert found(index, "gamma xyzzy license") == [("Two", 0, 2)]
    assert found(index, "under the gamma public license") == [("Run", 0, 5)]
    assert found(index, "under the gamma xyzzy public license") == []


def test_a_changed_copy_is_found_by_what_it_shares(index):
    words = LONG.split()
    text = " ".join([*words[:20], "gamma", "license", *words[22:50]])
    query = index.query(legal_words(text))
    (match,) = index.close(query, np.ones(len(query.tokens), np.bool_))
    assert index.table.expression[match.rule].as_py() == "Long"
    assert match.blocks == ((0, 0, 20), (22, 22, 28))
    assert (match.length, round(match.coverage, 2)) == (48, 0.8)


def test_nothing_is_close_where_there_is_nothing_to_explain(index):
    query = index.query(legal_words(LONG))
    assert index.close(query, np.zeros(len(query.tokens), np.bool_)) == []


def test_an_empty_text_and_one_of_unknown_words_have_no_rules(index):
    assert found(index, "") == []
    assert found(index, "xyzzy plugh") == []


def test_words_beyond_the_bound_are_left_aside_and_that_is_told(index):
    query = index.query(legal_words("gamma " * (MAX_WORDS + 5)))
    assert query.cut
    assert len(query.tokens) == MAX_WORDS


def test_a_table_is_the_same_after_it_was_written_and_read():
    table = compile_rules(RULES)
    sink = pa.BufferOutputStream()
    batch = table.to_batch()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    read = RuleTable.from_batch(pa.ipc.open_file(sink.getvalue()).get_batch(0))
    assert read.words == table.words
    assert np.array_equal(read.tokens, table.tokens)
    assert np.array_equal(read.places, table.places)
    assert read.expression == table.expression


def test_required_phrases_are_ranges_of_their_rule_s_words():
    table = compile_rules((Rule("P", "see the {{delta public}} terms", NOTICE),))
    assert (table.phrase_start.tolist(), table.phrase_end.tolist()) == ([2], [4])
