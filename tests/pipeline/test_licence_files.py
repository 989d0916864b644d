import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.licence_files import (
    SCHEMA,
    LicenceFileWriter,
    governing_ids,
    readable,
)
from codemill.pipeline.parts import PartFile
from codemill.pipeline.sources.entries import blob_id_of
from codemill.transforms.licences.merge import Governing

LICENCE, OTHER = b"Be kind\n", b"Be careful\n"


def test_rows_get_the_blob_ids_of_the_files_that_govern_them():
    found = [Governing("MIT", "x", ("LICENSE", "a/LICENSE", "NOTICE")), Governing("ISC", "tag")]
    contents = {"LICENSE": LICENCE, "a/LICENSE": LICENCE, "NOTICE": OTHER}
    ids = governing_ids(found, pa.array([1, 0, 1]), contents)
    both = sorted([blob_id_of(LICENCE), blob_id_of(OTHER)])
    assert ids.to_pylist() == [[], both, []]


def test_only_wanted_files_are_kept_and_equal_texts_once_a_part(tmp_path):
    file = PartFile(str(tmp_path), "x.parquet", SCHEMA)
    writer = LicenceFileWriter(file)
    wanted = {blob_id_of(LICENCE)}
    contents = {"b/LICENSE": LICENCE, "LICENSE": LICENCE, "NOTICE": OTHER}
    writer.write("one", "1", contents, {"LICENSE": "MIT"}, wanted)
    writer.write("two", "2", {"LICENSE": LICENCE}, {}, wanted)
    file.commit()
    rows = parts.read_table(str(tmp_path), "x.parquet").to_pylist()
    told = [(r["repository"], r["path"], r["licence"], r["text"]) for r in rows]
    assert told == [
        ("one", "LICENSE", "MIT", "Be kind\n"),
        ("one", "b/LICENSE", None, None),
        ("two", "LICENSE", None, None),
    ]


def test_old_encodings_and_line_ends_are_read():
    assert readable("© Ada\r\nx\ry\0".encode("latin-1")) == "© Ada\nx\ny"
    assert readable(b"\xef\xbb\xbf\xc2\xa9") == "©"
