"""`report`: a page for people and a dataset card, from what the other stages wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codemill.pipeline import storage
from codemill.pipeline.build import Build, Counts, Stage, stage_counts
from codemill.pipeline.report import render_report
from codemill.pipeline.versions import data_digest

STAGE_VERSION = 1

PAGE = "report.html"
CARD = "README.md"


def write_report(
    root: str, counts: Mapping[str, Mapping[str, Any]], title: str, num_samples: int
) -> None:
    """Write the page and the card of the build in `root`."""
    report = render_report(root, counts, title=title, num_samples=num_samples)
    storage.write_bytes(storage.join(root, CARD), report.card.encode())
    storage.write_bytes(storage.join(root, PAGE), report.html.encode())


def make(build: Build) -> Counts:
    """Write both."""
    config = build.config.report
    write_report(build.root, stage_counts(build.root), config.title, config.samples)
    return {}


STAGE = Stage(
    name="report",
    version=STAGE_VERSION,
    inputs=("pretrain", "instruct"),
    libraries=("pyarrow", "numpy", "jinja2", "markupsafe"),
    outputs=(PAGE, CARD),
    needs_work=(),
    make=make,
    data=lambda *_: data_digest("codemill.pipeline.report"),
)
