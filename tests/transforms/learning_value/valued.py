"""Files to be valued, told by what differs from an ordinary one."""

import pyarrow as pa

from codemill.transforms.learning_value import LearningValue
from codemill.transforms.schema import FILES_HEAD, arrow_schema

REFERENCE_SECS = 1_767_225_600
"""2026-01-01T00:00:00Z"""
YEAR_SECS = 31_556_952
SCORES = (
    "num_written_lines",
    "generated_markers",
    "encoded_share",
    "max_line_chars",
    "mean_line_chars",
    "alphabetic_share",
    "digit_share",
    "duplicate_line_share",
)
SCORE_TYPE = pa.struct([pa.field(name, pa.float64()) for name in SCORES])
KINDS = ("vendored", "generated", "lock", "documentation", "test", "fixture", "minified")
USUAL = {
    "language": "Python",
    "parse_error_share": 0.0,
    "comment_share": 0.2,
    "docstring_share": 0.0,
    "documented_share": 0.8,
    "num_lines": 120,
    "repository_signs": None,
    **dict.fromkeys(KINDS, False),
}
USUAL_SCORES = {
    "num_written_lines": 100.0,
    "generated_markers": 0.0,
    "encoded_share": 0.0,
    "max_line_chars": 90.0,
    "mean_line_chars": 30.0,
    "alphabetic_share": 0.6,
    "digit_share": 0.01,
    "duplicate_line_share": 0.1,
}
SIGNS = {
    "num_code_files": 40,
    "num_test_files": 8,
    "readme": True,
    "documentation": True,
    "licence": True,
    "ci": True,
    "manifest": True,
}


def batch_of(*files: dict) -> pa.RecordBatch:
    """Files told by columns, scores and signs that differ from the usual."""
    fields = [f for f in arrow_schema(FILES_HEAD) if f.name != "learning_value"]
    rows = [{**USUAL, **file} for file in files]
    columns = {f.name: pa.array([row.get(f.name) for row in rows], f.type) for f in fields}
    scores = [
        {name: file.get(name, usual) for name, usual in USUAL_SCORES.items()} for file in files
    ]
    columns["scores"] = pa.array(scores, SCORE_TYPE)
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def kernel(weights=None) -> LearningValue:
    return LearningValue(weights or {}, REFERENCE_SECS, pa.array(["Python"]), pa.array(["JSON"]))


def values(*files: dict, weights=None) -> list:
    return kernel(weights)(batch_of(*files)).to_pylist()


def value(weights=None, **file) -> float:
    return values(file, weights=weights)[0]


def components(**file) -> dict[str, float]:
    return {n: float(v[0]) for n, v in kernel().components(batch_of(file)).items()}
