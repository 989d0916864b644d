"""Forgetting: theirs is gone from every file, the rest is as it was, and it can be proved."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline.accounting import account
from codemill.pipeline.build import digests, stage_counts
from codemill.pipeline.config import load_config
from codemill.pipeline.driver import Request, run_build
from codemill.pipeline.errors import UserError
from codemill.pipeline.explain import explain, rewrite_report
from codemill.pipeline.forget.run import forget
from codemill.pipeline.notice import NOTICE, TEXTS
from codemill.pipeline.progress import Reporter
from codemill.pipeline.stages.pretrain import settings
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.training.loader import PackedShards
from codemill.training.shards import ShardSet
from codemill.transforms.packing import pack_documents
from codemill.transforms.tokens import Encoder

from .conftest import SMALL, build
from .test_build import PHYSICS, kept, ledger

ROOT = Path(__file__).parents[2]
GRAVITY = "physics/gravity.py"
SOME = (PHYSICS, "element1:**/*_1.py")


def written(folder: Path, *lines: str) -> str:
    path = folder / "opt_out.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def forgotten(out: Path, listed: str, *, dry_run: bool = False) -> str:
    return "\n".join(forget(str(out), listed, Reporter(quiet=True), dry_run=dry_run))


def rows_of(out: Path, folder: str) -> list[dict]:
    """Rows of the Parquet files in `folder`, or of those that a pattern names."""
    found = sorted(out.glob(folder if "-" in folder else f"{folder}/*.parquet"))
    return [row for path in found for row in pq.read_table(path).to_pylist()]


def locations(out: Path) -> list[dict]:
    return [*rows_of(out, "ledger/*"), *rows_of(out, "text")]


def everything(out: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(out)): p.read_bytes()
        for p in sorted(out.rglob("*"))
        if p.is_file() and "work" not in p.relative_to(out).parts
    }


def segments(out: Path) -> Counter:
    """(file id, its tokens, their labels and positions) of every segment that is no padding."""
    found: Counter = Counter()
    for row in rows_of(out, "pretrain"):
        at = 0
        for file_id, length in zip(row["file_ids"], row["seq_lengths"], strict=True):
            columns = (row[name] for name in ("input_ids", "labels", "position_ids"))
            if file_id:
                found[file_id, *(tuple(column[at : at + length]) for column in columns)] += 1
            at += length
    return found


@pytest.fixture
def out(built, tmp_path) -> Path:
    shutil.copytree(built, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture(scope="session")
def whole(built, tmp_path_factory) -> Path:
    """A corpus from which `SOME` was forgotten without a hitch; not to be changed."""
    folder = tmp_path_factory.mktemp("forgotten")
    shutil.copytree(built, folder / "out")
    forgotten(folder / "out", written(folder, *SOME))
    return folder / "out"


@pytest.fixture(scope="session")
def twins(built) -> tuple[dict, dict]:
    """The kept one of two exact copies, and the ledger's row of the other."""
    other = next(r for r in rows_of(built, "ledger/*") if r["path"] == GRAVITY)
    kept = next(r for r in rows_of(built, "text") if r["file_id"] == other["kept_file_id"])
    return kept, other


def is_owner(row):
    return row["repository"].startswith("git.example.com/ada/")


LISTS = {
    "owner": (["owner:Git.Example.com/Ada"], is_owner),
    "repository": (["element2"], lambda row: row["repository"] == "element2"),
    "archive": (["released-1.0.tar.gz"], lambda row: row["repository"] == "released-1.0.tar.gz"),
    "unreadable source": (["broken-2.0.zip"], lambda row: row["repository"] == "broken-2.0.zip"),
    "path": (
        ["element1:**/*_1.py", f"{PHYSICS}:physics/l*.py"],
        lambda row: (
            (row["repository"] == "element1" and row["path"].endswith("_1.py"))
            or (is_owner(row) and row["path"] in ("physics/light.py", "physics/latin.py"))
        ),
    ),
}


