"""What a whole build promises: accounting, resume, and the same bytes whatever the way there."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline.accounting import AccountingError, account
from codemill.pipeline.build import digests, stage_counts
from codemill.pipeline.errors import UserError

from ..conftest import MIT, commit, python_module
from .conftest import SMALL, build


def ledger(out: Path) -> dict[str, tuple[str, str]]:
    """Stage and rule by repository/path."""
    rows = pa.concat_tables(pq.read_table(p) for p in sorted(out.glob("ledger/*/*.parquet")))
    return {f"{r['repository']}/{r['path']}": (r["stage"], r["rule"]) for r in rows.to_pylist()}


def kept(out: Path) -> set[str]:
    rows = pa.concat_tables(pq.read_table(p) for p in sorted(out.glob("text/*.parquet")))
    return {f"{r['repository']}/{r['path']}" for r in rows.to_pylist()}


def all_digests(out: Path) -> dict[str, str]:
    found = digests(str(out))
    found["manifest.json"] = (out / "manifest.json").read_text()
    return found


PHYSICS = "git.example.com/ada/physics"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"{PHYSICS}/vendor/other/copied.py", ("catalog", "vendored")),
        (f"{PHYSICS}/web/app.min.js", ("catalog", "minified")),
        (f"{PHYSICS}/package-lock.json", ("catalog", "lock")),
        (f"{PHYSICS}/empty.py", ("catalog", "empty")),
        (f"{PHYSICS}/data/blob.bin", ("files", "binary")),
        (f"{PHYSICS}/tiny.py", ("files", "too_small")),
        ("unlicensed/main.py", ("files", "no_licence")),
        ("large/big.py", ("catalog", "too_large")),
        ("fork/physics/gravity_again.py", ("duplicates", "near_duplicate")),
    ],
)
def test_a_dropped_file_is_in_the_ledger_with_its_rule(built, path, expected):
    assert ledger(built)[path] == expected


def test_one_of_two_exact_copies_is_kept(built):
    copies = {f"{PHYSICS}/physics/gravity.py", "fork/physics/gravity.py"}
    assert len(copies & kept(built)) == 1
    assert {ledger(built)[c] for c in copies - kept(built)} == {("catalog", "exact_duplicate")}


def test_a_broken_archive_is_one_ledger_row_and_the_others_go_on(built):
    assert ledger(built)["broken-2.0.zip/None"] == ("catalog", "archive_corrupt")
    assert "released-1.0.tar.gz/released/core.py" in kept(built)


def test_credentials_of_the_origin_reach_no_output(built):
    for path in built.rglob("*"):
        if path.is_file() and "work" not in path.relative_to(built).parts:
            assert b"user:secret" not in path.read_bytes()


def test_latin_1_is_decoded_and_an_address_redacted(built):
    rows = pa.concat_tables(pq.read_table(p) for p in sorted(built.glob("text/*.parquet")))
    text = {r["path"]: r["text"] for r in rows.to_pylist()}
    assert "déjà vu" in text["physics/latin.py"]
    assert "ada.lovelace@analytical-engines.com" not in text["physics/contact.py"]


def test_every_location_is_accounted_for(built):
    sums = json.loads((built / "manifest.json").read_text())["accounting"]
    locations = sum(pq.read_table(p).num_rows for p in built.glob("work/catalog/listed/*.parquet"))
    assert sums["locations"] == locations
    assert sums["locations"] == sums["in_shards"] + sums["in_ledger"]
    assert sums["in_shards"] == len(kept(built)) > 20


def test_sums_that_do_not_match_fail_loudly(built, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    next(p for p in (out / "ledger").rglob("*.parquet") if pq.read_table(p).num_rows).unlink()
    with pytest.raises(AccountingError, match="do not match"):
        account(str(out), stage_counts(str(out)))


def test_all_outputs_of_the_design_are_there(built):
    names = {p.name for p in built.iterdir()}
    assert names == {
        "manifest.json", "run.json", "README.md", "report.html", "files", "ledger", "text",
        "signatures", "tokenizer", "pretrain", "instruct", "attribution", "work",
    }  # fmt: skip


def test_both_splits_have_shards_and_share_no_repository(built):
    by_split = {
        split: {
            repository
            for p in built.glob(f"text/{split}-*.parquet")
            for repository in pq.read_table(p)["repository"].to_pylist()
        }
        for split in ("train", "validation")
    }
    assert by_split["train"]
    assert by_split["validation"]
    assert not by_split["train"] & by_split["validation"]


def test_instruction_pairs_of_python_go_and_javascript(built):
    rows = pa.concat_tables(pq.read_table(p) for p in sorted(built.glob("instruct/*.parquet")))
    assert set(rows["language"].to_pylist()) == {"Python", "Go", "JavaScript"}


def test_two_workers_make_the_bytes_of_one(built, sources, tmp_path):
    # Above the size where processes are started, by asking for them.
    command = [sys.executable, "-c", TWO_WORKERS, str(sources), str(tmp_path / "out"), *SMALL]
    subprocess.run(command, check=True, timeout=300)
    assert all_digests(tmp_path / "out") == all_digests(built)


TWO_WORKERS = """
import sys
from codemill.pipeline import driver
driver.SMALL_BYTES = 0
settings = tuple(sys.argv[3:])
request = driver.Request((sys.argv[1],), sys.argv[2], settings=settings, workers=2, quiet=True)
if __name__ == "__main__":
    driver.run_build(request)
