import dataclasses
import hashlib
import itertools
import json
import os
import pickle
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pygit2
import pytest
from pygit2.enums import ConfigLevel

from codemill.pipeline.errors import UserError
from codemill.pipeline.sources import Discovery, discover
from codemill.pipeline.sources.git_clone import _isolate_libgit2


def names(discovery):
    return [source.repository for source in discovery.sources]


def failures(discovery):
    return [(failed.repository, failed.rule) for failed in discovery.unreadable]


def portable(discovery):
    """A discovery without the paths of this machine."""
    sources = tuple(dataclasses.replace(s, location="") for s in discovery.sources)
    return Discovery(sources, discovery.unreadable, discovery.num_duplicates)


def test_a_folder_is_scanned_for_clones_archives_and_contents(clones, tmp_path, tar_bytes):
    head = str(clones.make("group/work", {"a": b"a"}).head.target)
    clones.make("bare.git", {"b": b"b"}, bare=True)
    (tmp_path / "rel-1.tar").write_bytes(tar_bytes({"a": b"a"}))
    pq.write_table(pa.table({"content": ["x"]}), tmp_path / "code.parquet")
    pq.write_table(pa.table({"location": ["x"]}), tmp_path / "other.parquet")
    (tmp_path / "notes.txt").write_text("no source")
    found = discover([str(tmp_path)])
    assert [(s.repository, s.kind) for s in found.sources] == [
        ("bare", "git"),
        ("code.parquet", "parquet"),
        ("group/work", "git"),
        ("rel-1.tar", "archive"),
    ]
    assert found.sources[2].revision == head
    digest = hashlib.sha256((tmp_path / "rel-1.tar").read_bytes()).hexdigest()
    assert found.sources[3].revision == digest
    assert (found.unreadable, found.num_duplicates) == ((), 0)


def test_the_origin_names_a_repository_without_its_credentials(clones, tmp_path):
    clones.make("x", {"a": b"a"}, origin="https://me:token@GitHub.com/Own/name.git")
    clones.make("y", {"b": b"b"}, origin="/srv/git/y.git")
    assert names(discover([str(tmp_path)])) == ["github.com/Own/name", "y"]


def test_a_single_clone_or_archive_has_its_base_name(clones, tmp_path, tar_bytes, monkeypatch):
    clones.make("one", {"a": b"a"})
    (tmp_path / "p.tgz").write_bytes(b"anything")
    assert names(discover([str(tmp_path / "one"), str(tmp_path / "p.tgz")])) == ["one", "p.tgz"]
    assert names(discover([str(tmp_path / "one" / ".git")])) == ["one"]
    monkeypatch.chdir(tmp_path / "one")
    assert names(discover(["."])) == ["one"]


def test_neither_order_nor_place_matters(clones, tmp_path, tar_bytes):
    for number in range(3):
        clones.make(f"in/x{number}/deep", {"f": b"%d" % number})
    clones.make("in/empty", {})
    (tmp_path / "in/x0/rel.tar").write_bytes(tar_bytes({"a": b"a"}))
    shutil.copytree(tmp_path / "in", tmp_path / "else" / "in")
    paths = ["in", "in/x0", "in/x0/rel.tar", "in/x1/deep"]
    found = {
        root: [
            portable(discover([str(tmp_path / root / path) for path in order]))
            for order in itertools.permutations(paths)
        ]
        for root in (".", "else")
    }
    everything = found["."] + found["else"]
    assert all(discovery == everything[0] for discovery in everything)
    assert names(everything[0]) == ["x0/deep", "x0/rel.tar", "x1/deep", "x2/deep"]
    assert failures(everything[0]) == [("empty", "no_commit")]


def test_one_revision_found_in_two_places_counts_once(clones, tmp_path):
    clones.make("a", {"f": b"f"}, origin="https://h.org/o/n")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    found = discover([str(tmp_path)])
    assert (names(found), found.num_duplicates) == (["h.org/o/n"], 1)


def test_clones_are_not_entered_and_links_are_followed_once(clones, tmp_path):
    clones.make("in/a", {"f": b"f"})
    clones.make("in/a/nested", {"g": b"g"})
    clones.make("far", {"h": b"h"})
    os.symlink("..", tmp_path / "in" / "loop")
    os.symlink("self", tmp_path / "in" / "self")
    os.symlink("a", tmp_path / "in" / "Alias")
    os.symlink("self", tmp_path / "in" / "x.zip")
    assert names(discover([str(tmp_path / "in")])) == ["a", "loop/far"]


def test_a_detached_head_is_read_where_it_points(clones, tmp_path):
    repository = clones.make("r", {"f": b"1"})
    first = repository.head.target
    clones.commit(repository, {"f": b"2"}, parents=[first])
    repository.set_head(first)
    assert repository.head_is_detached
    assert discover([str(tmp_path / "r")]).sources[0].revision == str(first)


