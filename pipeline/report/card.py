"""The dataset card: front matter for Hugging Face, then what a user of the corpus has to know."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import pairwise
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from codemill.pipeline.report import words
from codemill.pipeline.report.figures import Figures
from codemill.pipeline.report.page import leading, share
from codemill.transforms import schema

SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
"""Bounds of Hugging Face's `size_categories`, from a thousand rows up, each ten times the last."""

COLUMNS: dict[str, tuple[schema.Column, ...]] = {
    "text": schema.TEXT,
    "pretrain": schema.PRETRAIN,
    "instruct": schema.INSTRUCT,
    "files": schema.FILES_HEAD,
    "ledger": schema.LEDGER,
    "attribution": schema.ATTRIBUTION,
}
"""Columns by folder, in the order the card tells of them."""

SPLIT_PATH = {"files": "files/*.parquet", "ledger": "ledger/*/*.parquet"}
"""Where the rows of a folder's only split are; the others have shards named after their split."""


def render_card(figures: Figures, title: str) -> str:
    """The README of the corpus."""
    environment = Environment(
        autoescape=False,  # Markdown: `_finalize` escapes what is filled in
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(whole=words.whole, size=words.size, percent=words.percent)
    environment.filters["doc"] = _doc
    environment.globals["share"] = share
    source = files(__package__).joinpath("card.md.jinja").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        front_matter=Markup(front_matter(figures, title)),
        title=title,
        figures=figures,
        licences=leading(figures.kept.licences),
        languages=leading(figures.kept.languages),
        columns=COLUMNS,
    )


def front_matter(figures: Figures, title: str) -> str:
    """YAML between the dashes: licence, size and how to load each part."""
    about: dict[str, Any] = {
        "pretty_name": words.one_line(title),
        "license": "other",
        "license_name": "per-file",
        "language": ["code"],
        "task_categories": ["text-generation"],
        "tags": ["code", "pretraining", "fill-in-the-middle", "instruction-tuning", "codemill"],
        "size_categories": [size_category(figures.kept.total.files)],
        "configs": configurations(figures),
    }
    return str(yaml.safe_dump(about, sort_keys=False, allow_unicode=True, width=1000))


def configurations(figures: Figures) -> list[dict[str, Any]]:
    """What `datasets.load_dataset` can be asked for by name: the folders and splits with rows.

    A split without rows is left out, because `datasets` raises for the whole configuration where
    one of its splits "corresponds to no data". Single shards without rows do no harm.
    """
    made: list[dict[str, Any]] = []
    for folder, splits in figures.rows.items():
        data_files = [
            {"split": split, "path": SPLIT_PATH.get(folder, f"{folder}/{split}-*.parquet")}
            for split, num_rows in splits.items()
            if num_rows
        ]
        if data_files:
            made.append({"config_name": folder, "data_files": data_files})
    if made:
        made[0]["default"] = True
    return made


def size_category(num_rows: int) -> str:
    """Hugging Face's name for about so many rows."""
    names = [f"n<{SIZES[0]}"]
    names += [f"{low}<n<{high}" for low, high in pairwise(SIZES)]
    names.append(f"n>{SIZES[-1]}")
    bounds: list[int] = [10 ** (3 + power) for power in range(len(SIZES))]
    return names[sum(num_rows >= bound for bound in bounds)]


_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")


def _finalize(value: Any) -> Any:
    """What stands in {{ }}: text that Markdown must not read as its own."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _SPECIAL.sub(r"\\\1", words.one_line(value))


def _doc(column: schema.Column) -> Markup:
    """A row of a table of columns: name, type and meaning."""
    cells = (f"`{column.name}`", f"`{_type(column)}`", column.doc)
    return Markup(" | ".join(cell.replace("|", "\\|") for cell in cells))


def _type(column: schema.Column) -> str:
    return re.sub(r"(item|element): ", "", str(column.type))
