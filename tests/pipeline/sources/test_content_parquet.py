import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline.sources import Source, SourceRefused, discover, iterate_entries

HELLO = "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object of "hello\n"


def source_of(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    (source,) = discover([str(path)]).sources
    return source


def entries(source, max_entry_bytes=100):
    return list(iterate_entries(source, max_entry_bytes=max_entry_bytes))


def test_the_stacks_layout_gives_each_row_its_own_origin(tmp_path):
    columns = {
        "hexsha": ["x", "y"],
        "ext": ["c", "py"],
        "content": ["hello\n", "b"],
        "max_stars_repo_path": ["src/a.c", "b.py"],
        "max_stars_repo_name": ["o/one", "o/two"],
        "max_stars_repo_licenses": [["MIT", "Apache-2.0"], []],
        "max_stars_count": pa.array([12.0, None]),
    }
    source = source_of(tmp_path / "train.parquet", columns)
    first, second = entries(source)
    assert source.kind == "parquet"
    assert source.repository == "train.parquet"
    assert (first.repository, first.path, first.blob_id) == ("o/one", "src/a.c", HELLO)
    assert (first.content, first.size_bytes, first.stars) == (b"hello\n", 6, 12)
    assert first.declared_licence == "Apache-2.0 AND MIT"
    assert (second.repository, second.declared_licence, second.stars) == ("o/two", None, None)


def test_short_column_names_and_bare_contents_do_too(tmp_path):
    columns = {
        "content": [b"a"],
        "repo_name": ["https://u:p@GitHub.com/o/n.git"],
        "license": ["mit"],
    }
    (entry,) = entries(source_of(tmp_path / "a.parquet", columns))
    assert (entry.repository, entry.path) == ("github.com/o/n", "row-000000000")
    assert entry.declared_licence == "mit"
    (entry,) = entries(source_of(tmp_path / "b.parquet", {"content": [b"a"], "ext": ["py"]}))
    assert (entry.repository, entry.path) == ("b.parquet", "row-000000000.py")


def test_a_row_may_say_that_it_is_a_forks_and_when_it_was_committed(tmp_path):
    columns = {
        "content": [b"a", b"b"],
        "fork": [True, None],
        "committer_date": pa.array([86_400_000_000_001, None], pa.timestamp("ns")),
    }
    first, second = entries(source_of(tmp_path / "a.parquet", columns))
    assert (first.fork, first.committed_at) == (True, 86_400)
    assert (second.fork, second.committed_at) == (None, None)
    columns = {"content": [b"a"], "fork": ["perhaps"], "committed_at": ["once"]}
    (entry,) = entries(source_of(tmp_path / "b.parquet", columns))
    assert (entry.fork, entry.committed_at) == (None, None)


def test_rows_that_cannot_be_used_are_entries_with_a_rule(tmp_path):
    columns = {
        "content": [None, "b" * 101, "c", "d", "e", "e"],
        "path": ["null", "big", "../up", "x" * 5000, "e", "e"],
    }
    found = entries(source_of(tmp_path / "a.parquet", columns))
    assert [entry.rule for entry in found] == [
        "no_content",
        "too_large",
        "unsafe_path",
        "path_too_long",
        None,
        "duplicate_row",
    ]
    assert [entry.content for entry in found] == [None, None, None, None, b"e", None]
    assert found[5].path == "e~row-5"


def test_text_that_is_not_utf8_is_kept_byte_for_byte(tmp_path):
    broken = pa.array([b"\xff\xfe"]).cast(pa.binary()).view(pa.string())
    (entry,) = entries(source_of(tmp_path / "a.parquet", {"content": broken}))
    assert entry.content == b"\xff\xfe"


def test_row_groups_cut_the_rows_anywhere(tmp_path):
    columns = {"content": [str(i) for i in range(7)]}
    one = entries(source_of(tmp_path / "a.parquet", columns))
    (tmp_path / "more").mkdir()
    many = entries(source_of(tmp_path / "more" / "a.parquet", columns, row_group_size=2))
    assert one == many


def test_a_damaged_row_group_refuses_the_file(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"content": ["x" * 1000]}), path, compression="none", use_dictionary=False
    )
    data = bytearray(path.read_bytes())
    data[4:40] = b"\xff" * 36
    path.write_bytes(data)
    source = Source("parquet", str(path), "r", "0" * 64)
    with pytest.raises(SourceRefused) as refusal:
        entries(source, 10_000)
    assert refusal.value.rule == "corrupt_parquet"
    assert str(tmp_path) not in refusal.value.detail
