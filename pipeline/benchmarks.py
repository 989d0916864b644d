"""Benchmarks that a corpus must hold nothing of: those that come with codemill and the user's."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from codemill.language_configs import load_languages
from codemill.pipeline.config import DecontaminateConfig
from codemill.pipeline.errors import UserError
from codemill.pipeline.packaged import load_fingerprints
from codemill.transforms.decontaminate import FINGERPRINTS, Outline, fingerprints
from codemill.transforms.decontaminate.items import Item
from codemill.transforms.decontaminate.records import items_of

MADE = "work/files/benchmarks.parquet"
"""Where in a build the driver leaves the fingerprints that it has made of JSONL, for workers."""


def read_benchmarks(
    wanted: DecontaminateConfig, outline: Callable[[str, bytes], Outline]
) -> pa.Table:
    """The fingerprints of all benchmarks wanted, as `items.FINGERPRINTS`; raises `UserError`."""
    tables = [load_fingerprints()] if wanted.defaults else []
    made = [path for path in wanted.benchmarks if path.endswith(MADE)]
    tables += [pq.read_table(io.BytesIO(_content(path)), schema=FINGERPRINTS) for path in made]
    given = [item for path in wanted.benchmarks if path not in made for item in read_items(path)]
    if given:
        tables.append(fingerprints(_told_apart(given, load_fingerprints()), outline))
    return pa.concat_tables(tables or [FINGERPRINTS.empty_table()])


def _told_apart(items: Iterable[Item], packaged: pa.Table) -> Iterator[Item]:
    """Each item once, under a name that no other has: what is found is counted by name."""
    names = packaged.group_by(["benchmark", "item"]).aggregate([])
    taken = Counter(zip(names["benchmark"].to_pylist(), names["item"].to_pylist(), strict=True))
    for item in dict.fromkeys(items):
        name = item.name
        while taken[item.benchmark, name]:
            taken[item.benchmark, item.name] += 1
            name = f"{item.name} ({taken[item.benchmark, item.name]})"
        taken[item.benchmark, name] += 1
        yield replace(item, name=name)


def read_items(path: str, benchmark: str | None = None) -> list[Item]:
    """The items of a JSONL file, gzipped or not; `UserError` by line.

    `benchmark` is what they are called, the file's name without endings where it is not given.
    """
    items: list[Item] = []
    benchmark = benchmark or os.path.basename(path).partition(".")[0]
    languages = _languages()
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            items += items_of(_record(line), benchmark, f"line {number}", languages)
        except ValueError as error:
            raise UserError(f"benchmark {path}, line {number}: {error}") from None
    if not items:
        raise UserError(f"benchmark {path} is empty: it takes a JSON object a line")
    return items


def _record(line: bytes) -> Any:
    try:
        record = json.loads(line)
        json.dumps(record, ensure_ascii=False).encode()
        return record
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except UnicodeEncodeError:
        raise ValueError("half a surrogate pair in it, which is no character") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _lines(path: str) -> Iterator[bytes]:
    content = _content(path)
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise UserError(f"benchmark {path} is damaged: its gzip cannot be read") from None
    yield from content.removeprefix(b"\xef\xbb\xbf").split(b"\n")


def _content(path: str) -> bytes:
    from codemill.pipeline import storage  # Beam's file systems take seconds to import

    try:
        with storage.open_read(path) as file:
            return file.read()
    except OSError as error:
        raise UserError(f"cannot read benchmark {path}: {error.strerror or error}") from None


@functools.cache
def _languages() -> dict[str, str]:
    """github-linguist's names by lower-case alias."""
    known = load_languages().languages
    aliases = {alias.lower(): x.name for x in known for alias in x.aliases}
    return {**aliases, **{x.name.lower(): x.name for x in known}}


def told(wanted: DecontaminateConfig) -> dict[str, Any]:
    """The section for fingerprint and manifest: names and digests of benchmarks for their paths."""
    named = [
        f"{os.path.basename(path)} {hashlib.sha256(_content(path)).hexdigest()}"
        for path in wanted.benchmarks
    ]
    return {**asdict(wanted), "benchmarks": named}
