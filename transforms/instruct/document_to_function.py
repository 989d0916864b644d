"""From a documented function: its documentation asks, its code answers.

What: the user gives the first paragraph of the documentation, the parameters and the signature; the
    assistant answers with the definition in full, its indentation taken back to the margin.
Why: functions people documented for each other are the largest source of natural instructions, and
    no model's output is in them. Source: the idea of CodeSearchNet (Husain et al., 2019).
Dropped: documentation that is short, long or not about the function; stubs; bodies of few lines;
    what was already made in the same part.
Kept: the rest. Documentation inside the body (Python) is taken out of the answer, so that it does
    not repeat the question; that makes all languages alike.
Cost: 130 us a function, encoding included (6,061 functions of 2,500 files).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import re2

from codemill.transforms import schema
from codemill.transforms.instruct.chat import PAIRS
from codemill.transforms.instruct.doc_comments import Documentation, parse_documentation
from codemill.transforms.sampling import keyed_uniform

KIND = "document_to_function"

_PHRASINGS = (
    "Write a {language} function.\n\n{doc}\n\nIts signature:\n\n{signature}",
    "Implement this {language} function:\n\n{signature}\n\n{doc}",
    "{doc}\n\nWrite it as a {language} function with this signature:\n\n{signature}",
    "Here is what a {language} function should do.\n\n{doc}\n\nDefine it as\n\n{signature}",
    "I need a function in {language}:\n\n{signature}\n\nWhat it does: {doc}",
    "Complete the {language} function `{name}`.\n\n{doc}\n\nStart from\n\n{signature}",
)

_STUB = re2.compile(
    r"\b(?:TODO|FIXME|XXX|NotImplemented\w*)\b|\b(?:todo|unimplemented)!"
    r"|(?i:not (?:yet )?implemented|your code here|implement me)"
)
_NOT_ABOUT_IT = re2.compile(r"(?i)copyright|licen[sc]e|@?inheritdoc|eslint-|\bTODO\b|\bFIXME\b")


@dataclass(frozen=True)
class PairLimits:
    """What a function must be like."""

    min_doc_chars: int = 20
    max_doc_chars: int = 2000
    min_doc_words: int = 3
    """Of the first paragraph."""
    min_body_lines: int = 3
    """Lines with a letter or digit, signature and documentation apart."""


class Pairs:
    """Makes the pairs of one part, batch by batch; a new one is made for each part.

    `languages` are linguist's names, None for all. Of pairs with the same documentation and code
    the part's first is made, for which 16 bytes a pair are remembered; otherwise a pair depends on
    its file alone. Which wording asks is keyed by (seed, file id, offset).

    Not covered: the lines inside a string over several lines lose their indentation with the rest.
    """

    def __init__(
        self,
        *,
        seed: int,
        languages: Collection[str] | None = None,
        limits: PairLimits | None = None,
    ) -> None:
        self._seed = seed
        self._languages = None if languages is None else frozenset(languages)
        self._limits = limits or PairLimits()
        self._seen: set[bytes] = set()
        self.left_out: Counter[str] = Counter()
        """Functions that gave no pair, by reason."""

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The pairs of `batch`, columns of WORK_CONTENT, as PAIRS: by file, then by function.

        Null texts give none.
        """
        rows: list[int] = []
        messages: list[list[dict[str, str]]] = []
        for row, language in enumerate(batch.column("language").to_pylist()):
            if self._languages is not None and language not in self._languages:
                continue
            functions = batch.column("functions")[row].as_py()
            text = batch.column("text")[row].as_py() if functions else None
            if text is None:
                continue
            file_id = batch.column("file_id")[row].as_py()
            chats = self._chats(text.encode(), functions, language, file_id)
            messages.extend(chats)
            rows.extend([row] * (len(messages) - len(rows)))
        return _batch(batch, rows, messages)

    def _chats(
        self, data: bytes, functions: list[dict[str, Any]], language: str, file_id: int
    ) -> Iterator[list[dict[str, str]]]:
        for function in functions:
            made = _made(data, function, self._limits)
            if isinstance(made, str):
                self.left_out[made] += 1
                continue
            key = hashlib.blake2b(f"{made.doc}\0{made.code}".encode(), digest_size=16).digest()
            if key in self._seen:
                self.left_out["repeated"] += 1
                continue
            self._seen.add(key)
            phrasing = _phrasing(file_id, function["start"], self._seed)
            ask = phrasing.format(
                language=language, doc=made.doc, signature=made.signature, name=function["name"]
            )
            yield [
                {"role": "user", "content": ask},
                {"role": "assistant", "content": made.code},
            ]