def test_a_broken_source_is_reported_and_the_others_go_on(clones, tmp_path):
    clones.make("good", {"f": b"f"})
    clones.make("empty", {})
    gone = clones.make("gone", {"f": b"f"}, origin="https://h.org/o/gone")
    shutil.rmtree(gone.path + "objects")
    os.mkdir(gone.path + "objects")
    os.makedirs(tmp_path / "hollow" / ".git")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really PAR1")
    found = discover([str(tmp_path)])
    assert names(found) == ["good"]
    assert failures(found) == [
        ("bad.parquet", "corrupt_parquet"),
        ("empty", "no_commit"),
        ("h.org/o/gone", "corrupt_repository"),
        ("hollow", "corrupt_repository"),
    ]
    assert not [failed for failed in found.unreadable if str(tmp_path) in str(failed)]


def test_a_truncated_pack_is_a_corrupt_repository(clones, tmp_path):
    repository = clones.make("r", {f"{i}": os.urandom(100) for i in range(20)})
    repository.pack()
    (pack,) = (tmp_path / "r/.git/objects/pack").glob("*.pack")
    for folder in (tmp_path / "r/.git/objects").glob("??"):
        shutil.rmtree(folder)
    assert failures(discover([str(tmp_path)])) == []
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:500])
    assert failures(discover([str(tmp_path)])) == [("r", "corrupt_repository")]


def test_the_readers_own_git_configuration_does_not_matter(clones, tmp_path):
    rewrite = '[url "https://evil.org/"]\n insteadOf = https://h.org/\n'
    remote = '[remote "origin"]\n url = https://h.org/a/b\n'
    (tmp_path / ".gitconfig").write_text(rewrite + remote)
    clones.make("in/r", {"f": b"f"})
    clones.make("in/s", {"f": b"f"}, origin="https://h.org/o/n")
    pygit2.settings.search_path[ConfigLevel.GLOBAL] = str(tmp_path)
    _isolate_libgit2.cache_clear()
    assert names(discover([str(tmp_path / "in")])) == ["h.org/o/n", "r"]


def test_programs_that_a_clone_configures_are_not_run(clones, tmp_path):
    repository = clones.make("r", {"f": b"f", ".gitattributes": b"* filter=x\n"})
    ran = tmp_path / "ran"
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "filter.x.smudge"):
        repository.config[key] = f"touch {ran}"
    assert len(discover([str(tmp_path)]).sources) == 1
    assert not ran.exists()


MANIFEST = {
    "location": "a",
    "repository": "given/name",
    "revision": "v1",
    "stars": 7,
    "forks": 2,
    "fork": True,
    "committed_at": "2009-02-13T23:31:30Z",
    "licence": "MIT",
    "opt_out": True,
}


def write_manifest(path, record):
    if path.suffix == ".jsonl":
        path.write_text(json.dumps(record) + "\n\n")
    elif path.suffix == ".csv":
        path.write_text(",".join(record) + "\n" + ",".join(map(str, record.values())) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist([record]), path)
    return str(path)


@pytest.mark.parametrize("name", ["m.jsonl", "m.csv", "m.parquet"])
def test_every_form_of_manifest_says_the_same(clones, tmp_path, name):
    repository = clones.make("a", {"f": b"1"})
    first = repository.head.target
    repository.references.create("refs/tags/v1", first)
    clones.commit(repository, {"f": b"2"}, parents=[first])
    (source,) = discover([write_manifest(tmp_path / name, MANIFEST)]).sources
    assert dataclasses.asdict(source) == {
        "kind": "git",
        "location": str(tmp_path / "a"),
        "repository": "given/name",
        "revision": str(first),
        "stars": 7,
        "forks": 2,
        "fork": True,
        "committed_at": 1234567890,
        "declared_licence": "MIT",
        "opt_out": True,
    }
    assert pickle.loads(pickle.dumps(source)) == source


def test_a_manifest_may_say_no_more_than_where(clones, tmp_path):
    clones.make("g/a", {"f": b"1"})
    (source,) = discover([write_manifest(tmp_path / "m.csv", {"path": "g/a"})]).sources
    assert (source.repository, source.stars, source.opt_out) == ("g/a", None, False)
    absolute = write_manifest(tmp_path / "n.csv", {"path": str(tmp_path / "g/a")})
    assert names(discover([absolute])) == ["a"]


@pytest.mark.parametrize("revision", ["main", "annotated", "short", "full"])
def test_a_revision_is_an_id_a_tag_or_a_branch(clones, tmp_path, revision):
    repository = clones.make("a", {"f": b"1"})
    head = repository.head.target
    tagger = pygit2.Signature("A", "a@example.org", 1, 0)
    repository.create_tag("annotated", head, pygit2.enums.ObjectType.COMMIT, tagger, "m")
    wanted = {"short": str(head)[:9], "full": str(head)}.get(revision, revision)
    manifest = write_manifest(tmp_path / "m.jsonl", {"location": "a", "revision": wanted})
    assert discover([manifest]).sources[0].revision == str(head)


