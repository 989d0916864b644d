"""The stages in the order they are made."""

from __future__ import annotations

from codemill.pipeline.stages import (
    catalog,
    duplicates,
    files,
    instruct,
    pretrain,
    report,
    text,
    tokenizer,
)

STAGES = (
    catalog.STAGE,
    files.STAGE,
    duplicates.STAGE,
    text.STAGE,
    tokenizer.STAGE,
    pretrain.STAGE,
    instruct.STAGE,
    report.STAGE,
)
