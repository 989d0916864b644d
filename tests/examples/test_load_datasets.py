import os
import subprocess
import sys
from pathlib import Path

from small_build import COUNTS, write_build

from codemill.pipeline.report import render_report

EXAMPLE = Path(__file__).parents[2] / "examples" / "load_datasets.py"


def loaded(root: Path, cache: Path) -> list[str]:
    """What the example prints of a build, without a network and with an empty cache."""
    card = render_report(str(root), COUNTS, title="T", num_samples=1).card
    (root / "README.md").write_text(card)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, str(EXAMPLE), str(root)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def headings(lines: list[str]) -> list[str]:
    return [line for line in lines if line and not line.startswith(" ")]


def test_both_splits_load_in_memory_and_streamed(tmp_path: Path):
    lines = loaded(write_build(tmp_path / "out"), tmp_path / "cache")
    assert headings(lines) == [
        "text/train: 3 rows",
        "text/validation: 1 rows",
        "text/train: streamed 1 rows",
        "text/validation: streamed 1 rows",
        "pretrain/train: 2 rows",
        "pretrain/validation: 1 rows",
        "pretrain/train: streamed 1 rows",
        "pretrain/validation: streamed 1 rows",
        "instruct/train: 1 rows",
        "instruct/validation: 1 rows",
        "instruct/train: streamed 1 rows",
        "instruct/validation: streamed 1 rows",
    ]
    assert "    seq_lengths  [10, 6]" in lines


def test_a_build_whose_validation_shards_have_no_rows_loads(tmp_path: Path):
    lines = loaded(write_build(tmp_path / "out", validation=False), tmp_path / "cache")
    assert headings(lines) == [
        "text/train: 3 rows",
        "text/train: streamed 1 rows",
        "pretrain/train: 2 rows",
        "pretrain/train: streamed 1 rows",
        "instruct/train: 1 rows",
        "instruct/train: streamed 1 rows",
    ]
