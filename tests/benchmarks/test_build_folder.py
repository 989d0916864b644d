"""The benchmark's throw-away build is one that the stage `duplicates` takes."""

from benchmarks.near_duplicates.codemill_run import removed, run
from benchmarks.near_duplicates.rows import write
from codemill.pipeline.runner import RunSettings


def row(number, text):
    path = f"f{number}.py"
    return {
        "id": number,
        "repository": "r",
        "path": path,
        "kind_of_edit": "real",
        "source_id": None,
        "text": text,
    }


def test_near_duplicates_of_a_dataset_are_removed_by_id_for_the_file_kept(tmp_path):
    words = [f"w{n}" for n in range(60)]
    texts = [" ".join(words), " ".join([*words, "more"]), " ".join(reversed(words))]
    write([row(n, text) for n, text in enumerate(texts)], tmp_path / "data", part_bytes=300)
    told = run(tmp_path / "data", tmp_path / "out", RunSettings(), [])
    assert removed(tmp_path / "out") == {1: 0}
    assert told["counts"]["removed"] == 1
    assert {"start", "sign", "duplicates", "keep"} <= set(told["steps"])