@pytest.mark.parametrize("kind", LISTS)
def test_theirs_is_gone_and_the_rest_is_as_it_was(built, out, tmp_path, kind):
    lines, is_theirs = LISTS[kind]
    before = locations(out)
    ids = {row["file_id"] for row in before if is_theirs(row)} - {None}
    told = forgotten(out, written(tmp_path, *lines))
    assert "0 of theirs" in told

    gone = [row for row in before if is_theirs(row)]
    assert gone
    for folder in ("text", "files", "instruct", "attribution", "ledger/*"):
        assert not [row for row in rows_of(out, folder) if is_theirs(row)], folder
        left = [row for row in rows_of(built, folder) if not is_theirs(row)]
        names = ("file_id", "repository", "path", "licence", "text", "messages", "rule", "value")
        shown = [[row.get(name) for name in names] for row in left]
        assert [[row.get(n) for n in names] for row in rows_of(out, folder)] == shown, folder
    signed = [row for row in rows_of(built, "signatures") if row["file_id"] not in ids]
    assert [r["signature"] for r in rows_of(out, "signatures")] == [r["signature"] for r in signed]
    of_others = {key: n for key, n in segments(built).items() if key[0] not in ids}
    assert segments(out) == of_others

    sums = json.loads((out / "manifest.json").read_text())["accounting"]
    assert sums == account(str(out), stage_counts(str(out)))
    assert sums["forgotten"] == len(gone)
    assert sums["locations"] == sums["in_shards"] + sums["in_ledger"] + sums["forgotten"]


def test_files_that_hold_nothing_of_theirs_keep_their_bytes_and_digests_are_true(
    built, out, tmp_path
):
    forgotten(out, written(tmp_path, "element2"))
    ids = {r["file_id"] for r in locations(built) if r["repository"] == "element2"}
    before, after = everything(built), everything(out)
    changed = {name for name in before if before[name] != after[name]}
    holding = set()
    for path in built.rglob("*.parquet"):
        columns = pq.read_table(path)
        name = str(path.relative_to(built))
        found = {i for column in ("file_id", "kept_file_id") if column in columns.column_names
                 for i in columns[column].to_pylist()}  # fmt: skip
        if "file_ids" in columns.column_names:
            found |= {i for row in columns["file_ids"].to_pylist() for i in row}
        if ids & found and not name.startswith("work/"):
            holding.add(name)
    derived = {"manifest.json", "run.json", "README.md", "report.html", NOTICE, TEXTS}
    assert changed == {*holding, *derived}
    assert len(holding) < len(before) / 2
    assert set(after) - set(before) == {"forget-report.json", "forgotten.json"}
    assert json.loads(after["manifest.json"])["sha256"] == digests(str(out))


def test_no_name_of_theirs_is_in_any_byte(out, tmp_path):
    run = json.loads((out / "run.json").read_text())
    run["argv"] = ["codemill", "build", "clones/ada/physics"]
    (out / "run.json").write_text(json.dumps(run))
    forgotten(out, written(tmp_path, "owner:git.example.com/ada"))
    assert not (out / "work").exists()
    for name, content in everything(out).items():
        assert b"git.example.com/ada" not in content, name
        assert b"ada/physics" not in content, name
    assert "element0" in (out / NOTICE).read_text()
    for path in out.rglob("*.parquet"):
        for name, column in pq.read_table(path).to_pydict().items():
            assert "ada/physics" not in str(column), (path, name)


def test_a_content_id_takes_every_copy_and_a_path_only_that_one(built, out, tmp_path, twins):
    kept_one, other = twins
    told = forgotten(out, written(tmp_path, f"{other['repository']}:{GRAVITY}"))
    assert "1 of theirs have a copy that others hold" in told
    assert f"{kept_one['repository']}/{GRAVITY}" in kept(out)
    assert f"{other['repository']}/{GRAVITY}" not in ledger(out)

    forgotten(out, written(tmp_path, f"swh:1:cnt:{kept_one['blob_id']}"))
    assert kept_one["blob_id"] not in {row["blob_id"] for row in locations(out)}
    sums = json.loads((out / "manifest.json").read_text())["accounting"]
    assert sums["forgotten"] == 2
    account(str(out), stage_counts(str(out)))


def test_copies_of_others_stay_dropped_and_no_longer_say_for_what(out, tmp_path, twins):
    kept_one, other = twins
    twin = f"{kept_one['repository']}:{GRAVITY}"
    assert "files of others were dropped" in forgotten(out, written(tmp_path, twin))
    row = next(r for r in rows_of(out, "ledger/*") if r["file_id"] == other["file_id"])
    assert (row["rule"], row["kept_file_id"], row["kept_repository"], row["kept_path"]) == (
        "exact_duplicate", None, None, None,
    )  # fmt: skip
    said = "\n".join(explain(str(out), f"{other['repository']}/{GRAVITY}"))
    assert "rule exact_duplicate" in said
    assert "the file kept in its stead was forgotten" in said
    report = json.loads((out / "forget-report.json").read_text())
    assert report["forgotten"]["twins"] >= 1


