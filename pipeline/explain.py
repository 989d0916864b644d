"""`codemill explain` and `codemill report`: what a finished build can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts, storage
from codemill.pipeline.build import stage_counts
from codemill.pipeline.config import config_from_table
from codemill.pipeline.errors import UserError
from codemill.pipeline.held import held_of_row
from codemill.pipeline.report.words import measure
from codemill.pipeline.stages.report import PAGE, write_report
from codemill.pipeline.study.subject import open_judged
from codemill.transforms.identity import shown_id
from codemill.transforms.quality import Judge

MAX_SHOWN = 20
"""Files told of in full; a shorter path would match more."""


def explain(root: str, wanted: str) -> Iterator[str]:
    """Lines that tell why the files that `wanted` names are in or out.

    `wanted` is a file id (16 hex), a blob id (40 hex), or a path: whole, with its repository
    before it, or its end. Raises `UserError` where no file of the build goes by it.
    """
    _require_build(root)
    judge = _judge(root)
    told: set[int | None] = set()
    for row in _found(root, "ledger", wanted):
        told.add(row["file_id"])
        yield from _dropped(root, row)
        if row["stage"] != "catalog" and row["file_id"] is not None:
            for judged in _found(root, "files", shown_id(row["file_id"])):
                yield from _measured(judge, judged)
        if len(told) == MAX_SHOWN:
            yield f"... and more than these {MAX_SHOWN}: name the repository too, or give a file id"
            return
    for row in _found(root, "files", wanted):
        if row["file_id"] not in told and row["rule"] is None:
            told.add(row["file_id"])
            yield from _kept(row)
            yield from _measured(judge, row)
    if not told:
        raise UserError(f"no file of {root} goes by {wanted!r}: give a path, file id or blob id")


def _require_build(root: str) -> None:
    if not stage_counts(root):
        raise UserError(f"{root} holds no build of codemill's: give the folder --out named")


def _found(root: str, folder: str, wanted: str) -> Iterator[dict[str, Any]]:
    paths = [f"{folder}/{name}.parquet" for name in sorted(parts.committed(root, folder))]
    for batch in parts.iterate_parts(root, paths):
        rows = pa.Table.from_batches([batch]).filter(_matches(batch, wanted))
        yield from rows.to_pylist()


def _matches(batch: pa.RecordBatch, wanted: str) -> pa.Array:
    mask = pc.equal(batch.column("blob_id"), wanted.removeprefix("swh:1:cnt:"))
    if len(wanted) == 16 and all(c in "0123456789abcdef" for c in wanted):
        number = int(wanted, 16)
        signed = number - (1 << 64) if number >> 63 else number
        mask = pc.or_(pc.fill_null(mask, False), pc.equal(batch.column("file_id"), signed))
    path = batch.column("path")
    whole = pc.binary_join_element_wise(batch.column("repository"), path, "/")
    for column in (whole, path):
        ends = pc.or_(pc.equal(column, wanted), pc.ends_with(column, f"/{wanted.lstrip('/')}"))
        mask = pc.or_(pc.fill_null(mask, False), pc.fill_null(ends, False))
    return pc.or_(mask, pc.and_(pc.is_null(path), pc.equal(batch.column("repository"), wanted)))


def _place(row: dict[str, Any]) -> str:
    if row["path"] is None:
        return f"{row['repository']} (the whole source)"
    revision = row["revision"][:12]
    return f"{row['repository']}/{row['path']} at {revision}, file {shown_id(row['file_id'])}"


def _dropped(root: str, row: dict[str, Any]) -> Iterator[str]:
    yield _place(row)
    said = f"  out: stage {row['stage']}, rule {row['rule']}"
    if row["value"] is not None:
        said += f", value {row['value']:g}"
    if row["threshold"] is not None:
        said += f", threshold {row['threshold']:g}"
    yield said
    if row["detail"] is not None:
        yield f"  detail: {row['detail']}"
    if row["kept_file_id"] is not None:
        twin = f"{row['kept_repository']}/{row['kept_path']}, file {shown_id(row['kept_file_id'])}"
        similar = "" if row["similarity"] is None else f", similarity {row['similarity']:g}"
        yield f"  kept in its stead: {twin}{similar}"
        if row["kept_file_id"] != row["file_id"]:  # else an earlier build's copy of this very file
            yield from _fate(root, row["kept_file_id"])
    elif row["kept_repository"] is not None:
        yield f"  kept in its stead: the repository {row['kept_repository']}"


def _fate(root: str, file_id: int) -> Iterator[str]:
    """What became of the kept copy, which a later rule may have dropped."""
    for later in _found(root, "ledger", shown_id(file_id)):
        yield f"  which is out itself: stage {later['stage']}, rule {later['rule']}"


def _kept(row: dict[str, Any]) -> Iterator[str]:
    yield _place(row)
    yield f"  in: {row['split']} split, {row['language']} by {row['language_by']}"
    yield f"  licence: {row['licence']} by {row['licence_by']}"


def _measured(judge: Judge | None, row: dict[str, Any]) -> Iterator[str]:
    """Every score with what it was held against, then what was replaced."""
    by_filter = [] if judge is None else held_of_row(judge, row)
    decided = {each.score for each in by_filter}
    yield "  scores:"
    for each in by_filter:
        if each.value is not None:
            value = f"{each.score} {measure(each.value)}"
            yield f"    {each.filter:<18}{value:<32}drops {each.line() or '-':<14}{each.told()}"
    others = {k: v for k, v in (row["scores"] or {}).items() if v is not None and k not in decided}
    others |= {k: row[k] for k in ("learning_value",) if row.get(k) is not None}
    for name, value in others.items():
        yield f"    {'':<18}{name} {measure(value)}"
    would = [each.filter for each in by_filter if each.drops]
    if would:
        yield f"  filters that would drop it: {', '.join(would)}"
    near = [each.filter for each in by_filter if each.is_near]
    if near:
        yield f"  near misses: {', '.join(near)}"
    for each in row["redactions"] or []:
        span = f"bytes {each['start']}-{each['end']}"
        yield f"  redacted: {each['kind']} at {span}, now {each['replacement']}"
    for found in row.get("contamination") or []:
        yield f"  benchmark item: {found}"
    for span in row.get("taken_out") or []:
        yield f"  function taken out: bytes {span['start']}-{span['end']} of the text before"


def _judge(root: str) -> Judge | None:
    """The filters as the build applied them; None while its files are not all judged."""
    try:
        return open_judged(root).judge
    except UserError:
        return None


def rewrite_report(root: str) -> str:
    """Write the page and the card of a finished build anew; the page's path."""
    manifest = storage.read_json(storage.join(root, "manifest.json"))
    if manifest is None:
        raise UserError(f"{root} holds no finished build: run codemill build with --out {root}")
    config = config_from_table(manifest["config"]).report
    write_report(root, stage_counts(root), config.title, config.samples)
    return storage.join(root, PAGE)
