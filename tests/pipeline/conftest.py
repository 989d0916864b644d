"""Builds of the small sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codemill.pipeline.driver import Request, run_build

SMALL = (
    "tokenizer.vocab_size=600",
    "tokenizer.sample_bytes=200000",
    "pretrain.sequence_length=256",
    "catalog.part_bytes=20000",
    "catalog.repositories_per_part=3",
    "catalog.validation_share=0.2",
)
"""Settings under which the sources make several parts of both splits."""

Builder = Callable[..., Path]


def build(sources: Path | list[Path], out: Path, *settings: str, **options: object) -> Path:
    """Build quietly; the output folder."""
    given = sources if isinstance(sources, list) else [sources]
    request = Request(
        sources=tuple(map(str, given)), out=str(out), settings=(*SMALL, *settings), quiet=True
    )
    run_build(Request(**{**vars(request), **options}))  # type: ignore[arg-type]
    return out


@pytest.fixture(scope="session")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed build by one worker."""
    return build(sources, tmp_path_factory.mktemp("built") / "out")