def test_the_default_branch_may_be_a_remotes(clones, tmp_path):
    repository = clones.make("a", {"f": b"1"})
    first = repository.head.target
    repository.references.create("refs/remotes/origin/dev", first)
    clones.commit(repository, {"f": b"2"}, parents=[first])
    manifest = write_manifest(tmp_path / "m.csv", {"location": "a", "default_branch": "dev"})
    assert discover([manifest]).sources[0].revision == str(first)


@pytest.mark.parametrize("revision", ["nope", "0" * 40, "a..b", "deadbeef"])
def test_a_revision_that_is_not_there_is_reported(clones, tmp_path, revision):
    clones.make("a", {"f": b"1"})
    manifest = write_manifest(tmp_path / "m.jsonl", {"location": "a", "revision": revision})
    assert failures(discover([manifest])) == [("a", "no_such_revision")]


def test_what_a_manifest_knows_is_joined_to_what_a_scan_finds(clones, tmp_path):
    clones.make("in/a", {"f": b"1"})
    row = {"location": "in/a", "repository": "o/a", "stars": 3, "fork": "no", "opt_out": "yes"}
    manifest = write_manifest(tmp_path / "m.csv", row)
    for order in ([str(tmp_path / "in"), manifest], [manifest, str(tmp_path / "in")]):
        (source,) = discover(order).sources
        assert (source.repository, source.stars, source.opt_out) == ("o/a", 3, True)
        assert (source.fork, source.committed_at) == (False, 1_700_000_000)


@pytest.mark.parametrize(
    ("written", "expected"),
    [(b"1234567890", 1234567890), (b"-5", 0), (b"9999999999999", 253_402_300_799)],
)
def test_a_clones_commit_says_when_it_was_made(clones, tmp_path, written, expected):
    repository = clones.make("a", {"f": b"1"})
    head = repository.read(repository.head.target)[1]
    hostile = head.replace(b"1700000000", written)
    forged = repository.write(pygit2.enums.ObjectType.COMMIT, hostile)
    repository.references.create("refs/heads/main", forged, force=True)
    (source,) = discover([str(tmp_path)]).sources
    assert source.committed_at == expected


def test_of_several_statements_the_best_standing_is_taken(clones, tmp_path):
    clones.make("a", {"f": b"1"})
    rows = (
        {"location": "a", "fork": False, "committed_at": 5},
        {"location": "a", "fork": True, "committed_at": 7, "stars": 1},
    )
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (source,) = discover([str(tmp_path / "m.jsonl")]).sources
    assert (source.fork, source.committed_at, source.stars) == (True, 7, 1)


def test_opting_out_covers_every_revision_of_a_repository(clones, tmp_path):
    repository = clones.make("a", {"f": b"1"}, origin="https://h.org/o/n")
    first = str(repository.head.target)
    clones.commit(repository, {"f": b"2"}, parents=[first])
    row = {"location": "a", "revision": first, "opt_out": True}
    manifest = write_manifest(tmp_path / "m.jsonl", row)
    found = discover([manifest, str(tmp_path / "a")])
    assert [source.opt_out for source in found.sources] == [True, True]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.jsonl", "{", "line 1: not JSON"),
        ("m.jsonl", "[1]", "line 1: expected a JSON object"),
        ("m.jsonl", '{"stars": 1}', "row 1: no location"),
        ("m.jsonl", '{"location": "gone"}', "do not exist: gone"),
        ("m.jsonl", '{"location": "."}', "neither a clone nor an archive"),
        ("m.jsonl", '{"location": "a", "stars": "many"}', "row 1: stars must be"),
        ("m.jsonl", '{"location": "a", "stars": -1}', "row 1: stars must be"),
        ("m.jsonl", '{"location": "a", "opt_out": "maybe"}', "row 1: opt_out must be"),
        ("m.jsonl", '{"location": "a", "fork": "maybe"}', "row 1: fork must be"),
        ("m.jsonl", '{"location": "a", "committed_at": "now"}', "row 1: committed_at must be an"),
        ("m.csv", "", "lists nothing"),
        ("m.csv", "name\nx\n", "row 1: no location"),
    ],
)
def test_a_mistake_in_a_manifest_is_an_error_that_says_where(clones, tmp_path, name, text, said):
    clones.make("a", {"f": b"1"})
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=said):
        discover([str(tmp_path / name)])


def test_paths_that_lead_nowhere_are_errors_that_name_them(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "void").mkdir()
    with pytest.raises(UserError, match=r"no such file or folder: .*missing"):
        discover([str(tmp_path / "missing")])
    with pytest.raises(UserError, match=r"no repository in .*void: looked for git clones"):
        discover([str(tmp_path / "void")])
    with pytest.raises(UserError, match=r"notes.txt: not a kind of source"):
        discover([str(tmp_path / "notes.txt")])
    with pytest.raises(UserError, match="remote sources are not supported"):
        discover(["gs://bucket/x"])
    with pytest.raises(UserError, match="no source given"):
        discover([])
