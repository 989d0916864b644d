import pyarrow as pa
import pytest

from codemill.tokenizer_training.train import spec_of, train
from codemill.transforms.instruct import InstructPairs, kinds
from codemill.transforms.instruct.document_to_function import Pairs
from codemill.transforms.schema import INSTRUCT, WORK_CONTENT, arrow_schema
from codemill.transforms.tokens import Encoder

ENCODER = Encoder(spec_of(train([], vocab_size=265)))
DOC = b"// Sum adds up all of the numbers."
GO = (
    DOC.decode()
    + """
func Sum(numbers []int) int {
	total := 0
	for _, number := range numbers {
		total += number
	}
	return total
}
"""
)


def part(n):
    start = GO.index("func")
    function = {
        "name": "Sum",
        "start": start,
        "end": len(GO.rstrip()),
        "body_start": GO.index("{"),
        "doc_start": 0,
        "doc_end": len(DOC),
    }
    row = {
        "blob_id": "b",
        "repository": "r",
        "revision": "c",
        "path": "p",
        "language": "Go",
        "licence": None,
        "size_bytes": len(GO),
        "text": GO,
        "functions": [function],
    }
    rows = [{**row, "file_id": i} for i in range(n)]
    return pa.RecordBatch.from_pylist(rows, schema=arrow_schema(WORK_CONTENT))


def test_every_kind_is_discovered():
    assert kinds() == {"document_to_function": Pairs}


def test_pairs_come_encoded_in_the_instruct_schema():
    rows = InstructPairs(ENCODER, 1000, seed=0)(part(1))
    assert rows.schema == arrow_schema(INSTRUCT)
    (row,) = rows.to_pylist()
    assert (row["kind"], row["file_id"]) == ("document_to_function", 0)
    assert len(row["input_ids"]) == len(row["labels"]) > row["labels"].count(-100) > 0


def test_an_empty_part_gives_an_empty_batch():
    rows = InstructPairs(ENCODER, 1000, seed=0)(part(0))
    assert (rows.num_rows, rows.schema) == (0, arrow_schema(INSTRUCT))


def test_what_is_left_out_is_counted_over_batches():
    pairs = InstructPairs(ENCODER, 1000, seed=0)
    pairs(part(2))
    pairs(part(1))
    assert pairs.counts == {"repeated": 2}


def test_pairs_over_the_limit_are_counted():
    pairs = InstructPairs(ENCODER, 10, seed=0)
    assert pairs(part(1)).num_rows == 0
    assert pairs.counts == {"over_max_tokens": 1}


def test_other_languages_are_not_asked_about():
    assert InstructPairs(ENCODER, 1000, seed=0, languages=["Python"])(part(1)).num_rows == 0


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="unknown kinds of pairs"):
        InstructPairs(ENCODER, 1000, seed=0, wanted=["riddles"])
