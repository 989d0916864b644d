"""One pass over `files/`: what is counted, and how it is summed up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs import load_languages
from codemill.pipeline import parts
from codemill.pipeline.config import Config
from codemill.pipeline.errors import UserError
from codemill.pipeline.stages.files import FILES_DIR
from codemill.pipeline.study.counts import QUANTILES, Amounts, ValueCounts
from codemill.pipeline.study.samples import Row, Sides, with_texts
from codemill.pipeline.study.subject import (
    Judged,
    Subject,
    nearest,
    not_dropped_otherwise,
    open_judged,
    scores_of,
    subject_of,
)

BINS = 24
DROPPED_SHARES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Of the files that have the score: a threshold that drops about so many is among those shown."""
FACTORS = (0.5, 0.75, 1.5, 2.0, 4.0)
"""Times a filter's default, likewise."""


@dataclass(frozen=True)
class Study:
    """What `codemill study DIR FILTER` tells, as plain values."""

    subject: dict[str, Any]
    """`filter`, `score`, `drops` (above or below), `default`, `what_if`; null where it has none."""
    languages: list[Row]
    """By language and for all of them, that with most files first, all of them before."""
    edges: list[float]
    """Bounds of the bins that each language's `bins` count."""
    thresholds: list[Row]
    """Candidates, ascending, with what each would drop; `now` is what the build has."""
    samples: list[Row]


def study(
    root: str, name: str, *, what_if: float | None, language: str | None, num_samples: int
) -> Study:
    """Study the filter or score `name` of the build in `root`. Raises `UserError`."""
    build = open_judged(root)
    subject = subject_of(build, name, what_if)
    known = load_languages().by_name
    if language is not None and language not in known:
        raise UserError(f"no language is called {language!r}{nearest(language, known)}")
    counted, first, sides = _pass(build, subject, language, num_samples)
    if not counted:
        of = "" if language is None else f" in {language}"
        raise UserError(f"no file of {root}{of} has the score {subject.score}")
    whole = _merged(subject, counted)
    edges = _edges(whole)
    rows = [_language_row(subject, None, whole, edges, counted, first)]
    ranked = sorted(counted, key=lambda x: (-counted[x].total().files, x or ""))
    rows += [_language_row(subject, x, counted[x], edges, {x: counted[x]}, first) for x in ranked]
    return Study(
        subject=_told(subject),
        languages=rows,
        edges=edges,
        thresholds=list(_thresholds(build, subject, counted, whole)),
        samples=with_texts(root, sides.rows(), Config(files=build.config)),
    )


def _told(subject: Subject) -> dict[str, Any]:
    each = subject.filter
    return {
        "filter": None if each is None else each.name,
        "score": subject.score,
        "drops": "above" if subject.drops_above else "below",
        "default": None if each is None else each.default,
        "what_if": subject.what_if,
    }


Counted = dict[str | None, ValueCounts]
First = Counter[str | None]


def _pass(
    build: Judged, subject: Subject, language: str | None, num_samples: int
) -> tuple[Counted, First, Sides]:
    """Values by language, files that the filter itself dropped by language, and samples."""
    counted: Counted = {}
    first: First = Counter()
    sides = Sides(num_samples)
    exact = known_lines(build, subject)
    for part, batch in score_batches(build):
        scored = pc.is_valid(subject.values(batch))
        if language is not None:
            scored = pc.and_(
                scored, pc.fill_null(pc.equal(batch.column("language"), language), False)
            )
        batch = batch.filter(scored)
        spared = subject.spared(batch).to_numpy(zero_copy_only=False)
        values = subject.values(batch).to_numpy(zero_copy_only=False)
        sizes = batch.column("size_bytes").to_numpy()
        for name, rows in _rows_by_language(batch):
            counts = ValueCounts(upwards=subject.drops_above, exact=exact)
            counted.setdefault(name, counts).add(values[rows], sizes[rows], spared[rows])
        by_it = batch.filter(pc.equal(batch.column("rule"), subject.name))
        first.update(by_it.column("language").to_pylist())
        lined = pc.is_valid(subject.lines(batch.column("language")))
        mask = lined.to_numpy(zero_copy_only=False)
        sides.add(batch.filter(lined), part, subject, spared[mask])
    return counted, first, sides


