"""Every stage's schema, declared once.

A schema is a list of `Column`s: a name, an Arrow type, and what the column means, with its unit
and what null stands for. `CORPUS_VERSION` changes whenever the rows of any output would.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

CORPUS_VERSION = "4"
"""Written into every shard's footer and part of every fingerprint."""


@dataclass(frozen=True)
class Column:
    """One column of an output table."""

    name: str
    type: pa.DataType
    doc: str


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema of `columns`, in their order."""
    return pa.schema([pa.field(c.name, c.type) for c in columns])


FUNCTION = pa.struct(
    [
        pa.field("name", pa.string()),
        pa.field("start", pa.int64()),
        pa.field("end", pa.int64()),
        pa.field("body_start", pa.int64()),
        pa.field("doc_start", pa.int64()),
        pa.field("doc_end", pa.int64()),
    ]
)
"""A documented function: byte offsets into the UTF-8 of the cleaned text, end exclusive.

`start`..`end` is the definition without its documentation comment where that stands before it;
`body_start` is where the body begins; `doc_start`..`doc_end` is the documentation as written,
delimiters included, before the definition or inside it.
"""

REDACTION = pa.struct(
    [
        pa.field("start", pa.int64()),
        pa.field("end", pa.int64()),
        pa.field("kind", pa.string()),
        pa.field("replacement", pa.string()),
    ]
)
"""One replaced span: byte offsets into the UTF-8 of the decoded text before redaction."""

REPOSITORY_SIGNS = pa.struct(
    [
        pa.field("num_code_files", pa.int64()),
        pa.field("num_test_files", pa.int64()),
        pa.field("readme", pa.bool_()),
        pa.field("documentation", pa.bool_()),
        pa.field("licence", pa.bool_()),
        pa.field("ci", pa.bool_()),
        pa.field("manifest", pa.bool_()),
    ]
)
"""What a repository's paths tell: files of its own code, tests among them, and whether it has a
README, a folder of documentation, a licence file, continuous integration, a package's manifest."""

CONTAMINATION = pa.struct(
    [
        pa.field("benchmark", pa.string()),
        pa.field("item", pa.string()),
        pa.field("field", pa.string()),
        pa.field("by", pa.string()),
        pa.field("overlap", pa.float64()),
        pa.field("start", pa.int64()),
        pa.field("end", pa.int64()),
        pa.field("removed", pa.bool_()),
    ]
)
"""A part of a benchmark's item: which field of it (`prompt`, `solution`, `test`), the kind of
evidence, how much of the field, 4 digits, a byte span, and whether the functions it lay in were
taken out. The span is of the cleaned text, of what was removed of that before."""

SPAN = pa.struct([pa.field("start", pa.int64()), pa.field("end", pa.int64())])
"""Byte offsets, end exclusive."""

MESSAGE = pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())])
"""One turn of a chat: role is `system`, `user` or `assistant`."""

LOCATION: tuple[Column, ...] = (
    Column(
        "file_id",
        pa.int64(),
        "64-bit hash of (repository, revision, path, blob id), two's complement; shown as 16 hex",
    ),
    Column("blob_id", pa.string(), "git blob hash, 40 hex; with swh:1:cnt: before it the SWHID"),
    Column("repository", pa.string(), "host/owner/name, or the name its source gives"),
    Column("revision", pa.string(), "commit, 40 hex, or an archive's sha256, 64 hex"),
    Column("path", pa.string(), "path inside the repository, / between folders"),
)
"""Where a file comes from. No column is ever null in a file's row."""

PATH_KIND: tuple[Column, ...] = (
    Column("vendored", pa.bool_(), "the path says it is a copy of somebody else's code"),
    Column("generated", pa.bool_(), "the path says it was written by a program"),
    Column("lock", pa.bool_(), "a package manager's lock file"),
    Column("documentation", pa.bool_(), "the path says it is documentation"),
    Column("test", pa.bool_(), "the path says it is a test or a fixture of one"),
    Column("fixture", pa.bool_(), "the path says it is the data of a test; `test` holds too"),
    Column("minified", pa.bool_(), "the name says it is minified (.min.js)"),
)
"""What the path alone says of a file (`transforms.paths`)."""

