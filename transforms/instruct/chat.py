r"""Chats to tokens by the ChatML template.

<|im_start|>role\ncontent<|im_end|>\n        for each turn
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from codemill.transforms import schema
from codemill.transforms.tokens import IGNORED_LABEL, Encoder, Tokens

PAIRS: tuple[schema.Column, ...] = tuple(
    column for column in schema.INSTRUCT if column.name not in ("input_ids", "labels")
)
"""Pairs before they are tokens: `schema.INSTRUCT` without `input_ids` and `labels`."""


@dataclass(frozen=True)
class EncodedChats:
    """The chats that were short enough, in their order."""

    input_ids: pa.ListArray
    """list<int32>."""
    labels: pa.ListArray
    """list<int32>, -100 on all but what the assistant says and the `<|im_end|>` after it."""
    kept: pa.BooleanArray
    """For every chat handed in, whether it is among them."""


def encode_chat(messages: pa.ListArray, encoder: Encoder, *, max_tokens: int) -> EncodedChats:
    """Encodes chats, each a list of `schema.MESSAGE`; those over `max_tokens` are left out.

    The ids are those of the tokenizer's own ChatML template, with two differences meant: a content
    that spells a special token is ordinary text, and where an assistant's content begins with line
    ends they are not merged with the one before it, as they are not when a model is prompted.

    Raises:
        ValueError: the tokenizer has no `im_start` and `im_end`.

    """
    marks = encoder.spec.chat_ids
    if marks is None:
        raise ValueError("the tokenizer has no tokens for chats: im_start and im_end")
    chats = messages.to_pylist()
    turns = [message for chat in chats for message in chat]
    encoded = encoder.encode_strings([part for turn in turns for part in _parts(turn)])
    newline = encoder.encode_strings(["\n"]).ids
    ids: list[npt.NDArray[np.int32]] = []
    labels: list[npt.NDArray[np.int32]] = []
    kept: list[bool] = []
    first = 0
    for chat in chats:
        chat_ids, is_trained = _join(encoded, first, len(chat), marks, newline)
        first += len(chat)
        kept.append(len(chat_ids) <= max_tokens)
        if kept[-1]:
            ids.append(chat_ids)
            labels.append(np.where(is_trained, chat_ids, np.int32(IGNORED_LABEL)))
    return EncodedChats(_lists(ids), _lists(labels), pa.array(kept, pa.bool_()))


def encode_pairs(
    pairs: pa.RecordBatch, encoder: Encoder, *, max_tokens: int
) -> tuple[pa.RecordBatch, int]:
    """A batch of PAIRS to one of `schema.INSTRUCT`, and the number over `max_tokens`, left out."""
    chats = encode_chat(pairs.column("messages"), encoder, max_tokens=max_tokens)
    rows = pairs.filter(chats.kept)
    tokens = {"input_ids": chats.input_ids, "labels": chats.labels}
    columns = [tokens[c.name] if c.name in tokens else rows.column(c.name) for c in schema.INSTRUCT]
    batch = pa.record_batch(columns, schema=schema.arrow_schema(schema.INSTRUCT))
    return batch, pairs.num_rows - rows.num_rows


def _parts(turn: dict[str, str]) -> tuple[str, str]:
    """What of a turn is prompt, and what is trained: encoded each for itself."""
    head = turn["role"] + "\n"
    return (head, turn["content"]) if turn["role"] == "assistant" else (head + turn["content"], "")


def _join(
    encoded: Tokens,
    first: int,
    n_turns: int,
    marks: tuple[int, int],
    newline: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    start, end = (np.array([mark], dtype=np.int32) for mark in marks)
    ids: list[npt.NDArray[np.int32]] = []
    trained: list[npt.NDArray[np.bool_]] = []
    for turn in range(first, first + n_turns):
        prompt, answer = encoded.of(2 * turn), encoded.of(2 * turn + 1)
        pieces = (start, prompt, answer, end, newline)
        is_answer = len(answer) > 0
        ids += pieces
        trained += [
            np.full(len(piece), is_answer and i in (2, 3)) for i, piece in enumerate(pieces)
        ]
    if not ids:
        return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.bool_)
    return np.concatenate(ids), np.concatenate(trained)


def _lists(values: list[npt.NDArray[np.int32]]) -> pa.ListArray:
    offsets = np.cumsum([0, *(len(v) for v in values)], dtype=np.int32)
    flat = np.concatenate(values) if values else np.zeros(0, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, pa.int32()))
