"""The NOTICE bundle: each text once, equal bytes whatever the memory, pruned after removals."""

import hashlib

import pyarrow as pa
import pytest

from codemill.pipeline import notice, parts
from codemill.pipeline.parts import PartFile
from codemill.transforms.licences.governing_texts import NOTED
from codemill.transforms.schema import ATTRIBUTION, arrow_schema

SHARDS = ["work/text/licences/a.parquet", "work/text/licences/b.parquet"]


def noted(text, repository, path="LICENSE", blob_id="1" * 40):
    return {
        "text_id": hashlib.sha256(text.lower().encode()).hexdigest(),
        "licence": "MIT",
        "text": text,
        "repository": repository,
        "revision": "0" * 40,
        "path": path,
        "blob_id": blob_id,
        "copyright": [f"Copyright 2020 {repository}"],
    }


def write(root, path, rows, schema):
    file = PartFile(str(root), path, schema)
    file.write(pa.RecordBatch.from_pylist(rows, schema=schema))
    file.commit()


def make(root, memory_bytes):
    first = [noted("Be kind", "h/one"), noted("Else", "h/one", "lib/COPYING", "2" * 40)]
    second = [noted("BE KIND", "h/zwei"), noted("Be kind", "h/one")]
    second += [noted(f"text {n}", "h/many", f"{n}/LICENSE") for n in range(100)]
    for path, rows in zip(SHARDS, (first, second), strict=True):
        write(root, path, rows, NOTED)
    notice.write_bundle(str(root), SHARDS, memory_bytes)


def texts(root):
    return parts.read_table(str(root), notice.TEXTS).to_pylist()


def test_every_text_stands_once_with_all_that_it_covers(tmp_path):
    make(tmp_path, 1 << 30)
    found = [row for row in texts(tmp_path) if row["text"].lower() == "be kind"]
    assert [(row["text"], row["licence"]) for row in found] == [("Be kind", "MIT")]
    covers = [(c["repository"], c["path"], c["copyright"]) for c in found[0]["covers"]]
    assert covers == [
        ("h/one", "LICENSE", ["Copyright 2020 h/one"]),
        ("h/zwei", "LICENSE", ["Copyright 2020 h/zwei"]),
    ]
    assert len(texts(tmp_path)) == 102


def test_rounds_leave_no_trace(tmp_path):
    made = []
    for name, memory_bytes in (("much", 1 << 30), ("little", 20_000)):
        make(tmp_path / name, memory_bytes)
        paths = [tmp_path / name / file for file in (notice.TEXTS, notice.NOTICE)]
        made.append([path.read_bytes() for path in paths])
    assert made[0] == made[1]


def test_the_notice_names_repository_path_and_owner_before_the_indented_text(tmp_path):
    make(tmp_path, 1 << 30)
    said = (tmp_path / notice.NOTICE).read_text()
    assert "\nh/one at 000000000000\n  lib/COPYING\n    Copyright 2020 h/one\n\n    Else\n" in said


def test_names_with_line_breaks_stay_in_their_line(tmp_path):
    write(tmp_path, SHARDS[0], [noted("a\n=====\nb", "h/x", "a\n====/LICENSE")], NOTED)
    notice.write_bundle(str(tmp_path), SHARDS[:1], 1 << 30)
    said = (tmp_path / notice.NOTICE).read_text()
    assert "  a ====/LICENSE\n" in said
    assert "    =====\n" in said


def test_pruning_leaves_what_attribution_still_refers_to(tmp_path):
    make(tmp_path, 1 << 30)
    left = {
        "shard": "train-00000-of-00001",
        "file_id": 1,
        "repository": "h/zwei",
        "revision": "0" * 40,
        "path": "a.py",
        "licence": "MIT",
        "copyright": [],
        "licence_texts": ["1" * 40],
    }
    write(tmp_path, "attribution/train-00000-of-00001.parquet", [left], arrow_schema(ATTRIBUTION))
    notice.prune_bundle(str(tmp_path))
    (only,) = texts(tmp_path)
    assert [cover["repository"] for cover in only["covers"]] == ["h/zwei"]
    assert "h/one" not in (tmp_path / notice.NOTICE).read_text()


@pytest.mark.parametrize("shards", [[], SHARDS[:1]])
def test_a_corpus_without_licence_files_has_an_empty_bundle(tmp_path, shards):
    for path in shards:
        write(tmp_path, path, [], NOTED)
    notice.write_bundle(str(tmp_path), shards, 1 << 30)
    assert texts(tmp_path) == []
    assert (tmp_path / notice.NOTICE).read_text() == notice.HEAD