STANDING: tuple[Column, ...] = (
    Column("stars", pa.int64(), "from the manifest; null where it says nothing"),
    Column("forks", pa.int64(), "from the manifest; null where it says nothing"),
    Column("fork", pa.bool_(), "the manifest says the repository is a fork; null where unknown"),
    Column(
        "committed_at",
        pa.int64(),
        "when its revision was made, seconds since 1970 UTC, 0 to the end of year 9999: from the "
        "manifest, else a clone's commit (committer's time); null for an archive",
    ),
    Column(
        "project_prefix",
        pa.int32(),
        "leading folders of the path that at least half of its repository's regular files share; "
        "null for a repository that could not be read",
    ),
)
"""How a file stands among copies of it, beside licence and path (`dedup.ranking`)."""

SIGNS = Column(
    "repository_signs",
    REPOSITORY_SIGNS,
    "what the repository's paths tell of it (docs/learning_value.md); null where not all of them "
    "are known, as for rows of Parquet",
)

LEARNING_VALUE = Column(
    "learning_value",
    pa.float64(),
    "how much is to be learned from it, 0 to 1, 4 digits: docs/learning_value.md",
)

LICENCE: tuple[Column, ...] = (
    Column("licence", pa.string(), "SPDX expression; null where none was found"),
    Column(
        "licence_by",
        pa.string(),
        "evidence, as `folder:src/LICENSE` or `header:tag`; where several statements hold, each "
        "with what it states; null where none was found",
    ),
)

LANGUAGE_BY: dict[str, str] = {
    "filename": "the whole file name is that language's alone",
    "extension": "the extension is",
    "shebang": "the program that the `#!` line names, or hands the file to",
    "modeline": "a Vim or Emacs modeline",
    "heuristic": "several share the name, and the language's own rule holds",
    "parse": "several share the name, and their parses tell",
    "relative": "the name's language does not parse, a relative of it does without error",
    "content": "the name says nothing, the file begins as only this language does",
    "none": "nothing tells: the language is `unknown`",
}
"""The values of `language_by`: the evidence for a file's language."""

DECISION: tuple[Column, ...] = (
    Column("stage", pa.string(), "stage that drops the file; null while it is kept"),
    Column("rule", pa.string(), "rule of that stage; completes `dropped because of ...`"),
    Column("value", pa.float64(), "what the rule measured; null where it has no number"),
    Column("threshold", pa.float64(), "what it was held against; null where it has no number"),
    Column("detail", pa.string(), "the evidence in words; null where there is none"),
)

LICENCE_TEXTS = Column(
    "licence_texts",
    pa.list_(pa.string()),
    "git blob ids of the licence and notice files that govern it; empty where a header, a tag or "
    "metadata alone states the licence",
)

CATALOG: tuple[Column, ...] = (
    *LOCATION,
    Column("split", pa.string(), "`train` or `validation`; the repository's"),
    Column("size_bytes", pa.int64(), "size of the blob"),
    *STANDING,
    SIGNS,
    *PATH_KIND,
    Column("language_named", pa.bool_(), "the name gives a language that is wanted"),
    *LICENCE,
    LICENCE_TEXTS,
    *DECISION,
    Column(
        "kept_file_id", pa.int64(), "the copy kept in this one's stead; null unless a duplicate"
    ),
    Column("kept_repository", pa.string(), "its repository"),
    Column("kept_path", pa.string(), "its path"),
)
"""Every location found, kept or not. Under work/."""

CONTENT: tuple[Column, ...] = (Column("content", pa.large_binary(), "the blob as it was stored"),)

