"""Recall of changed copies of a benchmark in real files, and false positives on clean ones.

    python -m benchmarks.decontamination.measure --benchmark HumanEval=HumanEval.jsonl
        --benchmark MBPP=mbpp.jsonl --files FOLDER [--half 1] [--fingerprints F.parquet]
        [--per-repository-mb 4] [--every 1] [--without-rules]

Copies go into Python files of `--files` (of that half of its repositories). A copy is found where
the file is condemned for its own item; `file` counts those condemned for any. Every finding in the
clean files is printed, to be looked at. The benchmarks' texts are read from the files given; no
part of this repository has them.
"""

from __future__ import annotations

import argparse
import random
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.decontamination.copies import SOLUTION_EDITS
from benchmarks.decontamination.corpus import File, files, repositories
from benchmarks.decontamination.rules import Rule, ngrams, substrings
from codemill.language_configs import load_grammars, load_languages
from codemill.pipeline.benchmarks import read_items
from codemill.pipeline.packaged import load_fingerprints
from codemill.transforms.decontaminate import Detector, OutlineReader, Thresholds
from codemill.transforms.decontaminate.items import Item
from codemill.transforms.language import LanguageIdentifier

HOST_BYTES = (1_000, 6_000)
BATCH_BYTES = 2 << 20


def prompt_copies(item: Item, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(edit, text) of a prompt alone."""
    prompt = item.prompt.strip("\n")
    is_code = prompt.lstrip().startswith(("def ", "from ", "import "))
    yield "prompt as it is", prompt + "\n    ...\n" if is_code else f'"""{prompt}"""\n'
    yield "prompt in comments", textwrap.indent(prompt, "# ", lambda _: True) + "\n"
    words = prompt.split()
    width = rng.choice([40, 60, 79])
    yield "prompt rewrapped", textwrap.indent(textwrap.fill(" ".join(words), width), "# ") + "\n"
    if is_code:
        renamed = SOLUTION_EDITS["renamed"](f"{prompt}\n    return None\n", rng)
        if renamed:
            yield "prompt renamed", renamed


def planted(host: str, copy: str) -> str:
    """`host` with `copy` before one of its functions or classes, or at its end."""
    at = max(host.find("\ndef "), host.find("\nclass ")) + 1
    return f"{host[:at]}{copy}\n\n{host[at:]}" if at else f"{host}\n\n{copy}"


def copies(items: Sequence[Item], hosts: Sequence[str]) -> Iterator[tuple[str, Item, str]]:
    """(edit, item, text) of every copy planted."""
    for item in items:
        rng = random.Random(f"{item.benchmark} {item.name}")
        source = item.solution.replace("\r\n", "\n").replace("\r", "\n")
        for name, edit in SOLUTION_EDITS.items():
            copy = edit(source, rng)
            if copy is not None:
                yield name, item, planted(rng.choice(hosts), copy)
        for name, copy in prompt_copies(item, rng):
            yield name, item, planted(rng.choice(hosts), copy)


def recall(
    detector: Detector, items: Sequence[Item], hosts: Sequence[str], rules: dict[str, Rule]
) -> None:
    """Prints the table."""
    made: dict[tuple[str, str], list[tuple[Item, str]]] = {}
    for edit, item, text in copies(items, hosts):
        made.setdefault((item.benchmark, edit), []).append((item, text))
    print("| benchmark | copy | number | item | file |", *(f" {name} |" for name in rules), sep="")
    print("|---|---|---|---|---|", "---|" * len(rules), sep="")
    for (benchmark, edit), given in made.items():
        texts = [text for _, text in given]
        column = pa.array(texts, pa.large_string())
        found = detector(column, pa.array(["Python"] * len(texts))).to_pylist()
        own = [
            any((c["benchmark"], c["item"]) == (item.benchmark, item.name) for c in row)
            for (item, _), row in zip(given, found, strict=True)
        ]
        shares = [own, [bool(row) for row in found], *(rule(texts) for rule in rules.values())]
        told = " | ".join(f"{100 * sum(s) / len(s):.1f}%" for s in shares)
        print(f"| {benchmark} | {edit} | {len(given)} | {told} |", flush=True)


def false_positives(detector: Detector, found: Iterator[File], rules: dict[str, Rule]) -> None:
    """Prints every finding in clean files, and how many each rule condemns."""
    identifier = LanguageIdentifier(load_languages())
    number = condemned = size = 0
    seconds = 0.0
    by_rule = dict.fromkeys(rules, 0)
    for batch in _batches(found):
        names = [identifier.identify(f.path, f.content).names[:1] for f in batch]
        texts = [f.content.decode() for f in batch]
        column = pa.array(texts, pa.large_string())
        languages = pa.array([n[0] if n else None for n in names], pa.string())
        start = time.process_time()
        rows = detector(column, languages).to_pylist()
        seconds += time.process_time() - start
        number += len(batch)
        size += sum(len(f.content) for f in batch)
        for name, rule in rules.items():
            by_rule[name] += sum(rule(texts))
        for file, row in zip(batch, rows, strict=True):
            condemned += bool(row)
            for one in row:
                print(file.repository, file.path, *list(one.values())[:5])
                print(textwrap.indent(file.content[one["start"] : one["end"]].decode(), "    "))
    print(
        f"{condemned} of {number:,} files ({size / 1e6:,.0f} MB), {size / 1e6 / seconds:.0f} MB/s"
    )
    for name, count in by_rule.items():
        print(f"{name}: {count} of {number:,} files, {100 * count / number:.2f}%")


def _batches(found: Iterator[File]) -> Iterator[list[File]]:
    batch: list[File] = []
    for file in found:
        batch.append(file)
        if sum(len(f.content) for f in batch) >= BATCH_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--benchmark", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--files", action="append", required=True, type=Path)
    parser.add_argument("--half", type=int, choices=(0, 1))
    parser.add_argument("--fingerprints", type=Path)
    parser.add_argument("--per-repository-mb", type=int, default=4)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--without-rules", action="store_true")
    options = parser.parse_args()
    named = [given.partition("=")[::2] for given in options.benchmark]
    items = [item for name, path in named for item in read_items(path, name)]
    rows = pq.read_table(options.fingerprints) if options.fingerprints else load_fingerprints()
    languages = load_languages()
    detector = Detector(rows, OutlineReader(languages, load_grammars(languages)), Thresholds())
    rules = (
        {}
        if options.without_rules
        else {
            "10-grams of tokens": ngrams(items, 10, words=False),
            "13-grams of words": ngrams(items, 13, words=True),
            "10-grams of words": ngrams(items, 10, words=True),
        }
    )
    clean = [
        file
        for repository in repositories(options.files, options.half)
        for file in files(repository, options.per_repository_mb << 20)
    ]
    low, high = HOST_BYTES
    hosts = [
        f.content.decode()
        for f in clean
        if f.path.endswith(".py") and low <= len(f.content) <= high
    ]
    exact = {} if options.without_rules else {"exact": substrings(items)}
    recall(detector, items[:: options.every], hosts, {**rules, **exact})
    false_positives(detector, iter(clean), rules)


if __name__ == "__main__":
    main()
