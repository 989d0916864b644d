"""A part is written whole and in order, or not at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from codemill.pipeline.config import Config
from codemill.pipeline.stages import files
from codemill.pipeline.stages.files import WritePart, marked

ROWS = pa.table({"path": ["a.py"]})


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WritePart:
    monkeypatch.setattr(files, "write_batch", lambda *_: None)
    writer = WritePart(str(tmp_path), Config())
    writer.start_bundle()
    return writer


def parquet(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.parquet"))


def test_batches_in_order_become_the_four_files_of_a_part(writer, tmp_path):
    writer.process(marked(ROWS, "train-1", 1, last=False))
    writer.process(marked(ROWS, "train-1", 2, last=True))
    writer.finish_bundle()
    assert parquet(tmp_path) == [
        "files/train-1.parquet",
        "ledger/files/train-1.parquet",
        "signatures/train-1.parquet",
        "work/files/content/train-1.parquet",
    ]


def test_a_runner_that_changes_the_order_of_a_part_is_found_out(writer, tmp_path):
    writer.process(marked(ROWS, "train-1", 1, last=False))
    with pytest.raises(RuntimeError, match="changed the order of the part train-1"):
        writer.process(marked(ROWS, "train-1", 3, last=True))
    assert parquet(tmp_path) == []


def test_a_runner_that_divides_a_part_is_found_out(writer, tmp_path):
    writer.process(marked(ROWS, "train-1", 1, last=False))
    with pytest.raises(RuntimeError, match=r"divided the parts \['train-1'\]"):
        writer.finish_bundle()
    assert parquet(tmp_path) == []
