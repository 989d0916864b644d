"""Speed of every step of the `files` stage, one core, on the admitted files of a build.

    python benchmarks/file_steps.py BUILD [--max-mb 100]

Processor time; MB are those of the content read. The steps run as the stage runs them, one batch
after the other, so shares add up to the cost of the stage without writing. Two rows below take
`identify` apart: telling the language alone, without a parse, and tree-sitter's parse alone of the
same files, unbounded and unread, the floor under whatever reads trees.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import tree_sitter
from rich.console import Console
from rich.table import Table

from codemill.language_configs import load_grammars, load_languages
from codemill.pipeline import storage
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.parts import PartSpec
from codemill.pipeline.stages.files import ReadPart
from codemill.transforms.language import LanguageIdentifier

IDENTIFY = "identify"


def batches(root: str, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """What the build's parts read, up to `max_bytes` of content."""
    reader = ReadPart(root)
    reader.setup()
    left = max_bytes
    for spec in storage.read_json(storage.join(root, "work", "catalog", "parts.json")):
        for batch in reader.process(PartSpec(**spec)):
            left -= pc.sum(batch.column("size_bytes")).as_py() or 0
            if left < 0:
                return
            yield batch.replace_schema_metadata(None)


class Apart:
    """The two halves of `identify`, each alone."""

    def __init__(self) -> None:
        languages = load_languages()
        self._identifier = LanguageIdentifier(languages)
        self._grammars = load_grammars(languages)
        self._parsers: dict[tree_sitter.Language, tree_sitter.Parser] = {}
        self.seconds = {"detection alone": 0.0, "parse alone": 0.0}

    def __call__(self, identified: pa.RecordBatch) -> None:
        """Do both over a batch that has its languages."""
        paths, languages = (identified.column(c).to_pylist() for c in ("path", "language"))
        texts = identified.column("text").cast(pa.large_binary()).to_pylist()
        files = [f for f in zip(paths, languages, texts, strict=True) if f[2] is not None]
        start = time.process_time()
        for path, _, text in files:
            self._identifier.identify(path, text)
        self.seconds["detection alone"] += time.process_time() - start
        parsed = [(self._parser(language, path), text) for path, language, text in files]
        start = time.process_time()
        for parser, text in parsed:
            if parser is not None:
                parser.parse(text)
        self.seconds["parse alone"] += time.process_time() - start

    def _parser(self, language: str, path: str) -> tree_sitter.Parser | None:
        grammar = self._grammars.language(language, path)
        if grammar is None:
            return None
        if grammar not in self._parsers:
            self._parsers[grammar] = tree_sitter.Parser(grammar)
        return self._parsers[grammar]


def measure(root: str, max_bytes: int) -> tuple[int, dict[str, float], dict[str, float]]:
    """Bytes read, processor seconds by step, and those of the halves of `identify`."""
    steps = {label: make(Config()) for label, make in STEPS.items()}
    seconds = dict.fromkeys(["read", *steps], 0.0)
    apart = Apart()
    size = 0
    start = time.process_time()
    for batch in batches(root, max_bytes):
        seconds["read"] += time.process_time() - start
        size += pc.sum(batch.column("size_bytes")).as_py() or 0
        for label, step in steps.items():
            start = time.process_time()
            batch = step(batch)
            seconds[label] += time.process_time() - start
            if label == IDENTIFY:
                apart(batch)
        start = time.process_time()
    return size, seconds, apart.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--max-mb", type=int, default=100)
    arguments = parser.parse_args()
    size, seconds, apart = measure(arguments.build, arguments.max_mb * 1_000_000)
    table = Table("step", "seconds", "MB/s a core", "share", title=f"{size / 1e6:.1f} MB")
    total = sum(seconds.values())
    for label, spent in [*seconds.items(), ("all", total), *apart.items()]:
        speed = size / 1e6 / spent
        share = "" if label in apart else f"{spent / total:.0%}"
        table.add_row(label, f"{spent:.2f}", f"{speed:.1f}", share)
    Console().print(table)


if __name__ == "__main__":
    main()
