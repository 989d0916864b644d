"""What redaction does to the syntax of the planted files, by the real steps of the pipeline.

    python -m benchmarks.redaction.syntax DATASET [--show 40]

Every file goes through decoding, identification and redaction. Counted are the files that were
edited, those whose trees have more errors than before (there must be none among the files that
stay), those dropped for it, and the edits that became shapes, a letter for a letter, with the
reason: digits in code stay digits; else the placeholder would have broken the syntax. `--show`
prints edited lines of many languages, before and after.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from codemill.language_configs import load_grammars, load_languages
from codemill.language_configs.bounded_parser import with_deep_stack
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.transforms.redact.placing import shape
from codemill.transforms.trees import Parsers, Tree


@dataclass(frozen=True)
class Redaction:
    """One edited file."""

    path: str
    language: str
    before: bytes
    after: bytes
    edits: list[dict]
    is_dropped: bool
    errors: tuple[int, int] | None
    """Before and after; None where nothing parses the language."""

    def shapes(self) -> list[dict]:
        """Edits that put a letter for each letter."""
        return [
            edit
            for edit in self.edits
            if shape(self.before[edit["start"] : edit["end"]]) == edit["replacement"].encode()
        ]


def redacted(paths: list[Path]) -> Iterator[Redaction]:
    """The edited ones of `paths`, by the steps as a build with the defaults runs them."""
    config = Config()
    languages = load_languages()
    parsers = Parsers(languages, load_grammars(languages))
    batch = pa.record_batch(
        {
            "path": [path.name for path in paths],
            "repository": ["acme/tool"] * len(paths),
            "content": pa.array([path.read_bytes() for path in paths], pa.large_binary()),
        }
    )
    batch = STEPS["identify"](config)(STEPS["decode"](config)(batch))
    texts = batch.column("text")
    done = STEPS["redact"](config)(batch)
    for i, edits in enumerate(done.column("redactions").to_pylist()):
        if edits:
            path, language, rule = (
                done.column(name)[i].as_py() for name in ("path", "language", "rule")
            )
            before, after = (column[i].as_py().encode() for column in (texts, done.column("text")))
            trees = [parsers.tree(language, path, content) for content in (before, after)]
            errors = [tree.num_errors for tree in trees if isinstance(tree, Tree)]
            yield Redaction(
                path,
                language,
                before,
                after,
                edits,
                rule == "redaction_breaks_syntax",
                (errors[0], errors[1]) if len(errors) == 2 else None,
            )


def report(files: list[Redaction]) -> None:
    """Print the counts, and each file that must not be."""
    parsed = [file for file in files if file.errors]
    grown = [file for file in parsed if file.errors and file.errors[1] > file.errors[0]]
    fewer = sum(file.errors[1] < file.errors[0] for file in parsed if file.errors)
    print(
        f"{len(files)} files edited, {len(parsed)} of them parsed, {fewer} with fewer errors after"
    )
    stay = sum(not file.is_dropped for file in grown)
    dropped = [file for file in files if file.is_dropped]
    print(f"{stay} stay with more errors than before, {len(dropped)} dropped", end=", ")
    print(f"{sum(len(file.edits) for file in files)} edits")
    for file in dropped:
        print(f"  dropped: {file.path} ({file.language}), errors {file.errors}")
    shapes = Counter(
        (file.language, "number" if _number(file, edit) else "syntax")
        for file in files
        for edit in file.shapes()
    )
    print(f"{sum(shapes.values())} edits became shapes: {dict(shapes.most_common())}")


def _number(file: Redaction, edit: dict) -> bool:
    return file.before[edit["start"] : edit["end"]].isdigit()


def show(files: list[Redaction], number: int) -> None:
    """Print edited lines, before and after, of as many languages as there are."""
    by_language: defaultdict[str, list[Redaction]] = defaultdict(list)
    for file in random.Random(1).sample(files, len(files)):
        by_language[file.language].append(file)
    turns = max(map(len, by_language.values()))
    chosen = [by[i] for i in range(turns) for by in by_language.values() if i < len(by)]
    for file in chosen[:number]:
        edit = file.edits[-1]
        at = file.before.rfind(b"\n", 0, edit["start"]) + 1
        old = file.before[at : file.before.find(b"\n", edit["end"])]
        grown = sum(len(e["replacement"]) - (e["end"] - e["start"]) for e in file.edits[:-1])
        end = edit["start"] + grown + len(edit["replacement"])
        new = file.after[file.after.rfind(b"\n", 0, end) + 1 : file.after.find(b"\n", end)]
        print(f"{file.path} ({file.language})\n  - {old[:160]!r}\n  + {new[:160]!r}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    paths = sorted((given.dataset / "files").iterdir())
    files = with_deep_stack(lambda: list(redacted(paths)))
    report(files)
    if given.show:
        show(files, given.show)