FILES_HEAD: tuple[Column, ...] = (
    *LOCATION,
    Column("split", pa.string(), "`train` or `validation`; the repository's"),
    Column("size_bytes", pa.int64(), "size of the blob"),
    *STANDING,
    SIGNS,
    *PATH_KIND,
    *LICENCE,
    Column("encoding", pa.string(), "the encoding it was decoded from; null where it is binary"),
    Column("num_lines", pa.int64(), "lines of the text; null where it is binary"),
    Column("language", pa.string(), "github-linguist's name, or `unknown`; null where binary"),
    Column("language_by", pa.string(), ", ".join(LANGUAGE_BY)),
    Column(
        "parse_error_share",
        pa.float64(),
        "bytes of tokens that the parser could not place, 4 digits; null unparsed",
    ),
    Column("comment_share", pa.float64(), "bytes of comments, 4 digits; null unparsed"),
    Column(
        "docstring_share",
        pa.float64(),
        "bytes of functions' documentation that is no comment, 4 digits; null unparsed",
    ),
    Column(
        "documented_share",
        pa.float64(),
        "functions with a documentation comment of those with a body, 4 digits; null unparsed, "
        "without functions, and where the language's documentation is not known",
    ),
    Column(
        "unparsed",
        pa.string(),
        "the bound that kept it from being parsed; null where parsed, and without a grammar",
    ),
    Column(
        "redactions",
        pa.list_(REDACTION),
        "what was replaced, by byte offsets into the decoded text: UTF-8 without a byte order "
        "mark, line ends \\n; empty where nothing was",
    ),
    Column(LEARNING_VALUE.name, LEARNING_VALUE.type, f"{LEARNING_VALUE.doc}; null where binary"),
    Column(
        "contamination",
        pa.list_(CONTAMINATION),
        "items of benchmarks found in the cleaned text; empty where none was",
    ),
    Column(
        "taken_out",
        pa.list_(SPAN),
        "functions with such items that were taken out, in the text before; empty where none was",
    ),
)
"""`files/`: one row per file judged. The struct `scores` and the decision columns follow."""

TEXT: tuple[Column, ...] = (
    *LOCATION,
    Column("language", pa.string(), "github-linguist's name"),
    Column("licence", pa.string(), "SPDX expression; null only where the policy admits that"),
    Column("size_bytes", pa.int64(), "bytes of `text` in UTF-8"),
    LEARNING_VALUE,
    Column("text", pa.large_string(), "cleaned text: UTF-8, secrets redacted, line ends \\n"),
)
"""`text/`: the kept files, ordered as their part is."""

WORK_CONTENT: tuple[Column, ...] = (
    *TEXT,
    Column("functions", pa.list_(FUNCTION), "documented functions found by the parse; never null"),
    LICENCE_TEXTS,
)
"""What `files` hands on under work/: the kept files' text with what the parse found in it."""

LICENCE_FILE: tuple[Column, ...] = (
    Column("repository", pa.string(), "its repository"),
    Column("revision", pa.string(), "its commit or archive digest"),
    Column("path", pa.string(), "its path"),
    Column("blob_id", pa.string(), "its git blob hash"),
    Column("licence", pa.string(), "SPDX expression of what it states; null for a notice"),
    Column("text", pa.large_string(), "its text; null where an earlier row of the part has it"),
)
"""A licence or notice file that governs admitted files. Under work/."""

SIGNATURES_HEAD: tuple[Column, ...] = (
    Column("file_id", pa.int64(), "the file"),
    Column("row", pa.int32(), "its row in the part's work content"),
    Column("rank", pa.uint64(), "keep order: the smaller is kept; file_id breaks ties"),
    Column("num_shingles", pa.int32(), "distinct shingles; 0 where it has too few tokens"),
    Column(
        "text_hash",
        pa.binary(16),
        "half the SHA-256 of the text but for space at line ends; null where it takes no part",
    ),
    Column(
        "set_hash",
        pa.binary(16),
        "half the SHA-256 of its shingles; null where there are none or it takes no part",
    ),
)
"""`signatures/`: `signature`, a fixed-size list of uint32 permutation minima, follows."""

