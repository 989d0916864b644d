"""What happens to a batch of files, step by step; `codemill inspect` runs the very same steps.

A step takes a record batch and returns it with columns added or replaced; rows are never
removed. A row that a step drops keeps its text until it has been scored, so thresholds can be
studied on dropped files too.

    content -> Decode -> Identify -> Redact -> Decontaminate -> ReadHeader -> JudgeQuality -> Value
            -> Sign
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs.bounded_parser import Unparsed
from codemill.transforms.columns import with_columns
from codemill.transforms.decision import Decisions
from codemill.transforms.decode import decode
from codemill.transforms.decontaminate import (
    Detector,
    Remover,
    contamination_lists,
    details,
    span_lists,
    worst,
)
from codemill.transforms.dedup.minhash import signatures
from codemill.transforms.dedup.ranking import KeepRank
from codemill.transforms.dedup.same_text import set_hashes, text_hashes
from codemill.transforms.dedup.shingles import shingles
from codemill.transforms.learning_value import LearningValue
from codemill.transforms.licences.headers import HeaderReader
from codemill.transforms.licences.licence_paths import is_licence_or_notice, is_licence_text
from codemill.transforms.licences.merge import HeaderMerge, refusal
from codemill.transforms.licences.policy import Policy
from codemill.transforms.quality import Judge, QualityBatch
from codemill.transforms.quality.fertility import Fertility
from codemill.transforms.redact import Redactor, placements, redaction_lists
from codemill.transforms.rewrite import Rewriter
from codemill.transforms.syntax import SyntaxKernel

STAGE = "files"

Step = Callable[[pa.RecordBatch], pa.RecordBatch]


@dataclass(frozen=True)
class Decode:
    """Adds `text`, `encoding`, `num_lines`; drops what is no text."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Takes `content` away; a null there is a file that could not be read."""
        decisions = Decisions(STAGE, batch.num_rows)
        content = batch.column("content")
        decisions.drop(pc.is_null(content), "unreadable")
        decoded = decode(content, batch.column("path"))
        decisions.drop(pc.is_valid(decoded.reason), decoded.reason)
        return with_columns(
            batch.drop_columns(["content"]),
            {
                "text": decoded.text,
                "encoding": decoded.encoding,
                "num_lines": decoded.num_lines,
                **decisions.columns(),
            },
        )


@dataclass(frozen=True)
class Identify:
    """Adds language, evidence and what the parse gives; drops languages that are not wanted."""

    kernel: SyntaxKernel
    languages: pa.Array
    """Names of the languages that are kept."""
    drop_unparsable: bool = True
    """Whether a file that defeats its parser is dropped."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """One parse serves language, errors, comments and functions."""
        syntax = self.kernel(batch.column("path"), batch.column("text"))
        decisions = Decisions.of(STAGE, batch)
        has_text = pc.is_valid(batch.column("text"))
        unknown = pc.and_(has_text, pc.equal(syntax.language, "unknown"))
        decisions.drop(unknown, "unknown_language")
        unwanted = pc.and_(has_text, pc.invert(pc.is_in(syntax.language, self.languages)))
        decisions.drop(unwanted, "language_not_wanted", detail=syntax.language)
        if self.drop_unparsable:
            # One that is merely too long was not tried: nothing is known against it.
            defeats = pc.and_(
                pc.is_valid(syntax.unparsed), pc.not_equal(syntax.unparsed, Unparsed.BYTES)
            )
            decisions.drop(defeats, "unparsable", detail=syntax.unparsed)
        return with_columns(
            batch,
            {
                "language": syntax.language,
                "language_by": syntax.language_by,
                "parse_error_share": syntax.parse_error_share,
                "comment_share": syntax.comment_share,
                "docstring_share": syntax.docstring_share,
                "documented_share": syntax.documented_share,
                "unparsed": syntax.unparsed,
                "functions": syntax.functions,
                **decisions.columns(),
            },
        )


@dataclass(frozen=True)
class Redact:
    """Replaces addresses and secrets in `text`; adds `redactions`."""

    redactor: Redactor | None
    """None leaves the text as it is."""
    rewriter: Rewriter

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Drops a file that no replacement leaves as sound as it was; it is redacted all the same.

        `redactions` is an empty list where nothing was replaced.
        """
        if self.redactor is None:
            return with_columns(batch, {"redactions": redaction_lists([], batch.num_rows)})
        found = self.redactor.edits(batch.column("text"), batch.column("repository"))
        rewritten = self.rewriter(batch, found, placements)
        decisions = Decisions.of(STAGE, batch)
        decisions.drop(rewritten.is_broken, "redaction_breaks_syntax")
        redactions = redaction_lists(rewritten.edits, batch.num_rows)
        columns = {"redactions": redactions, **rewritten.columns, **decisions.columns()}
        return with_columns(batch, columns)


