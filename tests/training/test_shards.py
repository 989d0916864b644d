import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from packed import DIGEST, LENGTH, counting_rows, footer, pack, write_shards

from codemill.training.shards import RowGroup, ShardSet


def test_segments_are_numbered_and_padding_is_one(tmp_path):
    write_shards(tmp_path, "train", [[pack([7, 8, 9], [5, 6]), pack([20] * 8)]])
    rows = ShardSet(tmp_path, "train").read(RowGroup(0, 0, 2))
    assert rows["segment_ids"].tolist() == [[0, 0, 0, 1, 1, 2, 2, 2], [0] * 8]
    assert rows["labels"].tolist()[0] == [-100, 8, 9, -100, 6, -100, -100, -100]
    assert rows["position_ids"].tolist()[0] == [0, 1, 2, 0, 1, 0, 1, 2]


def test_row_groups_of_all_shards_are_listed(tmp_path):
    write_shards(tmp_path, "train", [counting_rows(4), counting_rows(2)], row_group_size=3)
    shards = ShardSet(tmp_path, "train")
    assert shards.row_groups == (RowGroup(0, 0, 3), RowGroup(0, 1, 1), RowGroup(1, 0, 2))
    assert shards.num_rows == 6


def test_a_shard_without_rows_is_read(tmp_path):
    write_shards(tmp_path, "train", [counting_rows(2), []])
    assert ShardSet(tmp_path, "train").num_rows == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokenizer_digest": "d2"}, f"tokenizer_digest d2, the shards before it {DIGEST}"),
        ({"sequence_length": "16"}, "sequence_length 16, the shards before it 8"),
        ({"corpus_version": "0"}, "corpus_version 0"),
        ({"vocab_size": "301"}, "vocab_size 301"),
        ({"special_tokens": "{}"}, "other special tokens"),
        ({"special_tokens": "{"}, "footer cannot be read"),
        ({"sequence_length": None}, "footer has no 'codemill.sequence_length'"),
    ],
)
def test_a_shard_that_differs_is_refused(tmp_path, change, message):
    footers = [footer(), footer(**change)]
    write_shards(tmp_path, "train", [counting_rows(2), counting_rows(2)], footers=footers)
    with pytest.raises(ValueError, match=message):
        ShardSet(tmp_path, "train")


def test_a_missing_shard_is_refused(tmp_path):
    write_shards(tmp_path, "train", [counting_rows(1)] * 3)
    (tmp_path / "train-00001-of-00003.parquet").unlink()
    with pytest.raises(ValueError, match="one whole set of 3 train shards"):
        ShardSet(tmp_path, "train")


def test_no_shards_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no train shards"):
        ShardSet(tmp_path, "train")


def test_a_file_that_is_not_parquet_is_refused(tmp_path):
    (tmp_path / "train-00000-of-00001.parquet").write_bytes(b"not parquet at all")
    with pytest.raises(ValueError, match="is not Parquet"):
        ShardSet(tmp_path, "train")


def test_missing_columns_are_refused(tmp_path):
    table = pa.table({"input_ids": pa.array([[1] * LENGTH], pa.list_(pa.int32()))})
    path = tmp_path / "train-00000-of-00001.parquet"
    pq.write_table(table.replace_schema_metadata(footer()), path)
    with pytest.raises(ValueError, match="lacks the columns labels, position_ids, seq_lengths"):
        ShardSet(tmp_path, "train")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"input_ids": [9] * 7}, "input_ids of other than 8 tokens"),
        ({"input_ids": [9] * 7 + [300]}, r"a token outside 0\.\.299"),
        ({"seq_lengths": [8, 1]}, "seq_lengths that do not sum to 8"),
        ({"seq_lengths": [9, -1]}, "seq_lengths that do not sum to 8"),
        ({"labels": None}, "labels of other than 8 tokens"),
    ],
)
def test_damaged_rows_are_refused(tmp_path, row, message):
    write_shards(tmp_path, "train", [[{**counting_rows(1)[0], **row}]])
    with pytest.raises(ValueError, match=message):
        ShardSet(tmp_path, "train").read(RowGroup(0, 0, 1))