"""


def test_order_of_sources_does_not_matter(sources, tmp_path):
    names = sorted(p for p in sources.iterdir())
    one = build(names, tmp_path / "one")
    two = build(names[::-1], tmp_path / "two")
    assert all_digests(one) == all_digests(two)


def test_a_copy_of_the_sources_elsewhere_and_another_hash_seed_make_the_same_bytes(
    built, sources, tmp_path
):
    copied = tmp_path / "elsewhere" / "copied"
    shutil.copytree(sources, copied)
    command = [sys.executable, "-m", "codemill.pipeline.cli", "build", str(copied), "--quiet"]
    command += ["--out", str(tmp_path / "out"), *(f"--set={s}" for s in SMALL)]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    subprocess.run(command, check=True, timeout=300, env=environment)
    assert all_digests(tmp_path / "out") == all_digests(built)


def test_small_memory_makes_rounds_and_the_same_bytes(built, sources, tmp_path):
    out = build(sources, tmp_path / "out", memory_bytes=50_000)
    assert len(list(out.glob("work/duplicates/proposed/*.parquet"))) > 1
    assert len(list(out.glob("work/catalog/copies/*.parquet"))) > 1
    assert all_digests(out) == all_digests(built)


def modified(out: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in out.rglob("*.parquet")}


def test_another_sequence_length_remakes_pretrain_and_nothing_before_it(built, sources, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    before = modified(out)
    build(sources, out, "pretrain.sequence_length=128")
    changed = {p for p, t in modified(out).items() if before.get(p) != t}
    assert changed
    assert {Path(p).relative_to(out).parts[0] for p in changed} == {"pretrain"}


def test_a_complete_build_is_not_made_again(built, sources, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    before = modified(out)
    build(sources, out)
    assert modified(out) == before


def test_work_can_be_deleted_and_is_made_again_where_it_is_needed(built, sources, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    shutil.rmtree(out / "work")
    build(sources, out, "duplicates.threshold=0.8")
    build(sources, out)
    assert all_digests(out) == all_digests(built)


@pytest.mark.parametrize("stage", ["catalog", "files", "duplicates", "text", "pretrain"])
def test_a_build_killed_in_any_stage_goes_on_to_the_same_bytes(built, sources, tmp_path, stage):
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED_IN_STAGE, stage, str(sources), str(out), *SMALL]
    killed = subprocess.run(command, check=False, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    assert not (out / "manifest.json").exists()
    build(sources, out)
    assert all_digests(out) == all_digests(built)


KILLED_IN_STAGE = """
import os, signal, sys
from codemill.pipeline import driver, storage
stage = sys.argv[1]
folder = f"work/{stage}" if stage in ("catalog", "duplicates") else stage
rename, renamed = storage.rename, []
def killing_rename(source, target):
    if f"/{folder}/" in target:
        renamed.append(target)
        if len(renamed) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
    rename(source, target)
