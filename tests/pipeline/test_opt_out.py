"""Opt-out lists: what a file may say, and what a build does with it."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline.driver import Request, run_build
from codemill.pipeline.errors import UserError
from codemill.pipeline.opt_out import digest, hashed, lines_of, parse_line, read_opt_out

from .conftest import build
from .test_build import PHYSICS, all_digests, kept, ledger

BLOB = "0123456789abcdef0123456789abcdef01234567"


def written(folder, *lines):
    path = folder / "opt_out.txt"
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("please remove my code", "spaces"),
        ("github.com/ada/phys*", "wildcard"),
        ("*", "wildcard"),
        ("github.com/*", "everything of a host"),
        ("owner:github.com", "everything of a host"),
        ("owner:", "no name"),
        ("/home/ada/physics", "no name"),
        ("github.com//physics", "no name"),
        ("../physics", "no name"),
        ("github.com/ada/physics:", "no path"),
        ("github.com/ada/physics: /", "no path"),
        ("swh:1:rev:" + BLOB, "no content id"),
        ("swh:1:cnt:abc", "no content id"),
        (BLOB[:-1], "no content id"),
        (BLOB + BLOB[:24], "no content id"),
        ("https://", "no address"),
        ("file:///home/ada/physics", "no address"),
        ("a/b:" + "?" * 8190, "longer than"),
        ("caf\udce9", "not UTF-8"),
    ],
)
def test_a_line_that_is_no_entry_is_told_with_its_file_and_number(tmp_path, line, said):
    path = tmp_path / "list.txt"
    path.write_bytes(b"# a list\n\ngithub.com/ada/ok\n" + line.encode("utf-8", "surrogateescape"))
    with pytest.raises(UserError, match=rf"list.txt, line 4: .*{said}.*owner:github.com/NAME"):
        read_opt_out(str(path))


def test_a_list_that_is_not_there_is_told_before_anything_runs(sources, tmp_path):
    settings = (f"catalog.opt_out={tmp_path}/none.txt",)
    with pytest.raises(UserError, match=r"cannot read the opt-out list .*none.txt: No such file"):
        run_build(Request((str(sources),), str(tmp_path / "out"), settings=settings, quiet=True))
    assert not (tmp_path / "out").exists()


def test_comments_blank_lines_a_mark_of_bytes_and_carriage_returns_are_no_entries(tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xef\xbb\xbf# asked\r\n\r\nGitHub.com/Ada/*  # in May\r\na/b:c#d\r\n")
    assert [e.line for e in read_opt_out(str(path)).entries] == ["owner:github.com/ada", "a/b:c#d"]


def test_the_normal_form_reads_back_and_decides_the_digest(tmp_path):
    lines = ["b/c:x y/*.py", "owner:Ada", BLOB.upper(), "https://h.example/b/c.git", "b/c"]
    one = read_opt_out(written(tmp_path, *lines, "# note"))
    normal = lines_of(one)
    assert normal == f"owner:ada\nb/c\nh.example/b/c\nb/c:x y/*.py\nswh:1:cnt:{BLOB}\n"
    again = read_opt_out(written(tmp_path, *reversed(normal.splitlines()), "b/c"))
    assert lines_of(again) == normal
    assert digest(again) == digest(one) != digest(read_opt_out(written(tmp_path, "b/c")))
    assert digest(read_opt_out("")) == ""


def test_hashed_entries_hold_no_name_and_depend_on_the_salt():
    entry = parse_line("github.com/ada/physics")
    one, other = hashed([entry], "00" * 16), hashed([entry], "01" * 16)
    assert one != other
    assert {len(h) for h in one | other} == {32}


@pytest.fixture(scope="module")
def gravity_blob(built):
    judged = pa.concat_tables(pq.read_table(p) for p in sorted(built.glob("files/*.parquet")))
    return next(r["blob_id"] for r in judged.to_pylist() if r["path"] == "physics/gravity.py")


def test_a_build_leaves_out_what_the_list_names_and_keeps_the_copy_of_others(
    built, sources, tmp_path, gravity_blob
):
    listed = written(
        tmp_path,
        "owner:git.example.com/ADA",
        "element0:**/*_1.py",
        "released-1.0.tar.gz",
    )
    out = build(sources, tmp_path / "out", f"catalog.opt_out={listed}")
    rows = ledger(out)
    opted_out = {name for name, (_, rule) in rows.items() if rule == "opted_out"}
    assert {n for n in opted_out if n.startswith("element0/")} == {"element0/wood/wood_1.py"}
    assert {n for n in {*rows, *kept(out)} if n.startswith(PHYSICS)} <= opted_out
    assert "released-1.0.tar.gz/released/core.py" in opted_out
    assert "fork/physics/gravity.py" in kept(out)
    spool = pa.concat_tables(pq.read_table(p) for p in out.glob("work/catalog/spool/*.parquet"))
    assert spool.num_rows == 0, "content of the archive that is opted out"
    told = json.loads((out / "manifest.json").read_text())["config"]["catalog"]["opt_out"]
    assert told == digest(read_opt_out(listed))

    one = all_digests(out)
    renamed = tmp_path / "renamed.txt"
    renamed.write_text("# the same\n" + lines_of(read_opt_out(listed)))
    assert all_digests(build(sources, out, f"catalog.opt_out={renamed}")) == one

    listed = written(tmp_path, gravity_blob)
    build(sources, out, f"catalog.opt_out={listed}")
    rows = ledger(out)
    opted_out = {name for name, (_, rule) in rows.items() if rule == "opted_out"}
    assert opted_out == {f"{PHYSICS}/physics/gravity.py", "fork/physics/gravity.py"}
    shutil.rmtree(out)
