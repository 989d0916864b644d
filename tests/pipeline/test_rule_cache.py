import numpy as np
import pyarrow as pa
import pytest

from codemill.pipeline import rule_cache
from codemill.transforms.licences.rules import TEXT, Rule, RuleSet


@pytest.fixture
def made(monkeypatch, tmp_path):
    """How often rules were compiled; a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    count = []

    def load():
        count.append(1)
        return RuleSet((Rule("A", "one two three four", TEXT),), {})

    monkeypatch.setattr(rule_cache, "load_rules", load)
    return count


def test_rules_are_compiled_once_and_then_mapped(made):
    first, second = rule_cache.load_rule_table(), rule_cache.load_rule_table()
    assert len(made) == 1
    assert np.array_equal(first.tokens, second.tokens)


def test_a_damaged_cache_is_made_again(made, tmp_path):
    rule_cache.load_rule_table()
    (file,) = (tmp_path / "codemill").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert rule_cache.load_rule_table().expression.to_pylist() == ["A"]
    assert len(made) == 2


def test_a_folder_that_cannot_be_written_is_no_error(made, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert rule_cache.load_rule_table().expression.to_pylist() == ["A"]


def test_a_cache_of_other_columns_is_made_again(made, tmp_path):
    rule_cache.load_rule_table()
    (file,) = (tmp_path / "codemill").iterdir()
    batch = pa.RecordBatch.from_pydict({"a": [1]})
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    assert rule_cache.load_rule_table().expression.to_pylist() == ["A"]
    assert len(made) == 2