storage.rename = killing_rename
driver.run_build(
    driver.Request((sys.argv[2],), sys.argv[3], settings=tuple(sys.argv[4:]), quiet=True)
)
"""


def test_a_worker_that_is_killed_ends_the_build_with_the_command_that_resumes(sources, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", WORKER_KILLED, str(sources), str(out), *SMALL]
    start = time.monotonic()
    ended = subprocess.run(command, check=False, timeout=120, capture_output=True, text=True)
    assert ended.returncode == 2, ended.stderr
    assert time.monotonic() - start < 60
    assert "SIGKILL" in ended.stderr
    assert "Go on with:" in ended.stderr
    assert "Traceback" not in ended.stderr


WORKER_KILLED = """
import os, signal, sys, threading, time
from codemill.pipeline import cli, driver, local_workers
driver.SMALL_BYTES = 0
def kill_one():
    while not local_workers.LocalWorkerHandler.alive:
        time.sleep(0.01)
    time.sleep(0.3)
    next(iter(local_workers.LocalWorkerHandler.alive.values())).kill()
if __name__ == "__main__":
    threading.Thread(target=kill_one, daemon=True).start()
    settings = [f"--set={s}" for s in sys.argv[3:]]
    sys.argv = ["codemill", "build", sys.argv[1], "--out", sys.argv[2], "--workers", "2", *settings]
    cli.main()
"""


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(built, sources, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "codemill.pipeline.cli", "build", str(sources), "--out"]
    command += [str(out), *(f"--set={s}" for s in SMALL)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (out / "work" / "stages" / "catalog.json").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Go on with:" in said
    assert "Traceback" not in said
    build(sources, out)
    assert all_digests(out) == all_digests(built)


def test_an_output_folder_of_other_sources_is_refused_and_fresh_takes_it(built, sources, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    with pytest.raises(UserError, match=r"other sources \(without broken-2.0.zip at .*--fresh"):
        build(sources / "physics", out)
    build(sources / "physics", out, fresh=True)
    assert "released-1.0.tar.gz/released/core.py" not in kept(out)


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_of_strangers_files_is_refused_and_left_alone(sources, tmp_path, fresh):
    names = {"thesis.doc", "README.md", "files"}
    for name in names:
        (tmp_path / name).write_text("years of work")
    with pytest.raises(UserError, match=r"no build of codemill's \(README.md, files, thesis.doc\)"):
        build(sources, tmp_path, fresh=fresh)
    assert {p.name for p in tmp_path.iterdir()} == names


def test_a_second_build_in_one_folder_is_refused_even_when_fresh(built, sources, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    held = os.open(out, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    for fresh in (False, True):
        with pytest.raises(UserError, match="another build is writing"):
            build(sources, out, fresh=fresh)
    os.close(held)
    assert all_digests(out) == all_digests(built)


def test_a_build_without_its_manifest_is_accounted_for_again(built, sources, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(built, out)
    (out / "manifest.json").unlink()
    build(sources, out)
    assert all_digests(out) == all_digests(built)


def test_a_manifest_that_opts_out_later_remakes_the_catalog(sources, tmp_path):
    clone = str(sources / "element0")
    given = tmp_path / "given.jsonl"
    out = tmp_path / "out"
    others = [sources / "element1", sources / "element2"]
    given.write_text(json.dumps({"path": clone}) + "\n")
    assert any("element0" in k for k in kept(build([given, *others], out)))
    given.write_text(json.dumps({"path": clone, "opt_out": True}) + "\n")
    assert not any("element0" in k for k in kept(build([given, *others], out)))
    assert {rule for name, (_, rule) in ledger(out).items() if "element0" in name} == {"opted_out"}


def test_of_equal_files_the_one_with_a_language_in_its_name_is_kept(tmp_path):
    text = python_module("twin")
    commit(tmp_path / "given" / "a", {"LICENSE": MIT, "aaa": text, "longer/name/z.py": text})
    commit(tmp_path / "given" / "b", {"LICENSE": MIT, "b.py": python_module("other")})
    out = build(tmp_path / "given", tmp_path / "out", "catalog.validation_share=0.0")
    assert "a/longer/name/z.py" in kept(out)
    assert ledger(out)["a/aaa"] == ("catalog", "exact_duplicate")


def test_a_licence_in_the_files_own_header_is_enough(tmp_path):
    tagged = "# SPDX-License-Identifier: MIT\n" + python_module("tagged")
    commit(tmp_path / "given" / "a", {"tagged.py": tagged, "bare.py": python_module("bare")})
    out = build(tmp_path / "given", tmp_path / "out", "catalog.validation_share=0.0")
    assert kept(out) == {"a/tagged.py"}
    assert ledger(out)["a/bare.py"] == ("files", "no_licence")
