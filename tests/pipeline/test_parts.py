"""Parts: bytes from rows alone, a name only when whole."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline import parts
from codemill.pipeline.parts import PartFile, PartFiles

SCHEMA = pa.schema([("n", pa.int64())])


def batch(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(numbers, pa.int64()), "other": [""] * len(numbers)})


def write(root, name, batches, rows_per_group=3):
    file = PartFile(str(root), name, SCHEMA, rows_per_group=rows_per_group)
    for b in batches:
        file.write(b)
    file.commit({"b": "2", "a": "1"})


def test_bytes_do_not_depend_on_how_rows_were_batched(tmp_path):
    write(tmp_path, "one.parquet", [batch(*range(10))])
    write(tmp_path, "two.parquet", [batch(0), batch(*range(1, 8)), batch(), batch(8, 9)])
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert pq.ParquetFile(tmp_path / "one.parquet").metadata.num_row_groups == 4


def test_a_part_has_no_name_before_it_is_committed(tmp_path):
    file = PartFile(str(tmp_path), "a.parquet", SCHEMA)
    file.write(batch(1))
    assert parts.committed(str(tmp_path), ".") == {
        f"work/tmp/{p.stem}" for p in (tmp_path / "work" / "tmp").iterdir()
    }
    file.commit()
    assert parts.committed(str(tmp_path), ".") == {"a"}


def fail_while_writing(root):
    side, main = (PartFile(str(root), name, SCHEMA) for name in ("s.parquet", "m.parquet"))
    with PartFiles(side=side, main=main) as files:
        files["main"].write(batch(1))
        raise ZeroDivisionError


def test_an_error_leaves_none_of_the_files_of_a_part(tmp_path):
    with pytest.raises(ZeroDivisionError):
        fail_while_writing(tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_rows_are_read_from_the_groups_that_hold_them(tmp_path):
    write(tmp_path, "a.parquet", [batch(*range(10))])
    assert parts.read_rows(str(tmp_path), "a.parquet", 2, 5)["n"].to_pylist() == [2, 3, 4, 5, 6]
    wanted = np.array([9, 0, 4, 4])
    assert parts.read_some_rows(str(tmp_path), "a.parquet", wanted)["n"].to_pylist() == [9, 0, 4, 4]
    assert parts.read_where(str(tmp_path), "a.parquet", "n", 7)["n"].to_pylist() == [7]


def test_the_footer_is_read_back(tmp_path):
    write(tmp_path, "a.parquet", [batch(1)])
    assert parts.read_footer(str(tmp_path), "a.parquet") == {"a": "1", "b": "2"}