def test_footers_count_what_packing_the_rest_would(whole):
    config = settings(load_config(None, SMALL).pretrain)
    encoder = Encoder(load_spec(str(whole)))
    for path in sorted(whole.glob("pretrain/*.parquet")):
        text = pq.read_table(whole / "text" / path.name).combine_chunks()
        if not text.num_rows:
            continue
        columns = (text[name].chunk(0) for name in ("text", "file_id"))
        packed = vars(pack_documents(*columns, encoder, config).stats)
        table = pq.read_table(path)
        stats = json.loads(pq.read_metadata(path).metadata[b"codemill.packing"])
        rows = {"n_rows", "n_row_tokens", "n_pad"}
        assert {k: v for k, v in stats.items() if k not in rows} == {
            k: v for k, v in packed.items() if k not in rows
        }
        assert stats["n_rows"] == table.num_rows
        assert stats["n_row_tokens"] == 256 * table.num_rows
        assert stats["n_pad"] == sum(table["n_pad"].to_pylist())
    assert stage_counts(str(whole))["text"]["files"] == len(kept(whole))


def test_the_loader_reads_what_is_left(whole):
    loader = PackedShards(whole / "pretrain", "train", seed=0, batch_size=2, drop_last=False)
    starts = 0
    for batch in loader:
        assert batch["input_ids"].shape[1] == 256
        starts += int((batch["position_ids"] == 0).sum())
    assert starts == sum(len(row["seq_lengths"]) for row in rows_of(whole, "pretrain/train-*")) > 0


