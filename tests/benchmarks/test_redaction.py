"""The planted set says what it planted, and the measurements count what is there."""

import json
from collections import Counter
from random import Random

import pytest

from benchmarks.redaction.dataset import planted, write
from benchmarks.redaction.score import codemill
from benchmarks.redaction.syntax import redacted
from codemill.pipeline.packaged import load_patterns

HOST = "import os\n\n\ndef area(radius):\n    return 3.14 * radius**2\n" * 10


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """One file a format and context, in Python files and in empty ones of other languages."""
    clones = tmp_path_factory.mktemp("clones")
    (clones / "area.py").write_text(HOST)
    out = tmp_path_factory.mktemp("set") / "planted"
    write([clones], out, seed=3, per_pattern=1)
    return out


@pytest.fixture(scope="module")
def labels(dataset):
    return list(map(json.loads, (dataset / "labels.jsonl").read_text().splitlines()))


def test_labels_name_lines_and_bytes_of_what_was_planted(dataset, labels):
    label = next(x for x in labels if x["name"] == "github_token")
    content = (dataset / "files" / label["file"]).read_bytes()
    assert content[label["start"] : label["end"]].startswith(b"gh")
    lines = content.split(b"\n")[label["line"] - 1 : label["last_line"]]
    assert content[label["start"] : label["end"]] in b"\n".join(lines)


def test_every_format_is_planted_and_a_third_is_harmless(labels):
    vendors = {p.name for p in load_patterns().patterns if p.kind == "key" and not p.generic}
    named = {x["name"] for x in labels}
    assert len(vendors & named) > 100
    harmless = sum(x["harmless"] for x in labels)
    assert 0.3 < harmless / len(labels) < 0.5


def test_a_seed_plants_the_same_again():
    assert list(planted(Random(5), 1)) == list(planted(Random(5), 1))
    assert list(planted(Random(5), 1)) != list(planted(Random(6), 1))


def test_what_was_planted_is_found_to_the_byte_and_what_is_harmless_is_not(dataset, labels):
    _, spans, *_ = codemill(dataset)
    outcome = Counter()
    for label in labels:
        found = [(start, end) for start, end, *_ in spans.get(label["file"], [])]
        exact = (label["start"], label["end"]) in found
        outcome[label["harmless"], bool(found) if label["harmless"] else exact] += 1
    assert outcome[False, False] <= 3
    assert outcome[True, True] == 0


def test_no_planted_file_gains_an_error_of_syntax(dataset, labels):
    paths = [dataset / "files" / x["file"] for x in labels if not x["harmless"]]
    files = list(redacted(paths))
    assert len(files) > 200
    parsed = [file.errors for file in files if file.errors]
    assert len(parsed) > 150
    assert all(after <= before for before, after in parsed)
    assert not any(file.is_dropped for file in files)
