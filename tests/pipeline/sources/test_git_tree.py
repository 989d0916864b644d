import os

import pygit2
import pytest
from pygit2.enums import FileMode, ObjectType

from codemill.pipeline.sources import SourceRefused, discover, git_tree, list_files, read_blobs

HELLO = "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object of "hello\n"


def source_of(repository):
    (source,) = discover([repository.path]).sources
    return source


def listing(repository):
    batches = list(list_files(source_of(repository)))
    return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def tree_object(repository, *entries):
    """Writes a tree with exactly these (mode, name, id), which libgit2's builder may refuse."""
    data = b"".join(b"%s %s\0%s" % (mode, name, oid.raw) for mode, name, oid in entries)
    return repository.odb.write(ObjectType.TREE, data)


def object_file(repository, oid):
    folder, name = str(oid)[:2], str(oid)[2:]
    return f"{repository.path}objects/{folder}/{name}"


@pytest.mark.parametrize("bare", [False, True])
def test_every_file_is_listed_with_its_blob_id_and_size(clones, bare):
    repository = clones.make("r", {"a.c": b"hello\n", "src/deep/b.c": b"b"}, bare=bare)
    assert listing(repository) == [
        ("a.c", HELLO, 6, None),
        ("src/deep/b.c", "63d8dbd40c23542e740659a7168a0ce3138ea748", 1, None),
    ]


def test_links_and_submodules_are_listed_and_not_to_be_read(clones):
    files = {
        "link": (b"a.c", FileMode.LINK),
        "run.sh": (b"hello\n", FileMode.BLOB_EXECUTABLE),
        "sub": ("1" * 40, FileMode.COMMIT),
    }
    assert [(path, size, rule) for path, _, size, rule in listing(clones.make("r", files))] == [
        ("link", 3, "symlink"),
        ("run.sh", 6, None),
        ("sub", None, "submodule"),
    ]


def test_names_that_are_not_utf8_stay_distinct(clones):
    repository = clones.make("r", {})
    blob = repository.create_blob(b"hello\n")
    names = b"\xe8.c", b"\xe9.c", "é.c".encode()
    clones.commit_tree(repository, tree_object(repository, *[(b"100644", n, blob) for n in names]))
    assert [row[0] for row in listing(repository)] == ["\\xe8.c", "\\xe9.c", "é.c"]


def test_names_git_would_not_check_out_are_listed_and_not_entered(clones):
    repository = clones.make("r", {"x": b"x"})
    blob, tree = repository.create_blob(b"hello\n"), repository.head.peel().tree.id
    unsafe = tree_object(
        repository,
        (b"40000", b"..", tree),
        (b"40000", b".GIT", tree),
        (b"100644", b"a/b", blob),
        (b"100644", b"twice", blob),
        (b"100644", b"twice", blob),
        (b"120001", b"what", blob),
    )
    clones.commit_tree(repository, unsafe)
    assert [(path, rule) for path, _, _, rule in listing(repository)] == [
        ("..", "unsafe_path"),
        (".GIT", "unsafe_path"),
        ("a\\x2fb", "unsafe_path"),
        ("twice", None),
        ("twice~2", "duplicate_path"),
        ("what", "unknown_mode"),
    ]


def test_missing_and_misdeclared_objects_are_rows_not_errors(clones):
    repository = clones.make("r", {"x": b"x"})
    absent, tree = pygit2.Oid(hex="2" * 40), repository.head.peel().tree.id
    entries = (b"100644", b"gone", absent), (b"100644", b"tree", tree), (b"40000", b"void", absent)
    clones.commit_tree(repository, tree_object(repository, *entries))
    assert [(path, size, rule) for path, _, size, rule in listing(repository)] == [
        ("gone", None, "missing_object"),
        ("tree", 29, "corrupt_object"),
        ("void", None, "missing_object"),
    ]


def test_blobs_come_in_the_order_asked_for_and_bad_ones_say_why(clones):
    repository = clones.make("r", {"a": b"hello\n", "b": b"b", "c": b"cc"})
    source, commit = source_of(repository), repository.head.peel()
    damaged = commit.tree["c"].id
    path = object_file(repository, damaged)
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.seek(4)
        file.write(b"\xff\xff\xff")
    asked = [str(commit.tree["b"].id), "3" * 40, HELLO, str(commit.tree.id), str(damaged)]
    blobs = read_blobs(source, asked)
    assert blobs.content.to_pylist() == [b"b", None, b"hello\n", None, None]
    assert blobs.rule.to_pylist() == [
        None,
        "missing_object",
        None,
        "corrupt_object",
        "corrupt_object",
    ]


def test_reading_no_blobs_gives_empty_columns(clones):
    blobs = read_blobs(source_of(clones.make("r", {"a": b"a"})), [])
    assert (len(blobs.content), len(blobs.rule)) == (0, 0)


def test_a_commit_without_files_lists_nothing(clones):
    repository = clones.make("r", {})
    clones.commit_tree(repository, tree_object(repository))
    assert listing(repository) == []


def test_an_older_commit_is_listed_when_it_is_the_revision(clones, tmp_path):
    repository = clones.make("r", {"old": b"1"})
    first = str(repository.head.target)
    clones.commit(repository, {"new": b"2"}, parents=[first])
    (tmp_path / "m.csv").write_text(f"location,revision\nr,{first}\n")
    (source,) = discover([str(tmp_path / "m.csv")]).sources
    (batch,) = list_files(source)
    assert batch["path"].to_pylist() == ["old"]


def test_a_tree_that_unfolds_without_end_is_refused_without_unfolding_it(clones):
    repository = clones.make("r", {})
    tree = tree_object(repository, (b"100644", b"f", repository.create_blob(b"f")))
    for _ in range(12):  # 10 ** 12 files
        tree = tree_object(repository, *[(b"40000", b"%d" % i, tree) for i in range(10)])
    clones.commit_tree(repository, tree)
    with pytest.raises(SourceRefused) as refusal:
        list_files(source_of(repository))
    assert refusal.value.rule == "tree_bomb"


def test_paths_longer_than_any_file_system_takes_are_refused(clones):
    repository = clones.make("r", {})
    tree = tree_object(repository, (b"100644", b"f", repository.create_blob(b"f")))
    for _ in range(17):
        tree = tree_object(repository, (b"40000", b"d" * 255, tree))
    clones.commit_tree(repository, tree)
    with pytest.raises(SourceRefused) as refusal:
        list_files(source_of(repository))
    assert refusal.value.rule == "path_too_long"


def test_batches_cut_the_listing_anywhere(clones, monkeypatch):
    repository = clones.make("r", {f"{i}.c": b"%d" % i for i in range(5)})
    whole = listing(repository)
    monkeypatch.setattr(git_tree, "BATCH_ROWS", 2)
    assert [b.num_rows for b in list_files(source_of(repository))] == [2, 2, 1]
    assert listing(repository) == whole
