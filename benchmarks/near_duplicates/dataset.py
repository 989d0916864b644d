"""A labelled set of real source files and controlled edits of them, which every tool reads.

    python -m benchmarks.near_duplicates.dataset FOLDER-OF-CLONES OUT
        [--files 3000] [--edits 2000] [--max-mb N] [--seed 1]

OUT holds Parquet files of about 16 MB of text: `id` (int64, the row's number), `repository`,
`path`, `kind_of_edit` (`real`, or the edit's name), `source_id` (the row edited; null for a real
file) and `text`. Files are read from the commits at HEAD, so bare clones do. They are drawn by a
keyed hash of their *name*, so that the copies which projects have of one another come together.
Left out: equal content, files of fewer than five tokens, over 200 kB, not UTF-8, licence files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pygit2

from benchmarks.near_duplicates.edits import AS_IT_COMES, AT_A_RATE, Original, edited
from benchmarks.near_duplicates.rows import write
from benchmarks.near_duplicates.truth import SHINGLE_TOKENS, code_tokens

MIN_BYTES, MAX_BYTES = 200, 200_000
MAX_TEXT_BYTES = 1 << 20
"""Largest file where every text is taken: codemill's default."""
MAX_EDITED_BYTES = 40_000
"""Larger files are not edited: bisection reads a text seven times."""
EDITED_TWICE = 0.3
"""Share of the edits made to a file that is an edit itself, so that likeness comes in chains."""

SOURCE_EXTENSIONS = """
adb ads c cc clj cpp cr cs cxx el erl ex exs f f90 go groovy h hh hpp hrl hs java jl
js jsx kt lisp lua m ml mli mm nim pas php pl pm py pyx r rb rkt rs scala scm sh sql
swift tcl ts tsx v vala vhd
"""
EXTENSIONS = frozenset(SOURCE_EXTENSIONS.split())
LEGAL = ("licen", "copying", "notice", "copyright")


class Found:
    """A file of a clone whose content has not been read yet."""

    def __init__(self, repository: str, path: str, blob: pygit2.Blob) -> None:
        self.repository = repository
        self.path = path
        self.blob = blob

    def text(self, max_bytes: int) -> str | None:
        """Its text, or None where it is left out."""
        content: bytes = self.blob.data
        if not MIN_BYTES <= len(content) <= max_bytes or b"\0" in content:
            return None
        try:
            return content.decode()
        except UnicodeDecodeError:
            return None


def found(folder: Path) -> Iterator[Found]:
    """Files at HEAD of every clone in `folder`, in order."""
    for clone in sorted(p for p in folder.iterdir() if p.is_dir()):
        repository = pygit2.Repository(str(clone))
        yield from _below(repository.head.peel(pygit2.Tree), clone.name, "")


def _below(tree: pygit2.Tree, repository: str, prefix: str) -> Iterator[Found]:
    for entry in tree:
        path = f"{prefix}{entry.name}"
        if isinstance(entry, pygit2.Tree):
            yield from _below(entry, repository, f"{path}/")
        elif isinstance(entry, pygit2.Blob):
            yield Found(repository, path, entry)


def is_source(path: str) -> bool:
    """Whether the name is that of a source file, and of no licence."""
    name = PurePosixPath(path.lower())
    return name.suffix[1:] in EXTENSIONS and not name.name.startswith(LEGAL)


def keyed(seed: int, *names: str) -> str:
    """A hash that orders files, 64 hex."""
    return hashlib.sha256("\0".join([str(seed), *names]).encode()).hexdigest()


def drawn(folder: Path, seed: int, *, every: bool) -> Iterator[Found]:
    """The distinct files, those of one name together, names in keyed order."""
    files = {(f.repository, f.path): f for f in found(folder) if every or is_source(f.path)}
    names = {path: keyed(seed, PurePosixPath(path).name) for _, path in files}
    seen = set()
    for key in sorted(files, key=lambda k: (names[k[1]], k)):
        if files[key].blob.id not in seen:
            seen.add(files[key].blob.id)
            yield files[key]


def real_rows(
    folder: Path, seed: int, limit: int, max_bytes: int, *, every: bool
) -> list[dict[str, Any]]:
    """Up to `limit` rows and about `max_bytes` of text."""
    rows: list[dict[str, Any]] = []
    size = 0
    for file in drawn(folder, seed, every=every):
        text = file.text(MAX_TEXT_BYTES if every else MAX_BYTES)
        if text is None or len(code_tokens(text)) < SHINGLE_TOKENS:
            continue
        rows.append(_row(file.repository, file.path, "real", None, text))
        size += len(text.encode())
        if len(rows) >= limit or size >= max_bytes:
            break
    return rows


def _row(repository: str, path: str, kind: str, source: int | None, text: str) -> dict[str, Any]:
    return {
        "repository": repository,
        "path": path,
        "kind_of_edit": kind,
        "source": source,
        "text": text,
    }


def with_edits(rows: list[dict[str, Any]], count: int, seed: int) -> list[dict[str, Any]]:
    """`rows` and `count` edits of some of them, some of which are edited again."""
    made = list(rows)
    texts = {row["text"] for row in rows}
    rng = random.Random(seed)
    short = [i for i, row in enumerate(rows) if len(row["text"]) <= MAX_EDITED_BYTES]
    edits = [*AT_A_RATE, *AS_IT_COMES]
    number = 0
    while short and len(made) < len(rows) + count:
        number += 1
        again = len(made) > len(rows) and rng.random() < EDITED_TWICE
        source = rng.randrange(len(rows), len(made)) if again else rng.choice(short)
        edit = edits[number % len(edits)]
        path = made[source]["path"]
        extension = PurePosixPath(path).suffix[1:].lower()
        donor = made[rng.choice(short)]["text"]
        text = edited(Original(made[source]["text"], extension, donor), edit, f"{seed}/{number}")
        if len(text) < MIN_BYTES or text in texts:
            continue
        texts.add(text)
        where = f"edit{number:05d}/{PurePosixPath(path).name}"
        made.append(_row("edited", where, edit.__name__, source, text))
    return made


def mixed(rows: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Rows in keyed order, numbered."""
    order = sorted(range(len(rows)), key=lambda i: keyed(seed, "order", str(i)))
    place = {old: new for new, old in enumerate(order)}
    numbered = []
    for new, old in enumerate(order):
        row = dict(rows[old])
        source = row.pop("source")
        numbered.append({"id": new, "source_id": None if source is None else place[source], **row})
    return numbered


def make(
    folder: Path, out: Path, *, files: int, edits: int, max_mb: float, seed: int
) -> dict[str, int]:
    """Make a labelled dataset; what is in it."""
    real = real_rows(folder, seed, files, round(max_mb * 1e6), every=False)
    rows = with_edits(real, edits, seed)
    size = write(mixed(rows, seed), out)
    return {"real": len(real), "edits": len(rows) - len(real), "bytes": size, "seed": seed}


def make_unlabelled(folder: Path, out: Path, max_mb: float) -> int:
    """A dataset of any text the clones hold, source or not, for speed alone; its bytes."""
    return write(mixed(real_rows(folder, 1, 10**9, round(max_mb * 1e6), every=True), 1), out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--edits", type=int, default=2000)
    parser.add_argument("--max-mb", type=float, default=1e6)
    parser.add_argument("--seed", type=int, default=1)
    options = vars(parser.parse_args())
    print(json.dumps(make(options.pop("folder"), options.pop("out"), **options)))


if __name__ == "__main__":
    main()
