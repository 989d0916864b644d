"""Files taken out of rows: the tokens of others stay as they were, in rows of N."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from codemill.transforms.forget import (
    TWIN_FORGOTTEN,
    forget_files,
    forget_ledger,
    forget_packed,
    forget_signatures,
    padding_of_others,
)
from codemill.transforms.schema import LEDGER, PRETRAIN, SIGNATURES_HEAD, arrow_schema

PAD = 99
N = 8


def packed(*rows):
    """Rows of segments (file id, tokens); what is free is padding."""
    made = []
    for row in rows:
        lengths = [len(tokens) for _, tokens in row]
        free = N - sum(lengths)
        padding = [free] if free else []
        made.append(
            {
                "input_ids": [t for _, tokens in row for t in tokens] + [PAD] * free,
                "labels": [t for _, tokens in row for t in [-100, *tokens[1:]]] + [-100] * free,
                "position_ids": [p for n in lengths + padding for p in range(n)],
                "seq_lengths": lengths + padding,
                "n_pad": free,
                "file_ids": [file_id for file_id, _ in row] + [0] * len(padding),
            }
        )
    return pa.RecordBatch.from_pylist(made, schema=arrow_schema(PRETRAIN))


ROWS = (
    [(1, [10, 11, 12]), (2, [20, 21]), (1, [13, 14, 15])],
    [(2, [22, 23, 24, 25, 26, 27, 28, 29])],
    [(3, [30, 31]), (-4, [40, 41, 42])],
    [(-4, [43]), (2, [2])],
)


@pytest.mark.parametrize(
    ("forgotten", "expected"),
    [
        ([], ROWS),
        ([7], ROWS),
        (
            [2],
            (
                [(1, [10, 11, 12]), (1, [13, 14, 15])],
                [(3, [30, 31]), (-4, [40, 41, 42])],
                [(-4, [43])],
            ),
        ),
        ([1], ([(2, [20, 21])], *ROWS[1:])),
        ([-4, 3], (ROWS[0], ROWS[1], [(2, [2])])),
        ([-4, 1, 2, 3], ()),
    ],
)
def test_what_is_left_moves_together_and_padding_is_one_segment_at_the_end(forgotten, expected):
    left = forget_packed(packed(*ROWS), np.array(forgotten, np.int64), PAD)
    assert left.to_pylist() == packed(*expected).to_pylist()
    left.validate(full=True)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_packed_rows_do_not_depend_on_how_they_were_batched(size):
    rows, forgotten = packed(*ROWS), np.array([2])
    slices = [forget_packed(rows.slice(i, size), forgotten, PAD) for i in range(0, 4, size)]
    whole = forget_packed(rows, forgotten, PAD)
    assert [r for s in slices for r in s.to_pylist()] == whole.to_pylist()
    assert forget_packed(rows.slice(0, 0), forgotten, PAD).num_rows == 0


def test_tokens_left_under_padding_are_found():
    rows = packed(*ROWS)
    assert padding_of_others(rows, PAD) == 0
    assert padding_of_others(rows, PAD + 1) == 3 + 6


def test_signatures_are_numbered_anew():
    schema = arrow_schema(SIGNATURES_HEAD)
    rows = pa.RecordBatch.from_pylist([{"file_id": i, "row": 10 + i} for i in range(4)], schema)
    left = forget_signatures(rows, np.array([1]), 10)
    assert [(r["file_id"], r["row"]) for r in left.to_pylist()] == [(0, 10), (2, 11), (3, 12)]


def test_files_go_by_their_id_and_rows_without_one_stay():
    rows = pa.record_batch({"file_id": pa.array([5, None, -6, 5], pa.int64())})
    assert forget_files(rows, np.array([5, 7])).column(0).to_pylist() == [None, -6]


def test_a_ledger_row_that_names_a_forgotten_twin_says_so_and_no_more():
    twin = {"kept_file_id": 1, "kept_repository": "r", "kept_path": "p", "similarity": 0.9}
    rows = [
        {"file_id": 2, "rule": "near_duplicate", **twin},
        {"file_id": 3, "rule": "near_duplicate", **twin, "detail": "seen"},
        {"file_id": 4, "rule": "near_duplicate", **twin},
        {"file_id": 1, "rule": "empty"},
    ]
    batch = pa.RecordBatch.from_pylist(rows, schema=arrow_schema(LEDGER))
    left = forget_ledger(
        batch, pa.array([False, False, False, True]), pa.array([True, True, False, False])
    ).to_pylist()
    shown = [(r["file_id"], r["kept_file_id"], r["kept_path"], r["detail"]) for r in left]
    assert shown == [
        (2, None, None, TWIN_FORGOTTEN),
        (3, None, None, f"seen; {TWIN_FORGOTTEN}"),
        (4, 1, "p", None),
    ]
    assert left[0]["kept_repository"] is None
    assert left[0]["similarity"] == 0.9
