"""Every step of the `files` stage, one batch after the other as the stage runs them.

Shares add up to the cost of the stage without writing. Rows below the sum take steps apart: telling
the language alone, without a parse; tree-sitter's parse alone of the same files, unbounded and
unread, the floor under whatever reads trees.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import fields

import pyarrow as pa
import pyarrow.compute as pc
import tree_sitter

from benchmarks.kernels.stopwatch import Measured
from codemill.language_configs import load_grammars, load_languages
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.transforms.columns import with_columns
from codemill.transforms.language import LanguageIdentifier
from codemill.transforms.quality import QualityBatch

IDENTIFY = "identify"
FERTILITY = "bytes_per_token"
"""A score that the step measures and hands to its filter."""

KEPT_COLUMNS = frozenset({"file_id", "path", *(field.name for field in fields(QualityBatch))})
"""What the other measurements need of a judged batch."""


class Apart:
    """The two halves of `identify`, each alone."""

    def __init__(self) -> None:
        languages = load_languages()
        self._identifier = LanguageIdentifier(languages)
        self._grammars = load_grammars(languages)
        self._parsers: dict[tree_sitter.Language, tree_sitter.Parser] = {}
        self.seconds = {"language alone": 0.0, "parse alone": 0.0}

    def __call__(self, identified: pa.RecordBatch) -> None:
        """Do both over a batch that has its languages."""
        paths, languages = (identified.column(c).to_pylist() for c in ("path", "language"))
        texts = identified.column("text").cast(pa.large_binary()).to_pylist()
        files = [f for f in zip(paths, languages, texts, strict=True) if f[2] is not None]
        start = time.process_time()
        for path, _, text in files:
            self._identifier.identify(path, text)
        self.seconds["language alone"] += time.process_time() - start
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


def measure_steps(batches: Iterable[pa.RecordBatch]) -> tuple[list[Measured], pa.Table]:
    """Figures of each step, and the text of the files they leave, whatever becomes of these."""
    steps = {label: make(Config()) for label, make in STEPS.items()}
    seconds = dict.fromkeys(["read", *steps], 0.0)
    apart = Apart()
    size = 0
    judged = []
    start = time.process_time()
    for batch in batches:
        seconds["read"] += time.process_time() - start
        size += pc.sum(batch.column("size_bytes")).as_py() or 0
        for label, step in steps.items():
            start = time.process_time()
            batch = step(batch)
            seconds[label] += time.process_time() - start
            if label == IDENTIFY:
                apart(batch)
        fertility = pc.struct_field(batch.column("scores"), FERTILITY)
        batch = with_columns(batch, {FERTILITY: fertility})
        judged.append(batch.select([n for n in batch.schema.names if n in KEPT_COLUMNS]))
        start = time.process_time()
    total = sum(seconds.values())
    told = [Measured(name, size, spent, f"{spent / total:.0%}") for name, spent in seconds.items()]
    told.append(Measured("all steps", size, total, "100%"))
    told += [Measured(name, size, spent, "") for name, spent in apart.seconds.items()]
    return told, pa.Table.from_batches(judged)
