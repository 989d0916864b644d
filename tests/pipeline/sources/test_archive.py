import bz2
import gzip
import io
import lzma
import random
import stat
import tarfile
import zipfile

import pytest
import zstandard

from codemill.pipeline.sources import Source, SourceRefused, entry_batches, iterate_entries
from codemill.pipeline.sources import archive as archive_module

HELLO = "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object of "hello\n"
FILES = {"p-1.0/a.c": b"hello\n", "p-1.0/src/b.c": b"b"}
B = "63d8dbd40c23542e740659a7168a0ce3138ea748"

COMPRESSORS = {
    "p.tar": bytes,
    "p.tar.gz": gzip.compress,
    "p.tgz": gzip.compress,
    "p.crate": gzip.compress,
    "p.tar.bz2": bz2.compress,
    "p.tar.xz": lzma.compress,
    "p.tar.zst": zstandard.compress,
}


def write(path, data):
    path.write_bytes(data)
    return Source("archive", str(path), "r", "0" * 64)


def zip_bytes(files, *, compression=zipfile.ZIP_DEFLATED):
    """A zip of name (or ZipInfo) -> bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def rows(source, max_entry_bytes=1000):
    entries = iterate_entries(source, max_entry_bytes=max_entry_bytes)
    return [(e.path, e.blob_id, e.size_bytes, e.rule, e.content) for e in entries]


def rule_of_refusal(source):
    with pytest.raises(SourceRefused) as refusal:
        next(iterate_entries(source, max_entry_bytes=1000))
    assert str(source.location) not in refusal.value.detail
    return refusal.value.rule


def info(name, kind=tarfile.REGTYPE, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def zip_link(name, target):
    link = zipfile.ZipInfo(name)
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return {link: target}


@pytest.mark.parametrize("name", COMPRESSORS)
def test_every_kind_of_tar_gives_the_same_entries(tmp_path, tar_bytes, name):
    source = write(tmp_path / name, COMPRESSORS[name](tar_bytes(FILES)))
    assert rows(source) == [("a.c", HELLO, 6, None, b"hello\n"), ("src/b.c", B, 1, None, b"b")]


def test_a_zip_gives_the_same_entries(tmp_path):
    source = write(tmp_path / "p.zip", zip_bytes(FILES))
    assert rows(source) == [("a.c", HELLO, 6, None, b"hello\n"), ("src/b.c", B, 1, None, b"b")]


def test_a_wheel_keeps_its_only_folder(tmp_path):
    source = write(tmp_path / "p.whl", zip_bytes(FILES))
    assert [row[0] for row in rows(source)] == ["p-1.0/a.c", "p-1.0/src/b.c"]


@pytest.mark.parametrize("files", [{"a": b"", "d/b": b""}, {"a.py": b""}, {"d/a": b"", "e/b": b""}])
def test_a_folder_that_does_not_hold_everything_stays(tmp_path, tar_bytes, files):
    assert [row[0] for row in rows(write(tmp_path / "p.tar", tar_bytes(files)))] == list(files)


def test_leading_dots_and_double_slashes_are_not_part_of_a_path(tmp_path, tar_bytes):
    source = write(tmp_path / "p.tar", tar_bytes({"./p//a": b"", "./p/b/./c": b""}))
    assert [row[0] for row in rows(source)] == ["a", "b/c"]


def test_xz_streams_one_after_the_other_are_one_archive(tmp_path, tar_bytes):
    data = tar_bytes(FILES)
    parts = lzma.compress(data[:700]) + bytes(8) + lzma.compress(data[700:]) + bytes(4)
    assert [row[1] for row in rows(write(tmp_path / "p.tar.xz", parts))] == [HELLO, B]


def test_entries_above_the_limit_are_hashed_and_not_kept(tmp_path, tar_bytes):
    source = write(tmp_path / "p.tar", tar_bytes({"p/a": b"hello\n", "p/b": b"b"}))
    assert rows(source, max_entry_bytes=5) == [
        ("a", HELLO, 6, "too_large", None),
        ("b", B, 1, None, b"b"),
    ]


def test_links_inside_are_listed_with_their_targets_id(tmp_path, tar_bytes):
    links = info("p/s", tarfile.SYMTYPE, "../p/a"), info("p/h", tarfile.LNKTYPE, "p/a")
    source = write(tmp_path / "p.tar", tar_bytes({"p/a": b"hello\n"}, links))
    assert [(path, size, rule) for path, _, size, rule, _ in rows(source)] == [
        ("a", 6, None),
        ("s", 6, "symlink"),
        ("h", 3, "hardlink"),
    ]


def test_links_in_a_zip_are_listed(tmp_path):
    source = write(tmp_path / "p.zip", zip_bytes({"p/a": b"a"} | zip_link("p/s", "a")))
    assert [(row[0], row[2], row[3]) for row in rows(source)] == [
        ("a", 1, None),
        ("s", 1, "symlink"),
    ]


def test_of_entries_with_one_path_the_last_counts(tmp_path, tar_bytes):
    data = tar_bytes({"p/a": b"old", "p/a~2": b"", "./p/a": b"new"})
    assert [(row[0], row[3], row[4]) for row in rows(write(tmp_path / "p.tar", data))] == [
        ("a~3", "duplicate_path", None),
        ("a~2", None, b""),
        ("a", None, b"new"),
    ]


def test_names_that_are_not_utf8_are_escaped(tmp_path, tar_bytes):
    data = tar_bytes({"p/caf\udce9": b"", "p/b": b""})
    assert [row[0] for row in rows(write(tmp_path / "p.tar", data))] == ["caf\\xe9", "b"]


def test_unmarked_utf8_names_in_a_zip_are_read_as_utf8(tmp_path):
    data = zip_bytes({"p/XXXX": b"", "p/b": b""}).replace(b"XXXX", "éé".encode())
    assert [row[0] for row in rows(write(tmp_path / "p.zip", data))] == ["éé", "b"]


def test_git_metadata_inside_an_archive_is_not_source(tmp_path, tar_bytes):
    source = write(tmp_path / "p.tar", tar_bytes({"p/.git/hooks/x": b"x", "p/a": b"a"}))
    assert [(row[0], row[3]) for row in rows(source)] == [
        (".git/hooks/x", "git_metadata"),
        ("a", None),
    ]


@pytest.mark.parametrize("name", ["../x", "p/../../x", "p/..", "/etc/x", "p\\..\\..\\x", "C:\\x"])
def test_paths_that_lead_out_refuse_the_archive(tmp_path, tar_bytes, name):
    tar = write(tmp_path / "p.tar", tar_bytes({"p/a": b"a", name: b"x"}))
    assert rule_of_refusal(tar) == "archive_path_traversal"
    zipped = write(tmp_path / "p.zip", zip_bytes({"p/a": b"a", name: b"x"}))
    assert rule_of_refusal(zipped) == "archive_path_traversal"


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "../../etc"),
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "d/../../../x"),
        (tarfile.LNKTYPE, "../x"),
        (tarfile.LNKTYPE, "/etc/passwd"),
    ],
)
def test_links_that_lead_out_refuse_the_archive(tmp_path, tar_bytes, kind, target):
    source = write(tmp_path / "p.tar", tar_bytes(FILES, [info("p-1.0/l", kind, target)]))
    assert rule_of_refusal(source) == "archive_link_escape"


def test_a_link_that_leads_out_of_a_zip_refuses_it(tmp_path):
    source = write(tmp_path / "p.zip", zip_bytes(FILES | zip_link("p-1.0/l", "../../x")))
    assert rule_of_refusal(source) == "archive_link_escape"


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_refuse_the_archive(tmp_path, tar_bytes, kind):
    source = write(tmp_path / "p.tar", tar_bytes(FILES, [info("p-1.0/null", kind)]))
    assert rule_of_refusal(source) == "archive_device"


@pytest.mark.parametrize("name", ["p.tar.bz2", "p.tar.xz", "p.tar.zst"])
def test_a_tar_that_unpacks_a_thousandfold_is_refused(tmp_path, tar_bytes, name):
    bomb = COMPRESSORS[name](tar_bytes({"p/zeros": bytes(20 << 20)}))
    assert len(bomb) < 20_000
    assert rule_of_refusal(write(tmp_path / name, bomb)) == "archive_bomb"


def test_what_stands_after_a_tars_end_is_no_place_for_a_bomb(tmp_path, tar_bytes):
    bomb = lzma.compress(tar_bytes(FILES) + bytes(20 << 20))
    assert rule_of_refusal(write(tmp_path / "p.tar.xz", bomb)) == "archive_bomb"


def test_a_zip_that_unpacks_a_thousandfold_is_refused(tmp_path):
    files = {"zeros": bytes(10 << 20), "ballast": random.Random(1).randbytes(100_000)}
    bomb = zip_bytes(files, compression=zipfile.ZIP_BZIP2)
    assert rule_of_refusal(write(tmp_path / "p.zip", bomb)) == "archive_bomb"


def test_a_few_megabytes_of_zeros_are_no_bomb(tmp_path, tar_bytes):
    data = lzma.compress(tar_bytes({"p/zeros": bytes(3 << 20), "p/a": b"a"}))
    assert [row[3] for row in rows(write(tmp_path / "p.tar.xz", data))] == ["too_large", None]


def test_a_sparse_file_that_claims_a_terabyte_is_refused(tmp_path):
    member = info("p/sparse")
    member.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.realsize": str(1 << 40)}
    member.size = 1
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(b"x"))
    assert rule_of_refusal(write(tmp_path / "p.tar", buffer.getvalue())) == "archive_bomb"


def test_a_header_that_claims_gigabytes_is_refused(tmp_path, tar_bytes):
    long_name = info("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    long_name.size = 1 << 32
    data = long_name.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 16)
    assert rule_of_refusal(write(tmp_path / "p.tar", data)) == "archive_bomb"


def test_zip_entries_that_share_bytes_are_refused(tmp_path):
    data = bytearray(zip_bytes({"a": b"a" * 500, "b": b"a" * 500}))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = bytes(4)  # the first entry's offset
    assert rule_of_refusal(write(tmp_path / "p.zip", bytes(data))) == "archive_bomb"


def test_too_many_entries_are_refused(tmp_path, tar_bytes, monkeypatch):
    monkeypatch.setattr(archive_module, "MAX_MEMBERS", 1)
    assert rule_of_refusal(write(tmp_path / "p.tar", tar_bytes(FILES))) == "archive_bomb"


def test_a_huge_zip_directory_is_refused_before_it_is_parsed(tmp_path):
    data = bytearray(zip_bytes(FILES))
    end = data.index(b"PK\x05\x06")
    data[end + 12 : end + 16] = (1 << 30).to_bytes(4, "little")
    assert rule_of_refusal(write(tmp_path / "p.zip", bytes(data))) == "archive_bomb"


def test_an_encrypted_zip_is_refused(tmp_path):
    data = bytearray(zip_bytes(FILES))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert rule_of_refusal(write(tmp_path / "p.zip", bytes(data))) == "archive_encrypted"


def test_a_zip_packed_in_a_way_unknown_here_is_refused(tmp_path):
    data = bytearray(zip_bytes(FILES))
    data[data.index(b"PK\x01\x02") + 10] = 9  # deflate64
    data[data.index(b"PK\x03\x04") + 8] = 9
    assert rule_of_refusal(write(tmp_path / "p.zip", bytes(data))) == "archive_unsupported"


@pytest.mark.parametrize("name", [*COMPRESSORS, "p.zip", "p.whl"])
@pytest.mark.parametrize("damage", ["cut", "empty", "garbage"])
def test_damaged_archives_are_refused_before_their_first_entry(tmp_path, tar_bytes, name, damage):
    whole = COMPRESSORS[name](tar_bytes(FILES)) if name in COMPRESSORS else zip_bytes(FILES)
    # A tar ends in kilobytes of zeros, so half of it can be cut off without loss.
    kept = 600 if name == "p.tar" else len(whole) // 2
    data = {"cut": whole[:kept], "empty": b"", "garbage": b"\x01garbage" * 100}[damage]
    assert rule_of_refusal(write(tmp_path / name, data)) == "archive_corrupt"


def test_a_damaged_header_in_the_middle_is_not_the_end(tmp_path, tar_bytes):
    data = bytearray(tar_bytes(FILES))
    data[1024:1030] = b"\xff" * 6  # the second header; its checksum no longer holds
    assert rule_of_refusal(write(tmp_path / "p.tar", bytes(data))) == "archive_corrupt"


def test_content_whose_checksum_fails_is_refused(tmp_path, tar_bytes):
    stored = bytearray(zip_bytes(FILES, compression=zipfile.ZIP_STORED))
    stored[stored.index(b"hello")] ^= 1
    assert rule_of_refusal(write(tmp_path / "p.zip", bytes(stored))) == "archive_corrupt"
    zipped = bytearray(gzip.compress(tar_bytes(FILES)))
    zipped[-8] ^= 1
    assert rule_of_refusal(write(tmp_path / "p.tar.gz", bytes(zipped))) == "archive_corrupt"


def test_batches_hold_every_entry_and_are_cut_by_size(tmp_path, tar_bytes):
    source = write(tmp_path / "p.tar", tar_bytes({f"p/{i}": b"x" * 10 for i in range(5)}))
    batches = list(entry_batches(iterate_entries(source, max_entry_bytes=99), batch_bytes=20))
    assert [batch.num_rows for batch in batches] == [2, 2, 1]
    assert [p for batch in batches for p in batch["path"].to_pylist()] == ["0", "1", "2", "3", "4"]
    assert batches[0]["repository"].to_pylist() == ["r", "r"]
    assert batches[0]["content"].to_pylist() == [b"x" * 10, b"x" * 10]


def test_a_clone_is_not_iterated():
    with pytest.raises(ValueError, match="r"):
        iterate_entries(Source("git", "x", "r", "0" * 40), max_entry_bytes=1)