def score_batches(build: Judged) -> Iterator[tuple[str, pa.RecordBatch]]:
    """(part, rows) of every file judged, with all numbers; a row group in memory at a time."""
    columns = ["file_id", "blob_id", "repository", "path", "language", "size_bytes", "rule"]
    columns += [s for s in build.scores if s in build.schema.names] + ["scores"]
    for name in build.parts:
        path = f"{FILES_DIR}/{name}.parquet"
        for batch in parts.iterate_parts(build.root, [path], columns=columns):
            if batch.num_rows:
                yield name, batch


def _rows_by_language(batch: pa.RecordBatch) -> Iterator[tuple[str | None, np.ndarray]]:
    language = batch.column("language")
    for name in language.unique().to_pylist():
        mask = pc.is_null(language) if name is None else pc.equal(language, name)
        yield name, np.flatnonzero(pc.fill_null(mask, False))


def known_lines(build: Judged, subject: Subject) -> tuple[float, ...]:
    """Every threshold that the build or a language has for the filter, and the one to try."""
    lines = {subject.what_if}
    if subject.filter is not None:
        name = subject.filter.name
        lines |= {subject.filter.default, build.config.thresholds.get(name)}
        lines |= set(load_languages().thresholds(name).values())
    return tuple(sorted(line for line in lines if line is not None))


def _merged(subject: Subject, counted: Counted) -> ValueCounts:
    whole = ValueCounts(upwards=subject.drops_above)
    for each in counted.values():
        whole.merge(each)
    return whole


def _language_row(
    subject: Subject,
    name: str | None,
    counts: ValueCounts,
    edges: list[float],
    of: Counted,
    first: First,
) -> Row:
    """What is told of one language, or, with `of` all of them, of all."""
    lines = {x: subject.line(x) for x in of}
    dropped = summed(counts.beyond(lines[x]) for x, counts in of.items())
    total = counts.total()
    is_one = len(set(lines.values())) == 1
    return {
        "language": name if of.keys() == {name} else "(all)",
        "files": total.files,
        "size_bytes": total.size_bytes,
        "threshold": next(iter(lines.values())) if is_one else None,
        "own_thresholds": not is_one,
        "dropped": dropped.files,
        "dropped_bytes": dropped.size_bytes,
        "alone": dropped.alone,
        "alone_bytes": dropped.alone_bytes,
        "by_it": sum(first[x] for x in of),
        "quantiles": {f"{q:g}": counts.quantile(q) for q in QUANTILES},
        "bins": counts.bins(edges).tolist(),
        "dropped_bins": np.sum(
            [c.dropped_bins(edges, lines[x]) for x, c in of.items()], axis=0
        ).tolist(),
    }


def summed(amounts: Iterator[Amounts]) -> Amounts:
    """The sum of each number."""
    every = [(a.files, a.size_bytes, a.alone, a.alone_bytes) for a in amounts]
    return Amounts(*(sum(column) for column in zip(*every, strict=True))) if every else NOTHING


NOTHING = Amounts(0, 0, 0, 0)


def _edges(counts: ValueCounts) -> list[float]:
    """Bounds of the bins: even for shares, else growing by one factor from the smallest but 0."""
    values = counts.values
    if not len(values) or values[-1] <= 1:
        return [step / BINS for step in range(BINS + 1)]
    positive = values[values > 0]
    low = max(1.0, float(positive[0]))
    high = float(values[-1])
    grown = np.geomspace(low, high, BINS) if high > low else np.array([low, low + 1])
    return [min(0.0, float(values[0])), *grown.tolist()]


