import pyarrow as pa
import pytest

from codemill.transforms.quality import QualityBatch


def lists(lines):
    return lines.starts.tolist(), lines.ends.tolist(), lines.rows.tolist()


def test_lines_are_found_across_rows(batch_of):
    batch = batch_of("a\nbc", None, "", "\nd\n")
    assert lists(batch.lines) == ([0, 2, 4, 5], [1, 4, 4, 6], [0, 0, 3, 3])


def test_characters_are_counted_by_class(batch_of):
    counts = batch_of("a1é漢→\n", None, "", "12").characters
    assert counts.characters.tolist() == [6, 0, 0, 2]
    assert counts.letters.tolist() == [3, 0, 0, 0]
    assert counts.digits.tolist() == [1, 0, 0, 2]


def test_counts_do_not_depend_on_how_rows_fall_into_blocks(batch_of, monkeypatch):
    texts = ["a1" * 5, "", "b", None, "c2c2" * 9, "d"]
    whole = batch_of(*texts).characters
    monkeypatch.setattr("codemill.transforms.quality.batch.BLOCK_BYTES", 8)
    small = batch_of(*texts).characters
    assert small.letters.tolist() == whole.letters.tolist() == [5, 0, 1, 0, 18, 1]
    assert small.digits.tolist() == whole.digits.tolist() == [5, 0, 0, 0, 18, 0]


def test_line_lengths_are_in_characters(batch_of):
    assert batch_of("é\nab", "漢字 x").line_chars.tolist() == [1, 2, 4]


def test_equal_lines_have_equal_numbers_and_blank_ones_none(batch_of):
    first, blank, second, other = batch_of("a\n \n\ta\nb").distinct_lines.tolist()
    assert blank == 0
    assert first == second != other != 0


def test_heads_are_the_first_lines(batch_of):
    batch = batch_of("a\nb\nc", None, "", "x", "\n\n\n")
    assert batch.heads(2).to_pylist() == ["a\nb", None, "", "x", "\n"]


def test_a_batch_is_made_from_a_record_batch_by_name(batch_of):
    made = vars(batch_of("a", "b"))
    record = pa.RecordBatch.from_arrays(
        [*made.values(), pa.array([1, 2])], names=[*made.keys(), "file_id"]
    )
    assert QualityBatch.of(record).text.to_pylist() == ["a", "b"]
    with pytest.raises(KeyError):
        QualityBatch.of(record.drop_columns(["language"]))


def test_columns_of_different_lengths_are_an_error(batch_of):
    columns = [*vars(batch_of("a")).values()]
    with pytest.raises(ValueError, match="lengths"):
        QualityBatch(pa.array(["a", "b"], pa.large_string()), *columns[1:])


def test_lines_are_counted_by_what_is_found_in_them(batch_of):
    batch = batch_of("  go a\nstop\n\n", None, "go b\ngo b\n", "")
    assert batch.matching_lines("^go ").tolist() == [1, 0, 2, 0]
    assert batch.num_written_lines.tolist() == [2, 0, 2, 0]
    assert batch.line_text_bytes.tolist() == [4, 4, 0, 4, 4]


def test_white_space_around_lines_is_not_written(batch_of):
    batch = batch_of("  é b\n\n\tc\n", None, "", "   ")
    assert batch.written_characters.tolist() == [4, 0, 0, 0]


def test_what_was_measured_goes_with_the_columns_of_a_record_batch(batch_of):
    made = vars(batch_of("a"))
    record = pa.RecordBatch.from_pydict({n: c for n, c in made.items() if n != "bytes_per_token"})
    measured = QualityBatch.of(record, bytes_per_token=pa.array([3.5]))
    assert measured.bytes_per_token.to_pylist() == [3.5]