@dataclass(frozen=True)
class _Made:
    """The words of a pair."""

    doc: str
    signature: str
    code: str


def _batch(
    batch: pa.RecordBatch, rows: list[int], messages: list[list[dict[str, str]]]
) -> pa.RecordBatch:
    taken = batch.select([c.name for c in PAIRS if c.name in batch.schema.names])
    taken = taken.take(pa.array(rows, pa.int64()))
    made = {
        "messages": pa.array(messages, pa.list_(schema.MESSAGE)),
        "kind": pa.array([KIND] * len(rows), pa.string()),
    }
    columns = [made[c.name] if c.name in made else taken.column(c.name) for c in PAIRS]
    return pa.record_batch(columns, schema=schema.arrow_schema(PAIRS))


def _made(data: bytes, function: dict[str, Any], limits: PairLimits) -> _Made | str:
    """The words of a pair, or why there is none."""
    comment = data[function["doc_start"] : function["doc_end"]].decode()
    documentation = parse_documentation(comment)
    doc = _instruction(documentation)
    if not _is_instructive(documentation, doc, limits):
        return "documentation_says_little"
    definition = _definition(data, function)
    if definition is None:
        return "documentation_on_a_code_line"
    signature, code = definition
    if not _is_complete(signature, code, limits):
        return "short_or_stub_body"
    return _Made(doc, signature, code)


def _instruction(documentation: Documentation) -> str:
    if not documentation.parameters:
        return documentation.summary
    listed = "\n".join(f"- {parameter}" for parameter in documentation.parameters)
    return f"{documentation.summary}\n\nParameters:\n{listed}"


def _is_instructive(documentation: Documentation, doc: str, limits: PairLimits) -> bool:
    words = [word for word in documentation.summary.split() if any(c.isalpha() for c in word)]
    return (
        limits.min_doc_chars <= len(doc) <= limits.max_doc_chars
        and len(words) >= limits.min_doc_words
        and not _NOT_ABOUT_IT.search(doc)
    )


def _is_complete(signature: str, code: str, limits: PairLimits) -> bool:
    lines = [line for line in code.splitlines() if any(c.isalnum() for c in line)]
    body_lines = len(lines) - len(signature.splitlines())
    return body_lines >= limits.min_body_lines and not _STUB.search(code)


def _definition(data: bytes, function: dict[str, Any]) -> tuple[str, str] | None:
    """Signature and code at the margin; None where documentation shares a line with code."""
    start, end = function["start"], function["end"]
    doc_start, doc_end = function["doc_start"], function["doc_end"]
    line_start = data.rfind(b"\n", 0, start) + 1
    margin = data[line_start:start]
    margin = margin[: len(margin) - len(margin.lstrip(b" \t"))]
    code, head_end = data[start:end], function["body_start"]
    if start <= doc_start < end:
        head_end = min(head_end, doc_start)
        without = _without_lines(code, doc_start - start, doc_end - start)
        if without is None:
            return None
        code = without
    signature = _bare_signature(_at_margin(data[start:head_end], margin))
    text = _at_margin(code, margin).strip("\n")
    return (signature, text.rstrip()) if signature else None


def _without_lines(code: bytes, start: int, end: int) -> bytes | None:
    first = code.rfind(b"\n", 0, start) + 1
    last = code.find(b"\n", end)
    last = len(code) if last < 0 else last + 1
    if code[first:start].strip() or code[end:last].strip(b" \t\r\n;"):
        return None
    return code[:first] + code[last:].lstrip(b"\r\n")


def _at_margin(code: bytes, margin: bytes) -> str:
    lines = code.decode().split("\n")
    indent = margin.decode()
    return "\n".join([lines[0], *(line.removeprefix(indent) for line in lines[1:])])


def _bare_signature(head: str) -> str:
    for ending in ("{", ":", "=>", "="):
        head = head.rstrip().removesuffix(ending)
    return head.strip()


def _phrasing(file_id: int, offset: int, seed: int) -> str:
    key, index = np.array([file_id], dtype=np.int64), np.array([offset], dtype=np.int64)
    draw = float(keyed_uniform(key, seed=seed, purpose=KIND, index=index)[0])
    return _PHRASINGS[int(draw * len(_PHRASINGS))]
