"""The proof: what is theirs is found wherever it stands, and what others wrote is not."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from codemill.pipeline.forget.proof import prove
from codemill.pipeline.forget.rewrite import Theirs
from codemill.pipeline.opt_out import parse_line
from codemill.transforms.opt_out import OptOut

BLOB = "0123456789abcdef0123456789abcdef01234567"
LINES = ("github.com/ada/physics", f"swh:1:cnt:{BLOB}", "h/b:src/")
THEIRS = Theirs(np.array([-2, 7]), OptOut(filter(None, map(parse_line, LINES))))


def hits(tmp_path, name, content):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return sum(prove(str(tmp_path), THEIRS, padding=0).hits.values())


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("manifest.json", json.dumps({"inputs": [{"repository": "GitHub.com/ada/physics"}]}), 1),
        ("manifest.json", json.dumps({"sha256": {"text/a.parquet": "0" * 64}}), 0),
        ("run.json", json.dumps({"argv": ["github.com/ada/physics/src/a.py"]}), 1),
        ("report.html", "<td><bdi>h/b/src/a.py</bdi></td>", 1),
        ("report.html", "<td><bdi>h/b/lib/a.py</bdi></td>", 0),
        ("report.html", "<td><bdi>github.com/ada&#x2F;physics/a.py</bdi></td>", 1),
        ("report.html", "<pre>\ngithub.com/ada/physics\n</pre>", 0),
        ("report.html", "<small>Python · 0000000000000007</small>", 1),
        ("report.html", "<small>Python · fffffffffffffffe</small>", 1),
        ("report.html", "<small>Python · 0000000000000008</small>", 0),
        ("README.md", r"| github.com/ada/physics | 3 |", 1),
        ("README.md", r"| h/b/src/a\_b.py | 3 |", 1),
        ("README.md", f"see swh:1:cnt:{BLOB}", 1),
        ("NOTICE", "github.com/ada/physics at 0123456789ab\n  LICENSE\n", 1),
        ("NOTICE", "h/b at 0123456789ab\n  LICENSE\n    github.com/ada/physics\n", 0),
        ("model.bin", "github.com/ada/physics", 0),
    ],
)
def test_pages_cards_and_json_by_their_places(tmp_path, name, content, found):
    assert hits(tmp_path, name, content) == found


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"file_id": [7, 8, None]}, 1),
        ({"kept_file_id": [-2]}, 1),
        ({"repository": ["github.com/ada/physics"], "path": [None]}, 1),
        ({"repository": ["h/b", "h/b"], "path": ["src/a", "lib/a"], "blob_id": ["", ""]}, 1),
        ({"blob_id": [BLOB, "0" * 40]}, 1),
        ({"kept_repository": ["h/b", None], "kept_path": ["src/x", None]}, 1),
        ({"covers": [[{"repository": "a/b"}, {"repository": "github.com/ada/physics"}], []]}, 1),
        ({"file_ids": [[7, 0]], "n_pad": [2], "input_ids": [[5, 5, 0, 9]]}, 2),
        ({"text": ["github.com/ada/physics"]}, 0),
    ],
)
def test_tables_by_their_columns(tmp_path, columns, found):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert sum(prove(str(tmp_path), THEIRS, padding=0).hits.values()) == found


def test_what_cannot_be_read_and_the_tokenizer_are_said_to_be_left_out(tmp_path):
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "README.md").write_text("github.com/ada/physics")
    (tmp_path / "model.bin").write_bytes(b"\0")
    proof = prove(str(tmp_path), THEIRS, padding=0)
    assert (proof.files, proof.not_scanned, dict(proof.hits)) == (0, ["model.bin"], {})