def _thresholds(
    build: Judged, subject: Subject, counted: Counted, whole: ValueCounts
) -> Iterator[Row]:
    """Candidates: what the filter and its languages have, and what would drop round shares.

    A language that switches the filter off is left alone by a threshold, as in a build.
    """
    lines = {x: subject.line(x) for x in counted}
    on = {x: c for x, c in counted.items() if subject.filter is None or lines[x] is not None}
    candidates = set(known_lines(build, subject))
    for share in DROPPED_SHARES:
        value = whole.quantile(1 - share if subject.drops_above else share)
        if value is not None:
            candidates.add(_round(value))
    if subject.filter is not None:
        digits = subject.filter.digits
        candidates |= {round(subject.filter.default * factor, digits) for factor in FACTORS}
    if subject.filter is not None and subject.what_if is None:
        now = {x: counted[x].beyond(lines[x]) for x in counted}
        yield _candidate(None, now, counted)
    most = max(1.0, float(whole.values[-1]) if subject.filter else 1.0)
    for line in sorted(each for each in candidates if each <= most):
        yield _candidate(line, {x: c.beyond(line) for x, c in on.items()}, counted)


def _round(value: float) -> float:
    """Two significant digits."""
    if not value:
        return 0.0
    return round(value, 1 - math.floor(math.log10(abs(value))))


def _candidate(line: float | None, dropped: dict[str | None, Amounts], of: Counted) -> Row:
    """What a threshold would drop; None is each language's own, as the build has it."""
    total = summed(c.total() for c in of.values())
    sums = summed(iter(dropped.values()))
    return {
        "threshold": line,
        "now": line is None,
        "dropped": sums.files,
        "dropped_bytes": sums.size_bytes,
        "share": round(sums.files / total.files, 6) if total.files else 0.0,
        "share_bytes": round(sums.size_bytes / total.size_bytes, 6) if total.size_bytes else 0.0,
        "alone": sums.alone,
        "alone_bytes": sums.alone_bytes,
        "languages": {
            str(name): {
                "dropped": d.files,
                "dropped_bytes": d.size_bytes,
                "alone": d.alone,
                "share": round(d.files / of[name].total().files, 6),
            }
            for name, d in sorted(dropped.items(), key=lambda item: (-item[1].files, str(item[0])))
            if d.files
        },
    }


def overview(root: str) -> list[Row]:
    """Every filter of the recipe, in its order, then every other score: what they drop."""
    build = open_judged(root)
    subjects = [subject_of(build, f.name, None) for f in build.judge.filters]
    named = {s.score for s in subjects}
    subjects += [subject_of(build, s, None) for s in build.scores if s not in named]
    sums = {s.name: Counter[str]() for s in subjects}
    for _, batch in score_batches(build):
        _add_overview(build, sums, batch)
        for subject in subjects:
            scored = subject.values(batch)
            sums[subject.name]["files"] += batch.num_rows
            sums[subject.name]["scored"] += len(scored) - scored.null_count
    languages = load_languages()
    return [_overview_row(s, sums[s.name], languages.thresholds(s.name)) for s in subjects]


def _add_overview(build: Judged, sums: dict[str, Counter[str]], batch: pa.RecordBatch) -> None:
    """Count what each filter drops, and what it alone does."""
    dropped = build.judge.drops(scores_of(build.judge, batch), batch.column("language"))
    masks = {name: d.to_numpy(zero_copy_only=False) for name, d in dropped.items()}
    number = np.sum(list(masks.values()), axis=0)
    spared = not_dropped_otherwise(build.judge, batch).to_numpy(zero_copy_only=False)
    sizes = batch.column("size_bytes").to_numpy()
    for name, mask in masks.items():
        sums[name]["dropped"] += int(mask.sum())
        sums[name]["dropped_bytes"] += int(sizes[mask].sum())
        sums[name]["alone"] += int((mask & spared & (number == 1)).sum())
        sums[name]["by_it"] += pc.equal(batch.column("rule"), name).true_count


def _overview_row(subject: Subject, sums: Counter[str], own: dict[str, float | None]) -> Row:
    each = subject.filter
    counted = {"files": sums["files"], "scored": sums["scored"]}
    if each is None:
        return {"filter": None, "score": subject.score, **counted}
    return {
        "filter": each.name,
        "score": subject.score,
        "drops": "above" if subject.drops_above else "below",
        "threshold": subject.line(None),
        "languages_with_their_own": sorted(own),
        **counted,
        "dropped": sums["dropped"],
        "dropped_bytes": sums["dropped_bytes"],
        "alone": sums["alone"],
        "by_it": sums["by_it"],
        "expected_most": each.expects,
    }