@dataclass(frozen=True)
class Decontaminate:
    """Adds `contamination`, items of benchmarks, and `taken_out`; drops the files that hold any."""

    detector: Detector | None
    """None looks for nothing."""
    remover: Remover | None = None
    """Takes functions out, so that a file in which nothing else was found stays."""
    drops: bool = True
    """False leaves the files as they are."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """What is found and how much of it is kept for dropped files too."""
        nothing: list[list[Any]] = [[]] * batch.num_rows
        columns = {"contamination": contamination_lists(nothing), "taken_out": span_lists(nothing)}
        if self.detector is None:
            return with_columns(batch, columns)
        found = self.detector(batch.column("text"), batch.column("language"))
        columns["contamination"] = found
        if not self.drops:
            return with_columns(batch, columns)
        decisions = Decisions.of(STAGE, batch)
        largest = worst(found, self.detector.thresholds)
        condemned = pc.is_valid(largest.overlap)
        if self.remover is not None and pc.any(condemned).as_py():
            removed = self.remover(batch, found)
            condemned = pc.and_not(condemned, removed.is_clean)
            columns |= removed.columns
        decisions.drop(
            condemned,
            "contaminated",
            value=largest.overlap,
            threshold=largest.threshold,
            detail=details(found),
        )
        return with_columns(batch, {**columns, **decisions.columns()})


@dataclass(frozen=True)
class ReadHeader:
    """Merges the licence that a file's own header states; drops what the policy does not admit."""

    reader: HeaderReader
    merge: HeaderMerge
    policy: Policy
    programming: pa.Array
    """Names of the languages whose files are code: notices are looked for in their comments."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The stricter of header and folder wins, visibly in `licence_by`."""
        # A licence file says what its folder's licence is, which is known; its head is not all.
        is_licence = is_licence_text(batch.column("path"))
        nothing = pa.scalar(None, pa.large_string())
        code = pc.is_in(batch.column("language"), self.programming)
        header = self.reader.read(pc.if_else(is_licence, nothing, batch.column("text")), code)
        licence, by = self.merge.apply(
            batch.column("licence"), batch.column("licence_by"), header.licence, header.by
        )
        decisions = Decisions.of(STAGE, batch)
        refused = pc.invert(self.policy.admits(licence))
        decisions.drop(pc.and_(refused, pc.is_null(licence)), "no_licence")
        by_header = pc.and_(refused, pc.is_valid(header.licence))
        decisions.drop(by_header, "licence_header", detail=refusal(licence, by))
        decisions.drop(refused, "licence", detail=refusal(licence, by))
        columns = {"licence": licence, "licence_by": by, **decisions.columns()}
        return with_columns(batch, columns)


@dataclass(frozen=True)
class JudgeQuality:
    """Adds the struct `scores`; drops by the first filter of the recipe that says so."""

    judge: Judge
    fertility: Fertility

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Every text is scored, whatever became of it before."""
        fertility = self.fertility(batch.column("text"))
        verdict = self.judge(QualityBatch.of(batch, bytes_per_token=fertility))
        decisions = Decisions.of(STAGE, batch)
        decisions.drop(
            pc.is_valid(verdict.rule),
            verdict.rule,
            value=verdict.value,
            threshold=verdict.threshold,
        )
        return with_columns(batch, {"scores": verdict.scores, **decisions.columns()})


@dataclass(frozen=True)
class Value:
    """Adds `learning_value`."""

    learning_value: LearningValue

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Every text is valued, whatever became of it before."""
        return with_columns(batch, {"learning_value": self.learning_value(batch)})


@dataclass(frozen=True)
class Sign:
    """Adds `rank`, `num_shingles` and `signature` for the files that are kept."""

    permutations: np.ndarray
    """uint32, as `dedup.minhash.permutations` makes them."""
    shingle_tokens: int
    keep_rank: KeepRank

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A dropped file has no shingles, nor have licence texts, notices and lock files."""
        taking_part = pc.and_not(pc.is_null(batch.column("rule")), _is_attribution_or_lock(batch))
        text = pc.if_else(taking_part, batch.column("text"), pa.scalar(None, pa.large_string()))
        sets = shingles(text, shingle_tokens=self.shingle_tokens)
        made = signatures(sets.values, sets.offsets, self.permutations)
        flat = pa.array(made.reshape(-1), type=pa.uint32())
        counts = np.diff(sets.offsets).astype(np.int32)
        return with_columns(
            batch,
            {
                "rank": pa.array(self.keep_rank(batch)),
                "num_shingles": pa.array(counts),
                "text_hash": text_hashes(text),
                "set_hash": set_hashes(sets.values, sets.offsets),
                "signature": pa.FixedSizeListArray.from_arrays(flat, made.shape[1]),
            },
        )


def _is_attribution_or_lock(batch: pa.RecordBatch) -> pa.BooleanArray:
    """Files that are alike by their nature: attribution that has to stay, or noise."""
    return pc.or_(is_licence_or_notice(batch.column("path")), batch.column("lock"))