LEDGER: tuple[Column, ...] = (
    Column("file_id", pa.int64(), "null for a repository that could not be read"),
    Column("blob_id", pa.string(), "null likewise"),
    Column("repository", pa.string(), "never null"),
    Column("revision", pa.string(), "null where it could not be learned"),
    Column("path", pa.string(), "null for a whole repository"),
    Column("stage", pa.string(), "stage that drops it"),
    Column("rule", pa.string(), "rule of that stage; completes `dropped because of ...`"),
    Column("value", pa.float64(), "what the rule measured; null where it has no number"),
    Column("threshold", pa.float64(), "what it was held against; null where it has no number"),
    Column(
        "kept_file_id",
        pa.int64(),
        "the file kept in its stead; null unless a duplicate, and where that was forgotten",
    ),
    Column("kept_repository", pa.string(), "its repository"),
    Column("kept_path", pa.string(), "its path"),
    Column(
        "similarity", pa.float64(), "exact Jaccard with it, 4 digits; null unless near-duplicate"
    ),
    Column("detail", pa.string(), "the evidence in words; null where there is none"),
)
"""`ledger/`: one row per location that did not make it."""

PRETRAIN: tuple[Column, ...] = (
    Column("input_ids", pa.list_(pa.int32()), "exactly N tokens"),
    Column(
        "labels", pa.list_(pa.int32()), "same index; -100 at a document's first token and padding"
    ),
    Column("position_ids", pa.list_(pa.int32()), "restart at 0 per document"),
    Column("seq_lengths", pa.list_(pa.int32()), "lengths of the segments; they sum to N"),
    Column("n_pad", pa.int32(), "tokens of padding, the last segment where above 0"),
    Column("file_ids", pa.list_(pa.int64()), "aligned with seq_lengths; 0 for padding"),
)
"""`pretrain/`: packed rows of exactly N tokens, no nulls."""

INSTRUCT: tuple[Column, ...] = (
    Column("messages", pa.list_(MESSAGE), "the pair as a chat"),
    Column("input_ids", pa.list_(pa.int32()), "the chat encoded by the template"),
    Column("labels", pa.list_(pa.int32()), "-100 on the prompt, else input_ids"),
    Column("kind", pa.string(), "how the pair was made, as `document_to_function`"),
    Column("language", pa.string(), "github-linguist's name"),
    Column("licence", pa.string(), "SPDX expression of the file"),
    *LOCATION,
)
"""`instruct/`: instruction pairs."""

ATTRIBUTION: tuple[Column, ...] = (
    Column("shard", pa.string(), "the shard that holds it, as `train-00000-of-00042`"),
    Column("file_id", pa.int64(), "the file"),
    Column("repository", pa.string(), "its repository"),
    Column("revision", pa.string(), "its commit or archive digest"),
    Column("path", pa.string(), "its path"),
    Column("licence", pa.string(), "SPDX expression"),
    Column(
        "copyright",
        pa.list_(pa.string()),
        "copyright lines of its head and of the licence files that govern it; empty where none",
    ),
    LICENCE_TEXTS,
)
"""`attribution/`: what the licences ask to be kept, per shard."""

COVER = pa.struct(
    [
        pa.field("repository", pa.string()),
        pa.field("revision", pa.string()),
        pa.field("path", pa.string()),
        pa.field("blob_id", pa.string()),
        pa.field("copyright", pa.list_(pa.string())),
    ]
)
"""A licence file with a certain text, and its copyright lines."""

LICENCE_TEXT: tuple[Column, ...] = (
    Column(
        "text_id",
        pa.string(),
        "sha256, 64 hex, of its lower-case words without copyright lines: the same for copies "
        "that differ in layout and owner",
    ),
    Column("licence", pa.string(), "SPDX expression of what it states; null for a notice"),
    Column(
        "text", pa.large_string(), "the text without its copyright lines, redacted as files are"
    ),
    Column("covers", pa.list_(COVER), "the files that hold it, by repository and path"),
)
"""`attribution/texts/`: every licence and notice text once, ordered by `text_id`."""
