"""Reads a build's Parquet for the report: needed columns only, a batch at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts, storage
from codemill.pipeline.report.figures import (
    Dropped,
    Figures,
    Judged,
    Kept,
    Limit,
    Packed,
    PackedSplit,
    Pairs,
    Row,
    Scores,
)
from codemill.pipeline.report.tallies import Amount, Distribution, Draw, Tally
from codemill.pipeline.report.values import ValueReader
from codemill.transforms.quality import discover

SPLITS = ("train", "validation")
LEDGER_COLUMNS = [
    "file_id",
    "repository",
    "path",
    "stage",
    "rule",
    "value",
    "threshold",
    "kept_repository",
    "kept_path",
    "similarity",
    "detail",
]
TEXT_COLUMNS = [
    "file_id",
    "repository",
    "path",
    "language",
    "licence",
    "size_bytes",
    "learning_value",
]
PAIR_COLUMNS = ["file_id", "repository", "path", "language", "kind"]

TAKEN_OUT = "function with a benchmark's item"
"""What the table of replacements calls functions that were taken out."""


def gather(root: str, counts: Mapping[str, Mapping[str, Any]], num_samples: int) -> Figures:
    """Read everything the report shows of the build in `root`."""
    return Figures(
        counts=counts,
        judged=read_judged(root),
        dropped=read_dropped(root, num_samples),
        kept=read_kept(root, num_samples),
        packed=read_packed(root),
        pairs=read_pairs(root, num_samples),
    )


def read_judged(root: str) -> Judged:
    """What `files/` says of the files judged."""
    languages, rules = Tally(), Tally()
    redactions: Counter[str] = Counter()
    scores = _ScoreReader()
    losses: dict[str | None, Counter[str | None]] = {}
    columns = ["size_bytes", "language", "redactions", "taken_out", "scores", "rule", "threshold"]
    for _, batch in _batches(root, "files", columns):
        rule, sizes = batch.column("rule"), batch.column("size_bytes")
        languages.add(batch.column("language"), sizes)
        rules.add(rule, sizes)
        pairs = pa.table({"language": batch.column("language"), "rule": rule})
        found = pairs.group_by(["language", "rule"]).aggregate([([], "count_all")])
        for row in found.to_pylist():
            losses.setdefault(row["language"], Counter())[row["rule"]] += row["count_all"]
        kinds = batch.column("redactions").flatten().field("kind")
        redactions.update({v["values"]: v["counts"] for v in kinds.value_counts().to_pylist()})
        if taken_out := len(batch.column("taken_out").flatten()):
            redactions[TAKEN_OUT] += taken_out
        scores.add(batch.column("scores"), rule, batch.column("threshold"))
    return Judged(
        files=rules.total(),
        kept=rules[None],
        languages=languages,
        dropped=rules,
        redactions=dict(sorted(redactions.items())),
        scores=scores.scores(rules),
        losses=losses,
    )


class _ScoreReader:
    """Distributions of all scores, and the thresholds that dropped rows were held against."""

    def __init__(self) -> None:
        self._filters = discover()
        self._distributions: dict[str, Distribution] = {}
        self._thresholds: dict[str, Counter[float]] = {}

    def add(self, scores: pa.StructArray, rule: pa.Array, threshold: pa.Array) -> None:
        """Count a batch."""
        for field, values in zip(scores.type, scores.flatten(), strict=True):
            dropped = pc.is_in(rule, value_set=pa.array(self._rules(field.name), pa.string()))
            self._distributions.setdefault(field.name, Distribution()).add(values, dropped)
        pairs = pa.table({"rule": rule, "threshold": threshold}).drop_null()
        found = pairs.group_by(["rule", "threshold"]).aggregate([([], "count_all")])
        for row in found.to_pylist():
            counter = self._thresholds.setdefault(row["rule"], Counter())
            counter[row["threshold"]] += row["count_all"]

    def scores(self, rules: Tally) -> list[Scores]:
        """Every score that was seen, those first whose rules dropped most files."""
        made = [self._made(name) for name in self._distributions]
        seen = [scores for scores in made if scores.edges]
        return sorted(seen, key=lambda s: -sum(rules[limit.rule].files for limit in s.limits))

    def _rules(self, score: str) -> list[str]:
        return [name for name, each in self._filters.items() if each.score_name == score]

    def _made(self, name: str) -> Scores:
        edges, kept, dropped = self._distributions[name].bins()
        return Scores(name, edges, kept, dropped, [self._limit(r) for r in self._rules(name)])

    def _limit(self, rule: str) -> Limit:
        seen = self._thresholds.get(rule)
        if not seen:
            return Limit(rule, self._filters[rule].default, observed=False)
        usual = min(seen.items(), key=lambda item: (-item[1], item[0]))[0]
        return Limit(rule, usual, observed=True)


def read_dropped(root: str, num_samples: int) -> Dropped:
    """What the ledger says, with one example a rule."""
    reasons: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], Draw] = {}
    samples = Draw(num_samples, "report: dropped")
    pairs = Draw(num_samples, "report: near-duplicates")
    unreadable = 0
    for _, batch in _batches(root, "ledger", LEDGER_COLUMNS):
        for reason, rows in _by_reason(batch):
            reasons[reason] += rows.num_rows
            named = rows.filter(pc.is_valid(rows.column("file_id")))
            unreadable += rows.num_rows - named.num_rows
            whole = rows.set_column(0, "file_id", pc.fill_null(rows.column("file_id"), 0))
            examples.setdefault(reason, Draw(1, "report: example")).add(whole)
            samples.add(named)
            if reason[0] == "duplicates":
                pairs.add(named.filter(pc.is_valid(named.column("kept_path"))))
    return Dropped(
        reasons=reasons,
        examples={reason: draw.rows[0] for reason, draw in examples.items()},
        samples=samples.rows,
        near_duplicates=pairs.rows,
        unreadable=unreadable,
    )


def _by_reason(batch: pa.RecordBatch) -> Iterator[tuple[tuple[str, str], pa.RecordBatch]]:
    reasons = pa.table({name: batch.column(name) for name in ("stage", "rule")})
    for row in reasons.group_by(["stage", "rule"]).aggregate([]).to_pylist():
        same = pc.and_(
            pc.equal(batch.column("stage"), row["stage"]),
            pc.equal(batch.column("rule"), row["rule"]),
        )
        yield (row["stage"], row["rule"]), batch.filter(same)


def read_kept(root: str, num_samples: int) -> Kept:
    """What is in `text/`; its text is read for the samples alone."""
    splits = dict.fromkeys(SPLITS, Amount())
    languages, licences, repositories = Tally(), Tally(), Tally()
    samples = Draw(num_samples, "report: kept")
    values = ValueReader()
    for place, batch in _batches(root, "text", TEXT_COLUMNS):
        sizes = batch.column("size_bytes")
        amount = Amount(batch.num_rows, pc.sum(sizes).as_py() or 0)
        splits[place.split] = splits[place.split] + amount
        languages.add(batch.column("language"), sizes)
        licences.add(batch.column("licence"), sizes)
        repositories.add(batch.column("repository"), sizes)
        samples.add(batch, path_of=place.path, first=place.first_row)
        values.add(batch)
    rows = [_with_column(root, row, "text") for row in samples.rows]
    return Kept(splits, languages, licences, repositories, rows, values.values())


def read_packed(root: str) -> Packed:
    """What is in `pretrain/`, the token ids left alone."""
    splits = dict.fromkeys(SPLITS, PackedSplit())
    tokens: Counter[str | None] = Counter()
    footer: dict[str, str] = {}
    for name in sorted(parts.committed(root, "pretrain")):
        footer = footer or parts.read_footer(root, f"pretrain/{name}.parquet")
        split = name.split("-")[0]
        by_language = _FileLanguages(root, name)
        for batch in parts.iterate_parts(
            root, [f"pretrain/{name}.parquet"], columns=["seq_lengths", "n_pad", "file_ids"]
        ):
            splits[split] = _with_rows(splits[split], batch)
            tokens.update(by_language.tokens(batch))
    special = footer.get("codemill.special_tokens")
    length = footer.get("codemill.sequence_length")
    return Packed(
        splits=splits,
        sequence_length=int(length) if length else None,
        special_tokens=json.loads(special) if special else None,
        tokens_by_language=tokens,
    )


def _with_rows(before: PackedSplit, batch: pa.RecordBatch) -> PackedSplit:
    lengths = batch.column("seq_lengths").flatten()
    padding = pc.sum(batch.column("n_pad")).as_py() or 0
    is_padding = pc.equal(batch.column("file_ids").flatten(), 0)
    return PackedSplit(
        rows=before.rows + batch.num_rows,
        segments=before.segments + len(lengths) - (pc.sum(is_padding).as_py() or 0),
        tokens=before.tokens + (pc.sum(lengths).as_py() or 0) - padding,
        padding=before.padding + padding,
    )


class _FileLanguages:
    """Languages of one shard's files, from the shard of text that has its name."""

    def __init__(self, root: str, shard: str) -> None:
        path = f"text/{shard}.parquet"
        if not storage.exists(storage.join(root, path)):
            self._ids, self._languages = np.zeros(0, np.int64), pa.array([], pa.string())
            return
        table = parts.read_table(root, path, columns=["file_id", "language"])
        table = table.sort_by("file_id").combine_chunks()
        self._ids = table["file_id"].to_numpy()
        self._languages = table["language"].combine_chunks().cast(pa.string())

    def tokens(self, batch: pa.RecordBatch) -> dict[str | None, int]:
        """Tokens of packed rows by language; those of files that are not in the text left out."""
        ids = batch.column("file_ids").flatten().to_numpy()
        lengths = batch.column("seq_lengths").flatten().to_numpy()
        at = np.searchsorted(self._ids, ids)
        known = at < len(self._ids)
        known[known] = self._ids[at[known]] == ids[known]
        table = pa.table(
            {"language": self._languages.take(pa.array(at[known])), "tokens": lengths[known]}
        )
        sums = table.group_by("language").aggregate([("tokens", "sum")])
        names, totals = sums["language"].to_pylist(), sums["tokens_sum"].to_pylist()
        return dict(zip(names, totals, strict=True))


