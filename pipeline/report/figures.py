"""What a report shows, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codemill.pipeline.report.tallies import Amount, Tally

Row = dict[str, Any]


@dataclass(frozen=True)
class Reason:
    """Why files were dropped: one rule of one stage."""

    stage: str
    rule: str
    files: int
    size_bytes: int | None
    """Known for what `files` judged; null for the others, whose content was never looked at."""
    example: Row
    """A ledger row it dropped."""


@dataclass(frozen=True)
class Limit:
    """A threshold of a quality filter."""

    rule: str
    threshold: float
    observed: bool
    """Whether files were held against it and dropped; else it is the filter's default."""


@dataclass(frozen=True)
class Scores:
    """How a score is distributed over the files judged."""

    name: str
    edges: list[float]
    kept: list[int]
    """Files in each bin that the score's own rules keep, one fewer than edges."""
    dropped: list[int]
    limits: list[Limit]


@dataclass(frozen=True)
class Judged:
    """`files/`: what was judged, and what became of it."""

    files: Amount
    kept: Amount
    languages: Tally
    dropped: Tally
    """By rule."""
    redactions: Mapping[str, int]
    """By kind."""
    scores: list[Scores]
    losses: Mapping[str | None, Mapping[str | None, int]]
    """By language files by rule; under null those that are kept."""


@dataclass(frozen=True)
class Dropped:
    """`ledger/`: what did not make it."""

    reasons: Mapping[tuple[str, str], int]
    examples: Mapping[tuple[str, str], Row]
    samples: list[Row]
    near_duplicates: list[Row]
    unreadable: int
    """Repositories of which nothing could be read."""


@dataclass(frozen=True)
class Values:
    """Learning value of the kept text."""

    by_language: list[Scores]
    """A distribution a language, those with most files first."""
    means: Mapping[str, float]
    """Mean value by language."""
    best: list[Row]
    worst: list[Row]


@dataclass(frozen=True)
class Kept:
    """`text/`: what came out."""

    splits: Mapping[str, Amount]
    languages: Tally
    licences: Tally
    repositories: Tally
    samples: list[Row]
    """With `text`."""
    values: Values

    @property
    def total(self) -> Amount:
        """All splits."""
        return sum(self.splits.values(), Amount())


@dataclass(frozen=True)
class PackedSplit:
    """Packed rows of one split."""

    rows: int = 0
    segments: int = 0
    """Documents and pieces of documents, padding not counted."""
    tokens: int = 0
    """Tokens in rows, padding not counted."""
    padding: int = 0


@dataclass(frozen=True)
class Packed:
    """`pretrain/`: tokens in rows."""

    splits: Mapping[str, PackedSplit]
    sequence_length: int | None
    special_tokens: Mapping[str, int] | None
    """Token id by role; null where no shard says."""
    tokens_by_language: Mapping[str | None, int]

    @property
    def total(self) -> PackedSplit:
        """All splits."""
        each = self.splits.values()
        return PackedSplit(
            rows=sum(split.rows for split in each),
            segments=sum(split.segments for split in each),
            tokens=sum(split.tokens for split in each),
            padding=sum(split.padding for split in each),
        )


@dataclass(frozen=True)
class Pairs:
    """`instruct/`: instruction pairs."""

    splits: Mapping[str, int]
    kinds: Mapping[str | None, int]
    languages: Mapping[str | None, int]
    samples: list[Row]
    """With `messages`."""

    @property
    def total(self) -> int:
        """All splits."""
        return sum(self.splits.values())


@dataclass(frozen=True)
class Step:
    """One level of the funnel."""

    label: str
    files: int
    size_bytes: int | None
    note: str
    """What the bytes are, or what the step is."""
    lost: list[tuple[str, int]]
    """Rules that keep files from the step above out of this one, with how many each does."""


@dataclass(frozen=True)
class Figures:
    """Everything the page and the card are made of."""

    counts: Mapping[str, Mapping[str, Any]]
    """What each stage counted."""
    judged: Judged
    dropped: Dropped
    kept: Kept
    packed: Packed
    pairs: Pairs

    @property
    def rows(self) -> dict[str, dict[str, int]]:
        """Rows by folder and split; `files` and `ledger` are not split, all theirs are `train`."""
        return {
            "text": {name: amount.files for name, amount in self.kept.splits.items()},
            "pretrain": {name: split.rows for name, split in self.packed.splits.items()},
            "instruct": dict(self.pairs.splits),
            "files": {"train": self.judged.files.files},
            "ledger": {"train": sum(self.dropped.reasons.values())},
        }

    @property
    def repositories(self) -> int:
        """Repositories that the build looked at, or, where it does not say, that text is from."""
        counted = self.counts.get("catalog", {}).get("repositories")
        return len(self.kept.repositories) if counted is None else int(counted)

    @property
    def locations(self) -> int:
        """Locations found, kept or not."""
        refused = sum(n for (stage, _), n in self.dropped.reasons.items() if stage == "catalog")
        return refused + self.judged.files.files

    @property
    def bytes_per_token(self) -> float | None:
        """Bytes of text for a token of the documents as encoded whole; null without tokens."""
        encoded = self.counts.get("pretrain", {}).get("n_document_tokens")
        tokens = encoded or self.packed.total.tokens
        return self.kept.total.size_bytes / tokens if tokens else None

    @property
    def reasons(self) -> list[Reason]:
        """Why files were dropped, most files first."""
        ranked = sorted(self.dropped.reasons.items(), key=lambda item: (-item[1], item[0]))
        return [
            Reason(
                stage,
                rule,
                files,
                self.judged.dropped[rule].size_bytes if stage == "files" else None,
                self.dropped.examples[stage, rule],
            )
            for (stage, rule), files in ranked
        ]

    @property
    def funnel(self) -> list[Step]:
        """From every location found to the text that was written."""
        judged, kept, text = self.judged.files, self.judged.kept, self.kept.total
        admitted = judged.files + self.dropped.reasons.get(("catalog", "exact_duplicate"), 0)
        by_place = self._lost("catalog", but="exact_duplicate")
        copies = self._lost("catalog", only="exact_duplicate")
        return [
            Step("Found", self.locations, None, "every file of every source", []),
            Step("Admitted", admitted, None, "by path, size and licence", by_place),
            Step("Distinct", judged.files, judged.size_bytes, "one copy of each blob", copies),
            Step("Judged good", kept.files, kept.size_bytes, "by content", self._lost("files")),
            Step(
                "Text",
                text.files,
                text.size_bytes,
                "not like another; cleaned",
                self._lost("duplicates"),
            ),
        ]

    def _lost(self, stage: str, *, only: str = "", but: str = "") -> list[tuple[str, int]]:
        lost = [
            (rule, files)
            for (of_stage, rule), files in self.dropped.reasons.items()
            if of_stage == stage and rule != but and (not only or rule == only)
        ]
        return sorted(lost, key=lambda item: (-item[1], item[0]))
