"""What a person should look at before using a corpus."""

from __future__ import annotations

from collections.abc import Iterator

from codemill.pipeline.report.figures import Figures
from codemill.pipeline.report.words import percent, whole
from codemill.pipeline.retention import Finding
from codemill.transforms.tokens import ROLES

MOST_BY_PLACE = 0.5
"""Share of all locations that one rule of `catalog` may drop without a word."""
MOST_NEAR_DUPLICATES = 0.3
"""Share of the files judged good that near-duplicates may take without a word."""
MOST_OF_ONE_REPOSITORY = 0.25
"""Share of the text that may come from one repository."""
MOST_PADDING = 0.05
"""Share of the packed rows that may be padding."""
FEWEST_FILES = 100
"""A share of fewer files than this is chance and no finding."""


def warnings(figures: Figures) -> list[str]:
    """Sentences in plain text, the gravest first."""
    return [
        *_unreadable(figures),
        *_empty(figures),
        *_missing_tokens(figures),
        *_outside(figures),
        *_hungry_rules(figures),
        *_lost(figures),
        *_lopsided(figures),
        *_padding(figures),
    ]


def _unreadable(figures: Figures) -> Iterator[str]:
    number = figures.dropped.unreadable
    if number:
        plural = "repository" if number == 1 else "repositories"
        yield f"{whole(number)} {plural} could not be read; the ledger says why."


def _empty(figures: Figures) -> Iterator[str]:
    if not figures.kept.total.files:
        yield "No file was kept: nothing can be trained on this build."
        return
    for split, amount in figures.kept.splits.items():
        if not amount.files:
            hint = (
                " Give more repositories, or raise catalog.validation_share."
                if split == "validation"
                else ""
            )
            yield f"The {split} split holds no file.{hint}"
    if not figures.pairs.total:
        yield "There are no instruction pairs."


def _missing_tokens(figures: Figures) -> Iterator[str]:
    tokens = figures.packed.special_tokens
    missing = [] if tokens is None else [role for role in ROLES if role not in tokens]
    if missing:
        names = ", ".join(missing)
        yield f"The tokenizer has no token for {names}: what needs them is switched off."


def _outside(figures: Figures) -> Iterator[str]:
    """Rules of `files` that drop more, or less, than is expected, as the stage found them."""
    for found in figures.counts.get("files", {}).get("outside", []):
        each = Finding(**found)
        of = f" {whole(each.worst_dropped)} of them are {each.worst}'s." if each.worst else ""
        yield each.told("files.") + of


def _hungry_rules(figures: Figures) -> Iterator[str]:
    for reason in figures.reasons:
        share = reason.files / figures.locations if figures.locations else 0
        if reason.stage == "catalog" and share > MOST_BY_PLACE and reason.files >= FEWEST_FILES:
            yield f"catalog.{reason.rule} dropped {percent(share)} of all locations."
    kept = figures.judged.kept.files
    removed = kept - figures.kept.total.files
    if kept >= FEWEST_FILES and removed / kept > MOST_NEAR_DUPLICATES:
        yield f"Near-duplicates took {percent(removed / kept)} of the files judged good."


def _lost(figures: Figures) -> Iterator[str]:
    for kind, losses in figures.counts.get("duplicates", {}).get("losses", {}).items():
        for name, files, removed in losses["most"]:
            yield (
                f"Near-duplicates took {whole(removed)} of the {whole(files)} files of the "
                f"{kind} {name}."
            )
        unnamed = losses["over"] - len(losses["most"])
        if unnamed:
            plural = {"language": "languages", "repository": "repositories"}[kind]
            yield f"{whole(unnamed)} more {plural} lost more than duplicates.warn_loss."


def _lopsided(figures: Figures) -> Iterator[str]:
    total = figures.kept.total
    first = next(iter(figures.kept.repositories), None)
    if first is None or not total.size_bytes or total.files < FEWEST_FILES:
        return
    share = first[1].size_bytes / total.size_bytes
    if share > MOST_OF_ONE_REPOSITORY:
        yield f"{percent(share)} of the text comes from one repository, {first[0]}."


def _padding(figures: Figures) -> Iterator[str]:
    packed = figures.packed.total
    positions = packed.tokens + packed.padding
    if positions and packed.padding / positions > MOST_PADDING:
        yield f"{percent(packed.padding / positions)} of the packed rows is padding."
