"""The command line: answers, and errors of one line that say what to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline import cli
from codemill.pipeline.errors import UserError
from codemill.pipeline.explain import explain
from codemill.transforms.identity import shown_id

from .conftest import SMALL

PHYSICS = "git.example.com/ada/physics"


def codemill(
    *arguments: object, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codemill.pipeline.cli", *map(str, arguments)]
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def run(monkeypatch, capsys):
    """Runs a command in this process, where nothing has to be imported again: code and stderr."""

    def end(message, code):
        print(message, file=sys.stderr)
        raise SystemExit(code)

    def running(*arguments):
        one_process = ["--workers", "1"] if arguments[0] == "build" else []
        monkeypatch.setattr(sys, "argv", ["codemill", *map(str, arguments), *one_process])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr().err

    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(cli, "_end", end)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield running
    signal.signal(signal.SIGTERM, handler)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "nowhere", "--out", "OUT"], "nowhere"),
        (["build", "EMPTY", "--out", "OUT"], "clone"),
        (
            ["build", "SOURCES", "--out", "OUT", "--set", "pretrain.sequense_length=3"],
            "did you mean",
        ),
        (
            ["build", "SOURCES", "--out", "OUT", "--set", "files.filters=['long_line']"],
            "long_lines",
        ),
        (["build", "SOURCES", "--out", "OUT", "--set", "catalog.licences=lax"], "permissive"),
        (["build", "SOURCES", "--out", "OUT", "--set", "files.languages=['Pyhton']"], "Pyhton"),
        (["build", "SOURCES", "--out", "OUT", "--config", "none.toml"], "none.toml"),
        (["build", "SOURCES", "--out", "OUT", "--runner", "Nonsense"], "Nonsense"),
        (["build", "SOURCES", "--out", "OUT", "--tokenizer", "nowhere"], "tokenizer"),
        (["build", "SOURCES"], "--out"),
        (["build", "SOURCES", "--out", "FILE"], "File exists"),
        (["explain", "EMPTY", "x.py"], "no build"),
        (["report", "EMPTY"], "no finished build"),
        (["forget", "EMPTY", "--opt-out", "nowhere.txt"], "nowhere.txt"),
        (["forget", "EMPTY", "--opt-out", "FILE"], "FILE, line 1"),
        (["build", "SOURCES", "--out", "OUT", "--opt-out", "FILE"], "FILE, line 1"),
        (["inspect", "nowhere.py"], "nowhere.py"),
        (["inspect", "/dev/null"], "no such file or folder"),
        (["inspect", "--from", "nowhere.txt"], "nowhere.txt"),
        (["inspect"], "a list of them with --from"),
        (["generate", "nowhere", "--prompt", "x"], "nowhere"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(run, sources, tmp_path, arguments, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("not a folder")
    places = {"SOURCES": sources, "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty"}
    places["FILE"] = tmp_path / "file"
    code, stderr = run(*(places.get(a, a) for a in arguments))
    assert code == 2, stderr
    assert said.replace("FILE", str(places["FILE"])) in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").glob("*/*.parquet"))


def test_an_error_ends_a_process_of_its_own_the_same_way(tmp_path):
    ended = codemill("build", "nowhere", "--out", tmp_path / "out")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: ")
    assert "nowhere" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_full_disk_is_told_in_a_line(sources, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(sources), str(tmp_path / "out"), *SMALL],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.strip().splitlines()[-1].startswith("error: the disk is full")
    assert "Traceback" not in ended.stderr


DISK_FULL = """
import errno, sys
from codemill.pipeline import cli, storage
rename = storage.rename
def full(source, target):
    if "/signatures/" in target:
        raise OSError(errno.ENOSPC, "No space left on device")
    rename(source, target)
