"""One step of the stage: every item worked on by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import apache_beam as beam

from codemill.pipeline.build import Build
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph


def run_each(
    build: Build,
    label: str,
    folder: str,
    items: Mapping[str, Any],
    loads: Mapping[str, Load],
    work: CheckedDoFn,
) -> None:
    """Have `work` make what is missing in `folder` of the parts that `items` names."""

    def graph(missing: list[str]) -> Graph:
        weights = [loads[name].size_bytes or loads[name].files for name in missing]
        dealt = [items[name] for name in missing]
        return lambda pipeline: (
            pipeline | "deal" >> Deal(dealt, weights, build.settings) | label >> beam.ParDo(work)
        )

    build.run_parts(label, folder, loads, graph)
