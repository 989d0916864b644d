"""From a documented function: its documentation asks, its code answers.

What: the user gives the first paragraph of the documentation, the parameters and the signature; the
    assistant answers with the definition in full, its indentation taken back to the margin.
Why: functions people documented for each other are the largest source of natural instructions, and
    no model's output is in them. Source: the idea of CodeSearchNet (Husain et al., 2019).
Dropped: documentation that is short, long or not about the function; stubs; bodies of few lines;
    what was already made in the same part.
Kept: the rest. Documentation inside the body (Python) is taken out of the answer, so that it does
    not repeat the question; that makes all languages alike.
Cost: slices of the text, about 20 us a function.
"""

from __future__ import annotations

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


def pairs(
    part: pa.RecordBatch,
    *,
    languages: Collection[str],
    seed: int,
    limits: PairLimits | None = None,
) -> pa.RecordBatch:
    """The pairs of a part, a batch of `chat.PAIRS`, in the order of files and functions.

    `part` has the columns of `schema.WORK_CONTENT`; files in other `languages` (linguist's names)
    and null texts give none. Of pairs with the same documentation and code the part's first is
    kept, so hand over a part in one batch. Which wording asks is keyed by (seed, file id, offset).

    Not covered: the lines inside a string over several lines lose their indentation with the rest.
    """
    limits = limits or PairLimits()
    wanted = frozenset(languages)
    columns = {c.name: part.column(c.name) for c in PAIRS if c.name in part.schema.names}
    rows: list[int] = []
    messages: list[list[dict[str, str]]] = []
    seen: set[tuple[str, str]] = set()
    names = part.column("language").to_pylist()
    for row, language in enumerate(names):
        functions = part.column("functions")[row].as_py() if language in wanted else None
        text = part.column("text")[row].as_py() if functions else None
        if not functions or text is None:
            continue
        file_id = part.column("file_id")[row].as_py()
        for function, doc, parts in _accepted(text.encode(), functions, limits):
            if (doc, parts.code) in seen:
                continue
            seen.add((doc, parts.code))
            ask = _phrasing(file_id, function["start"], seed).format(
                language=language, doc=doc, signature=parts.signature, name=function["name"]
            )
            rows.append(row)
            messages.append(
                [{"role": "user", "content": ask}, {"role": "assistant", "content": parts.code}]
            )
    taken = {name: column.take(pa.array(rows, pa.int64())) for name, column in columns.items()}
    made = {
        "messages": pa.array(messages, pa.list_(schema.MESSAGE)),
        "kind": pa.array([KIND] * len(rows), pa.string()),
    }
    return pa.record_batch(
        [(taken | made)[c.name] for c in PAIRS], schema=schema.arrow_schema(PAIRS)
    )


@dataclass(frozen=True)
class _Definition:
    signature: str
    code: str


def _accepted(
    data: bytes, functions: list[dict[str, Any]], limits: PairLimits
) -> Iterator[tuple[dict[str, Any], str, _Definition]]:
    for function in functions:
        comment = data[function["doc_start"] : function["doc_end"]].decode()
        documentation = parse_documentation(comment)
        doc = _instruction(documentation)
        if not _is_instructive(documentation, doc, limits):
            continue
        definition = _definition(data, function)
        if definition is not None and _is_complete(definition, limits):
            yield function, doc, definition


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


def _is_complete(definition: _Definition, limits: PairLimits) -> bool:
    lines = [line for line in definition.code.splitlines() if any(c.isalnum() for c in line)]
    body_lines = len(lines) - len(definition.signature.splitlines())
    return body_lines >= limits.min_body_lines and not _STUB.search(definition.code)


def _definition(data: bytes, function: dict[str, Any]) -> _Definition | None:
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
    return _Definition(signature, text.rstrip()) if signature else None


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
