"""docs/decontamination.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

from codemill.pipeline.config import DecontaminateConfig
from codemill.transforms.decontaminate import Thresholds
from codemill.transforms.decontaminate.detector import BY, MIN_EVIDENCE, TEST_FACTOR
from codemill.transforms.decontaminate.search import MAX_POSTINGS, TELLING
from codemill.transforms.decontaminate.tokens import GRAM_TOKENS, SHAPE_TOKENS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "decontamination.md").read_text()


def test_the_page_lists_every_kind_of_evidence_with_its_threshold():
    rows = re.findall(r"^\| `(\w+)` \| .* \| ([\d.]+) \|$", PAGE, re.MULTILINE)
    assert tuple(name for name, _ in rows) == BY
    bars = {name: float(bar) for name, bar in rows if name != "exact"}
    assert bars == {name: getattr(Thresholds(), name) for name in bars}
    assert bars == {name: getattr(DecontaminateConfig(), name) for name in bars}


def test_the_page_tells_the_numbers_of_the_rules():
    assert (GRAM_TOKENS, SHAPE_TOKENS, MAX_POSTINGS, TELLING) == (6, 12, 16, 3)
    assert "every 6-gram" in PAGE
    assert "12-grams of a solution" in PAGE
    assert "more than 16 fields" in PAGE
    assert TEST_FACTOR == 2
    assert "twice as much of a test's" in PAGE
    weights = re.search(
        r"than (\d) others \(`n.*`\), (\d) \(`shape`\) and\s(\d) \(`prompt`; 2", PAGE
    )
    assert [int(w) for w in weights.groups()] == list(MIN_EVIDENCE.values())
