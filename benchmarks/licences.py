"""What the recogniser of licences gets right, and what it costs, on labelled texts, one core.

    python benchmarks/licences.py FOLDER

FOLDER holds `labels.jsonl`, a row a text: `path` below the folder's parent, `is_folder` (rows of
folders are left out), `ids` (SPDX ids that the text states), `kind` (full, single, mixed, none) and
`permissive` (whether all that it states is; null where nobody knows); and `permissive_ids.txt`, the
lower-case ids of licences that are. Ids are compared without `-only`, `-or-later` and `+`.
Processor time. Start-up is that of a new process with its imports, before and after the compiled
rules are in the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from codemill.pipeline.licence_files import readable
from codemill.pipeline.licensing import load_recogniser
from codemill.pipeline.packaged import load_licensing
from codemill.transforms.licences.expressions import Expressions
from codemill.transforms.licences.recognise import LicenceRecogniser

_START = (
    "from codemill.pipeline.licensing import load_recogniser\n"
    "from codemill.pipeline.packaged import load_licensing\n"
    "from codemill.transforms.licences.expressions import Expressions\n"
)
_LOAD = "load_recogniser(Expressions(load_licensing()))\n"


@dataclass(frozen=True)
class Label:
    """One labelled text."""

    path: Path
    kind: str
    ids: frozenset[str]
    permissive: bool | None


def read_labels(folder: Path) -> list[Label]:
    rows = map(json.loads, (folder / "labels.jsonl").read_text("utf-8").splitlines())
    return [
        Label(folder.parent / row["path"], row["kind"], folded(row["ids"]), row["permissive"])
        for row in rows
        if not row["is_folder"]
    ]


def folded(ids: Iterable[str]) -> frozenset[str]:
    """`ids` without what a licence's text alone does not say: this version only, or later ones."""
    return frozenset(
        id_.removesuffix("-only").removesuffix("-or-later").removesuffix("+") for id_ in ids
    )


class Recognised:
    """What was found in each text, and the processor time of each, in ms."""

    def __init__(self, labels: Sequence[Label], recogniser: LicenceRecogniser) -> None:
        self.found: list[frozenset[str]] = []
        self.ms: list[float] = []
        for label in labels:
            text = readable(label.path.read_bytes())
            start = time.process_time()
            expression = recogniser.recognise(text)
            self.ms.append(1000 * (time.process_time() - start))
            ids = recogniser.expressions.ids(expression) if expression else ()
            self.found.append(folded(ids))


def right_by_kind(
    labels: Sequence[Label], found: Sequence[frozenset[str]]
) -> dict[str, tuple[int, int]]:
    """(texts whose ids are all right, texts) by kind and of all."""
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for label, ids in zip(labels, found, strict=True):
        for kind in (label.kind, "all"):
            verdicts[kind].append(ids == label.ids)
    return {kind: (sum(right), len(right)) for kind, right in sorted(verdicts.items())}


def called_permissive(
    labels: Sequence[Label], found: Sequence[frozenset[str]], permissive: frozenset[str]
) -> tuple[int, int]:
    """(texts called permissive, texts) of those that state a licence which is not."""
    withheld = [
        bool(ids) and {id_.lower() for id_ in ids} <= permissive
        for label, ids in zip(labels, found, strict=True)
        if label.permissive is False and label.ids
    ]
    return sum(withheld), len(withheld)


class Memory:
    """Growth of this process, in MB: `own`, and `shared` with others that map the same file."""

    def __init__(self) -> None:
        self._before = psutil.Process().memory_info()

    def grown(self) -> str:
        now = psutil.Process().memory_info()
        shared = now.shared - self._before.shared
        own = now.rss - self._before.rss - shared
        return f"{own / 1e6:.0f} own, {shared / 1e6:.0f} mapped"


def start_up_seconds() -> dict[str, float]:
    """Processor seconds of new processes, with an empty cache folder that the second fills."""
    with tempfile.TemporaryDirectory() as cache:
        runs = {"imports alone": _START, "rules compiled": _START + _LOAD}
        runs["rules from the cache"] = runs["rules compiled"]
        return {name: _cpu_seconds(code, cache) for name, code in runs.items()}


def _cpu_seconds(code: str, cache: str) -> float:
    before = _children()
    environment = {**os.environ, "XDG_CACHE_HOME": cache}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(folder: Path) -> list[tuple[str, Any]]:
    """Every figure with its name."""
    labels = read_labels(folder)
    permissive = frozenset((folder / "permissive_ids.txt").read_text("utf-8").split())
    rows: list[tuple[str, Any]] = [
        (f"start-up, {name}", f"{seconds:.2f} s") for name, seconds in start_up_seconds().items()
    ]
    memory = Memory()
    recogniser = load_recogniser(Expressions(load_licensing()))
    rows.append(("memory after loading, MB", memory.grown()))
    recognised = Recognised(labels, recogniser)
    rows.append(("memory after all texts, MB", memory.grown()))
    ms = recognised.ms
    rows.append(("a text: mean", f"{np.mean(ms):.1f} ms"))
    rows += [
        (f"a text: {name}", f"{np.percentile(ms, share):.1f} ms")
        for name, share in (("median", 50), ("95%", 95), ("slowest", 100))
    ]
    by_kind = right_by_kind(labels, recognised.found)
    rows += [
        (f"ids all right: {kind}", f"{right:,} of {number:,}, {right / number:.3f}")
        for kind, (right, number) in by_kind.items()
    ]
    wrongly, number = called_permissive(labels, recognised.found, permissive)
    rows.append(("called permissive and is not", f"{wrongly:,} of {number:,}"))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    table = Table("what", "figure", title="recognising licences")
    for row in measure(parser.parse_args().folder):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
