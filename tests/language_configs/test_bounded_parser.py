import threading

import pytest
import tree_sitter
import tree_sitter_language_pack

from codemill.language_configs.bounded_parser import (
    STACK_BYTES,
    BoundedParser,
    ParseBounds,
    Unparsed,
    with_deep_stack,
)


def parser(language="python", **bounds):
    grammar = tree_sitter_language_pack.get_language(language)
    return BoundedParser(grammar, ParseBounds(**bounds))


def parsed(language, content):
    return with_deep_stack(lambda: parser(language).parse(content))


def test_the_tree_is_the_one_of_an_unbounded_parse():
    content = b"def f(x):\n    return [x, 'caf\xc3\xa9'] # c\n" * 200
    plain = tree_sitter.Parser(tree_sitter_language_pack.get_language("python")).parse(content)
    assert str(parser().parse(content).root_node) == str(plain.root_node)


def test_a_text_longer_than_the_bound_is_not_parsed():
    assert not parser(max_bytes=5).parse(b"x = 1").root_node.has_error
    assert parser(max_bytes=5).parse(b"x = 12") is Unparsed.BYTES


def test_a_parse_that_takes_too_many_steps_is_given_up():
    content = b"x = [1, 2, 3]\n" * 1000
    assert parser(min_steps=10, max_steps_per_byte=0.001).parse(content) is Unparsed.STEPS


def test_a_parser_is_good_for_the_next_text_after_it_gave_up():
    one = parser(min_steps=20, max_steps_per_byte=0.001)
    assert one.parse(b"x = [1, 2, 3]\n" * 1000) is Unparsed.STEPS
    assert not one.parse(b"x = 1\n").root_node.has_error


def test_a_lexer_that_goes_over_the_same_text_again_and_again_is_stopped():
    assert parsed("bash", b"<" * 40_000) is Unparsed.READS


def test_ten_thousand_nested_parentheses_are_parsed():
    root = parsed("python", b"(" * 10_000 + b"1" + b")" * 10_000).root_node
    assert not root.has_error
    assert root.descendant_count > 10_000


def test_a_hundred_thousand_nested_parentheses_are_refused():
    assert parsed("python", b"(" * 100_000 + b"1" + b")" * 100_000) is Unparsed.DEPTH
    assert parsed("clojure", b"'" * 100_000) is Unparsed.DEPTH


def test_a_hundred_thousand_open_parentheses_are_refused_not_queried():
    assert parsed("python", b"(" * 100_000) is Unparsed.TOKENS


def test_bare_tokens_with_named_nodes_between_them_are_no_run():
    assert parsed("json", b"[" + b"1," * 20_000 + b"1]").root_node.has_error is False


def test_ambiguous_nesting_does_not_overflow_the_stack():
    assert parsed("javascript", b"{a:" * 100_000).root_node.has_error


def test_a_very_long_line_is_parsed():
    assert not parsed("c", b"int x[] = {" + b"1, " * 100_000 + b"1};").root_node.has_error


def test_the_deep_stack_gives_results_and_errors_back_and_is_put_away():
    usual = threading.stack_size()
    assert with_deep_stack(lambda: threading.stack_size()) == STACK_BYTES
    with pytest.raises(ZeroDivisionError):
        with_deep_stack(lambda: 1 // 0)
    assert threading.stack_size() == usual


@pytest.mark.parametrize(
    "bound", ["max_bytes", "max_steps_per_byte", "max_reads_per_byte", "min_steps"]
)
def test_a_bound_of_nothing_is_refused(bound):
    with pytest.raises(ValueError, match="above 0"):
        ParseBounds(**{bound: 0})


def test_a_hundred_thousand_open_tags_are_refused_before_they_are_parsed():
    html = BoundedParser(
        tree_sitter_language_pack.get_language("html"), ParseBounds(), counts_tags=True
    )
    assert html.parse(b"<div>" * 100_000) is Unparsed.DEPTH
    assert not isinstance(html.parse(b"<div><br><p>text</div>\n" * 2_000), Unparsed)
