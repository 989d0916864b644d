import pyarrow as pa
import pytest

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.licences.governing_texts import GoverningTexts
from codemill.transforms.redact import Redactor
from codemill.transforms.schema import LICENCE_FILE, arrow_schema

MINE = "Copyright 2020 Ada <ada.lovelace@analytical-engines.com>\n\nDo as you like.\n"


def row(repository, path, blob_id, text):
    known = {"repository": repository, "revision": "1", "path": path, "blob_id": blob_id}
    return {**known, "licence": "MIT", "text": text}


@pytest.fixture
def files():
    rows = [
        row("a", "LICENSE", "x", MINE),
        row("a", "lib/LICENSE", "y", "Copyright 2021 Bob\nElse.\n"),
        row("b", "LICENSE", "x", None),
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(LICENCE_FILE))


def ask(licences, *rows):
    lines, names, ids = zip(*rows, strict=True)
    kind = pa.list_(pa.string())
    return licences.with_their_lines(pa.array(lines, kind), pa.array(names), pa.array(ids, kind))


def test_a_row_has_its_own_lines_and_those_of_the_files_that_govern_it(files):
    found = ask(GoverningTexts(files, None), (["(c) Cy"], "a", ["y"]), ([], "b", ["x"]))
    assert found.to_pylist() == [
        ["(c) Cy", "Copyright 2021 Bob"],
        ["Copyright 2020 Ada <ada.lovelace@analytical-engines.com>"],
    ]


def test_only_files_that_govern_some_row_are_used(files):
    licences = GoverningTexts(files, None)
    ask(licences, ([], "b", ["x"]), ([], "a", []))
    (used,) = licences.used().to_pylist()
    assert (used["repository"], used["path"], used["blob_id"]) == ("b", "LICENSE", "x")
    assert used["text"] == "Do as you like."


def test_addresses_in_licence_files_are_redacted_as_in_others(files):
    licences = GoverningTexts(files, Redactor(load_patterns()))
    ((said,),) = ask(licences, ([], "a", ["x"])).to_pylist()
    assert said.startswith("Copyright 2020 Ada <")
    assert "lovelace" not in said


def test_no_files_and_no_rows_are_taken():
    licences = GoverningTexts(arrow_schema(LICENCE_FILE).empty_table(), None)
    assert ask(licences, (["x"], "a", [])).to_pylist() == [["x"]]
    assert licences.used().num_rows == 0