def test_a_forgotten_corpus_is_a_whole_one(whole, tmp_path):
    pages = (whole / "README.md").read_bytes(), (whole / "report.html").read_bytes()
    rewrite_report(str(whole))
    assert pages == ((whole / "README.md").read_bytes(), (whole / "report.html").read_bytes())
    loading = [sys.executable, str(ROOT / "examples" / "load_datasets.py"), str(whole)]
    environment = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "cache"), "PATH": "/bin"}
    ran = subprocess.run(loading, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert f"text/train: {len(rows_of(whole, 'text/train-*'))} rows" in ran.stdout


def test_a_corpus_may_be_forgotten_as_a_whole(built, out, tmp_path):
    names = {row["repository"] for row in locations(built)}
    forgotten(out, written(tmp_path, *names))
    manifest = json.loads((out / "manifest.json").read_text())
    total = manifest["accounting"]["locations"]
    assert manifest["accounting"] == {
        "locations": total, "in_shards": 0, "in_ledger": 0, "not_taken": 0, "forgotten": total,
    }  # fmt: skip
    assert manifest["inputs"] == []
    assert ShardSet(out / "pretrain", "train").num_rows == 0
    for folder in ("text", "files", "ledger", "pretrain", "instruct", "signatures", "attribution"):
        assert len(list((built / folder).rglob("*"))) == len(list((out / folder).rglob("*")))
        assert not rows_of(out, f"{folder}/**")
    rewrite_report(str(out))
    with pytest.raises(UserError, match="no file of"):
        list(explain(str(out), "light.py"))


def test_a_dry_run_counts_and_changes_nothing(built, out, tmp_path):
    told = forgotten(out, written(tmp_path, PHYSICS, "nobody"), dry_run=True)
    gone = [row for row in locations(built) if row["repository"] == PHYSICS]
    assert f"{len(gone)} locations" in told
    assert "1 of 2 entries name something" in told
    assert everything(out) == everything(built)
    assert (out / "work").exists()


def test_a_list_that_names_nothing_here_changes_nothing(built, out, tmp_path):
    told = forgotten(out, written(tmp_path, "github.com/no/body"))
    assert "nothing to forget" in told
    assert "0 of theirs" in told
    assert everything(out) == everything(built)


def test_forgetting_again_finds_nothing_and_more_adds_up(out, tmp_path):
    forgotten(out, written(tmp_path, PHYSICS))
    once = everything(out)
    assert "nothing to forget" in forgotten(out, written(tmp_path, PHYSICS))
    assert everything(out) == once
    first = json.loads(once["manifest.json"])["accounting"]["forgotten"]
    forgotten(out, written(tmp_path, "element1"))
    sums = json.loads((out / "manifest.json").read_text())["accounting"]
    assert sums["forgotten"] > first
    assert len(json.loads((out / "forgotten.json").read_text())["entries"]) == 2


@pytest.mark.parametrize("moment", ["1", "9", "manifest.json", "forget-report"])
def test_one_that_is_killed_is_finished_by_the_same_command(built, out, whole, tmp_path, moment):
    listed = written(tmp_path, *SOME)
    command = [sys.executable, "-c", KILLED, str(out), listed, moment]
    killed = subprocess.run(command, check=False, timeout=120, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with pytest.raises(UserError, match=r"was interrupted in .*: give its command again"):
        run_build(Request((str(built),), str(out), settings=SMALL, quiet=True, fresh=True))
    with pytest.raises(UserError, match="give that list first"):
        forgotten(out, written(tmp_path, PHYSICS, "fork"))
    forgotten(out, written(tmp_path, *SOME))
    assert everything(out) == everything(whole)
    assert not (out / "forgetting.parquet").exists()


KILLED = """
import os, signal, sys
from codemill.pipeline import storage
from codemill.pipeline.forget.run import forget
from codemill.pipeline.progress import Reporter
rename, renamed = storage.rename, []
def killing_rename(source, target):
    rename(source, target)
    if os.path.exists(os.path.join(sys.argv[1], "forgetting.parquet")):
        renamed.append(target)
    if str(len(renamed)) == sys.argv[3] or (renamed and sys.argv[3] in target):
        os.kill(os.getpid(), signal.SIGKILL)
storage.rename = killing_rename
list(forget(sys.argv[1], sys.argv[2], Reporter(quiet=True), dry_run=False))
"""


def test_a_build_does_not_bring_them_back(built, out, sources, tmp_path):
    listed = written(tmp_path, *SOME)
    forgotten(out, listed)
    after = everything(out)
    for settings_given, options in (([], {}), ([], {"fresh": True}), (["report.samples=1"], {})):
        with pytest.raises(UserError, match=r"2 entries .*--opt-out .*\(2 are not in"):
            build(sources, out, *settings_given, **options)
    part = tmp_path / "part.txt"
    part.write_text(f"{PHYSICS}\n")
    with pytest.raises(UserError, match=r"\(1 are not in"):
        build(sources, out, f"catalog.opt_out={part}")
    assert everything(out) == after

    build(sources, out, f"catalog.opt_out={listed}")
    left = kept(out)
    assert not [n for n in left if n.startswith(PHYSICS)]
    assert not [n for n in left if n.startswith("element1/") and n.endswith("_1.py")]
    assert "fork/physics/gravity.py" in left, "a copy of others comes back with a new catalog"
    assert json.loads((out / "manifest.json").read_text())["accounting"]["forgotten"] == 0
    with pytest.raises(UserError, match="would bring it back"):
        build(sources, out)


def test_a_file_of_the_users_that_still_names_them_is_told(out, tmp_path):
    (out / "notes.txt").write_text(f"{PHYSICS}\n")
    with pytest.raises(UserError, match=r"1 ids or names .* notes.txt \(1\).* removed by hand"):
        forgotten(out, written(tmp_path, PHYSICS))
    (out / "notes.txt").unlink()
    assert "0 of theirs" in forgotten(out, written(tmp_path, PHYSICS))


def test_what_others_write_about_them_is_no_hit(out, tmp_path):
    told = "# see git.example.com/ada/physics/physics/light.py"
    path = next(p for p in sorted(out.glob("text/train-*")) if pq.read_metadata(p).num_rows)
    table, footer = pq.read_table(path), pq.read_metadata(path).metadata
    at = table.schema.get_field_index("text")
    texts = pa.array([told] * table.num_rows, pa.large_string())
    table = table.set_column(at, table.schema.field(at), texts)
    pq.write_table(table.replace_schema_metadata(footer), path)
    assert "0 of theirs" in forgotten(out, written(tmp_path, PHYSICS))
    assert told in (out / "report.html").read_text()


@pytest.mark.parametrize(
    ("lines", "said"),
    [(["# nobody"], "names nothing"), (["a b"], "line 1")],
)
def test_a_list_without_entries_or_with_a_wrong_one_is_refused(out, tmp_path, lines, said):
    with pytest.raises(UserError, match=said):
        forgotten(out, written(tmp_path, *lines))


def test_a_folder_without_a_finished_build_is_refused(tmp_path):
    with pytest.raises(UserError, match="no finished build"):
        forgotten(tmp_path, written(tmp_path, PHYSICS))