storage.rename = full
settings = [f"--set={s}" for s in sys.argv[3:]]
sys.argv = ["codemill", "build", sys.argv[1], "--out", sys.argv[2], "--workers", "1", *settings]
cli.main()
"""


def told(out: Path, wanted: str) -> str:
    return "\n".join(explain(str(out), wanted))


def test_explain_tells_stage_rule_value_and_threshold(built):
    said = told(built, "tiny.py")
    assert "out: stage files, rule too_small, value 1, threshold" in said


def test_explain_tells_the_kept_twin_and_its_similarity(built):
    said = told(built, "physics/gravity_again.py")
    assert "out: stage duplicates, rule near_duplicate" in said
    assert "kept in its stead" in said
    assert "similarity 0.9" in said


def test_explain_finds_a_kept_file_by_path_id_and_blob(built):
    table = pa.concat_tables(pq.read_table(p) for p in sorted(built.glob("text/*.parquet")))
    row = next(r for r in table.to_pylist() if r["path"] == "physics/light.py")
    for wanted in (
        "light.py",
        f"{PHYSICS}/physics/light.py",
        shown_id(row["file_id"]),
        row["blob_id"],
    ):
        said = told(built, wanted)
        assert f"{PHYSICS}/physics/light.py" in said
        assert "in: " in said
        assert "licence: MIT by" in said


def test_explain_tells_of_a_source_that_could_not_be_read(built):
    assert "rule archive_corrupt" in told(built, "broken-2.0.zip")


def test_explain_says_that_it_knows_no_such_file(built):
    with pytest.raises(UserError, match="no file of"):
        told(built, "nothing.py")


def told_of(*arguments: object, stdin: str = "") -> list[dict[str, object]]:
    """The objects that `inspect --jsonl` prints."""
    ended = codemill("inspect", "--jsonl", *arguments, stdin=stdin)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


@pytest.fixture(scope="module")
def seen(sources):
    """What inspect says of the folder of all clones."""
    return {row["path"]: row for row in told_of(sources)}


def test_inspect_agrees_with_the_build_on_every_file_of_every_clone(built, sources, seen):
    judged = pa.concat_tables(pq.read_table(p) for p in sorted(built.glob("files/*.parquet")))
    folders = {PHYSICS: "physics", **{p.name: p.name for p in sources.iterdir() if p.is_dir()}}
    compared = set()
    for row in judged.to_pylist():
        if row["repository"] not in folders:
            continue
        told = seen[str(sources / folders[row["repository"]] / row["path"])]
        plain = ("blob_id", "size_bytes", "language", "language_by", "licence", "licence_by")
        expected = {name: row[name] for name in plain}
        expected["decision"] = "keep" if row["rule"] is None else f"{row['stage']}/{row['rule']}"
        expected["scores"] = {k: v for k, v in row["scores"].items() if v is not None}
        expected["learning_value"] = row["learning_value"]
        expected["redactions"] = row["redactions"]
        assert {name: told[name] for name in expected} == expected
        compared.add(row["repository"])
    assert len(compared) >= 8


def test_inspect_says_what_the_catalog_would(sources, seen):
    decisions = {
        "physics/vendor/other/copied.py": "catalog/vendored",
        "physics/web/app.min.js": "catalog/minified",
        "physics/package-lock.json": "catalog/lock",
        "physics/empty.py": "catalog/empty",
        "unlicensed/main.py": "files/no_licence",
    }
    for path, decision in decisions.items():
        assert seen[str(sources / path)]["decision"] == decision
    assert [r["kind"] for r in seen[str(sources / "physics/physics/contact.py")]["redactions"]] == [
        "email"
    ]


def test_inspect_tells_the_licence_of_the_repository_beside_the_files(sources, seen):
    levels = ("repository_licence", "repository_licence_by")
    inside = seen[str(sources / "physics" / "physics" / "light.py")]
    assert [inside[level] for level in levels] == ["MIT", "repository:LICENSE"]
    without = seen[str(sources / "unlicensed" / "main.py")]
    assert [without[level] for level in levels] == [None, None]


def test_a_file_is_told_of_alike_alone_listed_and_below_its_clone(sources, seen, tmp_path):
    wanted = [path for path in seen if "/physics/" in path or "/unlicensed/" in path][::-1]
    assert told_of("--from", "-", stdin="\n".join(wanted)) == [seen[path] for path in wanted]
    listed = tmp_path / "paths"
    listed.write_text(wanted[0] + "\n")
    folder = sources / "physics" / "physics"
    below = [path for path in seen if path.startswith(f"{folder}/")]
    assert told_of(folder, "--from", listed) == [seen[path] for path in [*below, wanted[0]]]


def test_inspect_takes_names_that_are_no_utf_8_and_look_like_markup(sources, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in (b"caf\xe9.py", b"[bold]x.py"):
        (folder / name.decode("utf-8", "surrogateescape")).write_text("x = 1\n" * 5)
    shown = codemill("inspect", folder, COLUMNS="300")
    assert shown.returncode == 0, shown.stderr
    assert "[bold]x.py" in shown.stdout
    lines = codemill("inspect", "--jsonl", folder).stdout.splitlines()
    assert {Path(json.loads(line)["path"]).name for line in lines} == {
        r"caf\xe9.py",
        "[bold]x.py",
    }


def test_inspect_prints_a_table_for_a_person(sources):
    folder = sources / "physics" / "physics"
    ended = codemill("inspect", folder / "light.py", folder / "contact.py", COLUMNS="200")
    assert "Python (extension)" in ended.stdout
    assert "keep" in ended.stdout


def test_inspect_shows_all_of_a_single_file(sources):
    said = codemill("inspect", sources / "physics" / "physics" / "contact.py").stdout
    assert "contact.py  keep" in said
    assert re.search(r"too_small +│ num_written_lines +│ +\d+ │ +below 3 │ passes", said)
    assert re.search(r"redactions: 1\n", said)
    assert re.search(r"│ \d+ +│ \d+ +│ email │ email_\w{4}@example.com", said)
    assert "benchmark items: none" in said
    dropped = codemill("inspect", sources / "physics" / "tiny.py").stdout
    assert re.search(r"tiny.py  out: files/too_small, 1 against 3", dropped)


def test_inspect_tells_every_filter_that_would_drop_a_file(tmp_path):
    (tmp_path / "a.py").write_text(f"x = '{'a b ' * 400}'\n")
    (row,) = told_of(tmp_path / "a.py")
    assert row["decision"] == "files/no_licence"
    assert row["would_drop"] == ["long_lines", "mean_line", "too_small", "repeated_phrases"]
    by_filter = {each["filter"]: each for each in row["filters"]}
    assert by_filter["long_lines"]["value"] == row["scores"]["max_line_chars"] == 1606
    assert by_filter["long_lines"]["threshold"] == 1000
    assert by_filter["long_lines"]["drops"]
    assert not by_filter["digits"]["drops"]
    assert row["contamination"] == []


def test_explain_tells_every_score_with_its_line_and_what_was_redacted(built):
    said = told(built, "physics/contact.py")
    assert re.search(r"too_small +num_written_lines \d+ +drops below 3 +passes", said)
    assert re.search(r"redacted: email at bytes \d+-\d+, now email_\w{4}@example.com", said)
    assert "filters that would drop it: too_small" in told(built, "tiny.py")


def test_report_writes_the_same_page_anew(built):
    page = (built / "report.html").read_bytes()
    ended = codemill("report", built)
    assert ended.stdout.strip() == f"{built}/report.html"
    assert (built / "report.html").read_bytes() == page


def test_forget_says_what_went_and_that_nothing_is_left(built, tmp_path):
    shutil.copytree(built, tmp_path / "out")
    (tmp_path / "list.txt").write_text("element2\n")
    ended = codemill("forget", tmp_path / "out", "--opt-out", tmp_path / "list.txt")
    assert ended.returncode == 0, ended.stderr
    assert "1 of 1 entries name something in the corpus" in ended.stdout
    assert "0 of theirs" in ended.stdout
    assert "the tokenizer was trained on the text as it was" in ended.stdout
    assert ended.stdout.splitlines()[-1] == f"report: {tmp_path / 'out' / 'forget-report.json'}"
    assert "files rewritten" in ended.stderr


def test_quiet_says_nothing(sources, tmp_path):
    settings = [f"--set={s}" for s in SMALL]
    ended = codemill("build", sources, "--out", tmp_path / "out", "--quiet", *settings)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_plain_lines_where_there_is_no_terminal(sources, tmp_path):
    settings = [f"--set={s}" for s in SMALL]
    ended = codemill("build", sources, "--out", tmp_path / "out", *settings)
    assert ended.returncode == 0
    assert "12 sources" in ended.stderr
    assert "catalog" in ended.stderr
    assert "\x1b" not in ended.stderr


def test_what_follows_two_dashes_is_beams(monkeypatch):
    given = ["codemill", "build", "a", "--out", "o", "--", "--job_endpoint=x", "--parallelism=2"]
    monkeypatch.setattr(sys, "argv", given)
    arguments = ["a", "--job_endpoint=x", "--parallelism=2"]
    assert cli._divided(arguments) == (["a"], ["--job_endpoint=x", "--parallelism=2"])
