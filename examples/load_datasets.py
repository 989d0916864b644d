"""Loads what a build wrote with Hugging Face `datasets`: python examples/load_datasets.py OUT.

Nothing is converted and nothing is fetched: the dataset card in OUT says which files are which, and
leaves out what has no rows.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

from datasets import get_dataset_config_names, load_dataset

CONFIGURATIONS = ("text", "pretrain", "instruct")


def shown(row: dict[str, Any]) -> str:
    """The columns of a row, each cut to what fits on a line."""
    return "\n".join(f"    {name:<13}{_cut(value)}" for name, value in row.items())


def _cut(value: Any, max_chars: int = 72) -> str:
    text = repr(value[:12] if isinstance(value, list | str) else value)
    return text if len(text) <= max_chars else f"{text[:max_chars]}..."


def print_splits(folder: Path, configuration: str, num_rows: int) -> None:
    """Both splits in memory (memory-mapped from a cache of Arrow files), then streamed."""
    for split, dataset in load_dataset(str(folder), configuration).items():
        print(f"{configuration}/{split}: {len(dataset):,} rows")
        for row in dataset.select(range(min(num_rows, len(dataset)))):
            print(shown(row), end="\n\n")
    for split, stream in load_dataset(str(folder), configuration, streaming=True).items():
        taken = list(islice(stream, num_rows))
        print(f"{configuration}/{split}: streamed {len(taken)} rows")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description="Load a build with `datasets`.")
    parser.add_argument("folder", type=Path, help="a build's folder, with its README.md")
    parser.add_argument("--rows", type=int, default=1, help="rows printed of each split")
    given = parser.parse_args()
    there = get_dataset_config_names(str(given.folder))
    for configuration in CONFIGURATIONS:
        if configuration in there:
            print_splits(given.folder, configuration, given.rows)
        else:
            print(f"{configuration}: no rows")


if __name__ == "__main__":
    main()