def read_pairs(root: str, num_samples: int) -> Pairs:
    """What is in `instruct/`; messages are read for the samples alone."""
    splits = dict.fromkeys(SPLITS, 0)
    kinds, languages = Tally(), Tally()
    samples = Draw(num_samples, "report: pairs")
    for place, batch in _batches(root, "instruct", PAIR_COLUMNS):
        splits[place.split] += batch.num_rows
        no_size = pa.array(np.zeros(batch.num_rows, np.int64))
        kinds.add(batch.column("kind"), no_size)
        languages.add(batch.column("language"), no_size)
        samples.add(batch, path_of=place.path, first=place.first_row)
    return Pairs(
        splits=splits,
        kinds={kind: amount.files for kind, amount in kinds},
        languages={language: amount.files for language, amount in languages},
        samples=[_with_column(root, row, "messages") for row in samples.rows],
    )


class _Place:
    """Where a batch was read."""

    def __init__(self, path: str, first_row: int) -> None:
        self.path = path
        self.first_row = first_row

    @property
    def split(self) -> str:
        """`train` or `validation`, from the shard's name."""
        return self.path.rpartition("/")[2].split("-")[0]


def _batches(root: str, folder: str, columns: list[str]) -> Iterator[tuple[_Place, pa.RecordBatch]]:
    """The batches of every part below `folder`, in order of name, that have rows."""
    for name in sorted(parts.committed(root, folder)):
        first_row = 0
        path = f"{folder}/{name}.parquet"
        for batch in parts.iterate_parts(root, [path], columns=columns):
            if batch.num_rows:
                yield _Place(path, first_row), batch.select(columns)
            first_row += batch.num_rows


def _with_column(root: str, row: Row, column: str) -> Row:
    """A drawn row with a column that was not read while drawing."""
    place = np.array([row["first"] + row["row"]])
    table = parts.read_some_rows(root, row["path_of"], place, columns=[column])
    return {**row, column: table[column][0].as_py()}
