"""A build folder written by hand: what the stages leave, with a few rows of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from codemill.pipeline.parts import PartFile
from codemill.transforms import schema

HOSTILE = "<script>alert('x')</script>/\u202egnp.exe"
"""A path that is markup and turns the direction of text."""

SCORES = pa.struct([("max_line_chars", pa.float64()), ("alphabetic_share", pa.float64())])
FILES = pa.schema(
    [
        *schema.arrow_schema(schema.FILES_HEAD),
        pa.field("scores", SCORES),
        *schema.arrow_schema(schema.DECISION),
    ]
)
ALL_ROLES = (
    "end_of_text",
    "padding",
    "fim_prefix",
    "fim_middle",
    "fim_suffix",
    "repo_name",
    "file_sep",
    "im_start",
    "im_end",
)
COUNTS: dict[str, dict[str, Any]] = {
    "catalog": {"repositories": 3, "locations": 9, "dropped": {"no_licence": 2}},
    "duplicates": {
        "losses": {
            "language": {"over": 1, "most": [["Go", 40, 30]]},
            "repository": {"over": 3, "most": [["example.org/a/fork", 25, 25]]},
        }
    },
    "pretrain": {"n_document_tokens": 20, "n_kept_tokens": 20, "n_psm": 1, "n_spm": 0},
    "instruct": {"pairs": 1, "left_out": {"short_or_stub_body": 4}},
}


def write(
    root: Path,
    path: str,
    pa_schema: pa.Schema,
    rows: list[dict[str, Any]],
    footer: dict[str, str] | None = None,
) -> None:
    """One part, as a stage writes it; what a row does not name is null."""
    file = PartFile(str(root), path, pa_schema)
    file.write(pa.RecordBatch.from_pylist(rows, schema=pa_schema))
    file.commit(footer)


def location(number: int, path: str) -> dict[str, Any]:
    """Where file `number` is from."""
    return {
        "file_id": number,
        "blob_id": f"{number:040x}",
        "repository": "example.org/a/b",
        "revision": "c" * 40,
        "path": path,
    }


def judged(number: int, path: str, **more: Any) -> dict[str, Any]:
    """A row of `files/`."""
    return {
        **location(number, path),
        "split": "train",
        "size_bytes": 100,
        "language": "Python",
        "redactions": [],
        "taken_out": [],
        "scores": {"max_line_chars": 80.0, "alphabetic_share": 0.6},
        **more,
    }


def long_lines(number: int) -> dict[str, Any]:
    """What `files` says of a file with a line of 5,000 characters."""
    decision = {"stage": "files", "rule": "long_lines", "value": 5000.0, "threshold": 900.0}
    return judged(
        number,
        f"long/{number}.py",
        size_bytes=6000,
        scores={"max_line_chars": 5000.0, "alphabetic_share": 0.5},
        **decision,
    )


def text(number: int, path: str, content: str, language: str = "Python") -> dict[str, Any]:
    """A row of `text/`."""
    size = len(content.encode())
    licence = "MIT" if number % 2 else "Apache-2.0"
    return {
        **location(number, path),
        "language": language,
        "licence": licence,
        "size_bytes": size,
        "learning_value": 0.2 * number,
        "text": content,
    }


def packed(lengths: list[int], file_ids: list[int], n_pad: int = 0) -> dict[str, Any]:
    """A row of `pretrain/` with 16 tokens."""
    return {
        "input_ids": list(range(16)),
        "labels": [-100, *range(1, 16)],
        "position_ids": [p for length in lengths for p in range(length)],
        "seq_lengths": lengths,
        "n_pad": n_pad,
        "file_ids": file_ids,
    }


def write_packed(
    root: Path, shard: str, rows: list[dict[str, Any]], roles: tuple[str, ...]
) -> None:
    """A shard of `pretrain/` with what its footer says."""
    special = {role: number for number, role in enumerate(roles)}
    footer = {"codemill.sequence_length": "16", "codemill.special_tokens": json.dumps(special)}
    name = f"pretrain/{shard}.parquet"
    write(root, name, schema.arrow_schema(schema.PRETRAIN), rows, footer)


def pair(number: int) -> dict[str, Any]:
    """A row of `instruct/`."""
    messages = [
        {"role": "user", "content": "Write <b>add</b>."},
        {"role": "assistant", "content": "def add(a, b):\n    return a + b\n"},
    ]
    return {
        **location(number, "lib/add.py"),
        "messages": messages,
        "input_ids": [1, 2],
        "labels": [-100, 2],
        "kind": "document_to_function",
        "language": "Python",
        "licence": "MIT",
    }


def write_build(
    root: Path,
    *,
    validation: bool = True,
    roles: tuple[str, ...] = ALL_ROLES,
) -> Path:
    """Nine locations, of which four are kept, three of them in `train`.

    Without `validation`, the shards of that split are there and have no rows.
    """
    ledger = schema.arrow_schema(schema.LEDGER)
    no_licence = {"stage": "catalog", "rule": "no_licence"}
    refused = [{**location(n, f"odd/{n}.c"), **no_licence} for n in (11, 12)]
    copy = {**location(13, "copy.py"), "stage": "catalog", "rule": "exact_duplicate"}
    copy |= {"kept_file_id": 1, "kept_repository": "example.org/a/b", "kept_path": "lib/add.py"}
    write(root, "ledger/catalog/00000.parquet", ledger, [*refused, copy])
    write(root, "ledger/catalog/unreadable.parquet", ledger, [])
    write(root, "ledger/files/train-00000-0000.parquet", ledger, [_of_ledger(long_lines(14))])
    near = {**location(15, "near.py"), "stage": "duplicates", "rule": "near_duplicate"}
    near |= {"value": 0.8125, "similarity": 0.8125, "threshold": 0.7}
    near |= {"kept_repository": "example.org/a/b", "kept_path": HOSTILE}
    write(root, "ledger/duplicates/train-00000-0000.parquet", ledger, [near])

    redacted = [{"start": 0, "end": 3, "kind": "email", "replacement": "<EMAIL>"}]
    kept = [
        judged(1, "lib/add.py", redactions=redacted),
        judged(2, HOSTILE),
        judged(3, "main.rs", language="Rust"),
    ]
    write(root, "files/train-00000-0000.parquet", FILES, [*kept, long_lines(14), judged(15, "n")])
    last = [judged(4, "v.py", split="validation")] if validation else []
    write(root, "files/validation-00000-0000.parquet", FILES, last)

    rows = [
        text(1, "lib/add.py", "def add(a, b):\n    return a + b\n"),
        text(2, HOSTILE, "</pre><script>alert(1)</script>\n\u202e"),
        text(3, "main.rs", "fn main() {}\n", "Rust"),
    ]
    texts = schema.arrow_schema(schema.TEXT)
    write(root, "text/train-00000-of-00002.parquet", texts, rows)
    write(root, "text/train-00001-of-00002.parquet", texts, [])
    last = [text(4, "v.py", "x = 1\n")] if validation else []
    write(root, "text/validation-00000-of-00001.parquet", texts, last)

    rows = [packed([10, 6], [1, 2]), packed([4, 12], [3, 0], n_pad=12)]
    write_packed(root, "train-00000-of-00002", rows, roles)
    write_packed(root, "train-00001-of-00002", [], roles)
    last = [packed([6, 10], [4, 0], n_pad=10)] if validation else []
    write_packed(root, "validation-00000-of-00001", last, roles)

    pairs = schema.arrow_schema(schema.INSTRUCT)
    write(root, "instruct/train-00000-of-00002.parquet", pairs, [pair(1)])
    write(root, "instruct/train-00001-of-00002.parquet", pairs, [])
    last = [pair(4)] if validation else []
    write(root, "instruct/validation-00000-of-00001.parquet", pairs, last)
    return root


def _of_ledger(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in row if name in {c.name for c in schema.LEDGER}}
