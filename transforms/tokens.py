"""Text to token ids, and what a stage has to know of a tokenizer.

`TokenizerSpec` travels: it is plain, frozen and picklable. `Encoder` is made from it where the work
is done.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import tiktoken
from tokenizers import Tokenizer

_GPT2_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""What the ByteLevel pretokenizer of tokenizers splits by when it is given no other pattern."""

IGNORED_LABEL = -100
"""The label that cross-entropy in PyTorch and its users leave out."""

ROLES: tuple[str, ...] = (
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
"""What special tokens are for: the end of a document, padding, the three sentinels of
fill-in-the-middle, the heads of a repository and a file, and the two marks of a ChatML turn."""


class UnsupportedTokenizerError(ValueError):
    """tiktoken cannot stand in for this tokenizer; the message says why."""


@dataclass(frozen=True)
class TokenizerSpec:
    """A tokenizer as plain values."""

    tokenizer_json: str
    """The whole `tokenizer.json`."""
    role_ids: tuple[tuple[str, int], ...]
    """(role, token id) for each of `ROLES` that the vocabulary has; `end_of_text` is a must."""

    def __post_init__(self) -> None:
        unknown = sorted({role for role, _ in self.role_ids} - set(ROLES))
        if unknown:
            raise ValueError(f"unknown roles of special tokens: {unknown}")
        if self.role_id("end_of_text") is None:
            raise ValueError("the tokenizer has no end_of_text token")

    def role_id(self, role: str) -> int | None:
        """The id of the token for `role`; None where the vocabulary has none."""
        return dict(self.role_ids).get(role)

    @property
    def end_of_text(self) -> int:
        """The id that ends every document."""
        return dict(self.role_ids)["end_of_text"]

    @property
    def padding(self) -> int:
        """The id rows are filled up with: end_of_text where there is none for padding."""
        return dict(self.role_ids).get("padding", self.end_of_text)

    @property
    def fim_ids(self) -> tuple[int, int, int] | None:
        """The sentinels (prefix, middle, suffix); None switches fill-in-the-middle off."""
        ids = dict(self.role_ids)
        if not {"fim_prefix", "fim_middle", "fim_suffix"} <= ids.keys():
            return None
        return ids["fim_prefix"], ids["fim_middle"], ids["fim_suffix"]

    @property
    def chat_ids(self) -> tuple[int, int] | None:
        """The marks (im_start, im_end) of a ChatML turn; None switches chats off."""
        ids = dict(self.role_ids)
        return (ids["im_start"], ids["im_end"]) if {"im_start", "im_end"} <= ids.keys() else None

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """Those of `ROLES` that the vocabulary lacks."""
        return tuple(role for role in ROLES if self.role_id(role) is None)

    @cached_property
    def digest(self) -> str:
        """sha256 of `tokenizer_json` in UTF-8, 64 hex."""
        return hashlib.sha256(self.tokenizer_json.encode()).hexdigest()


@dataclass(frozen=True)
class Tokens:
    """The tokens of n texts, one after the other."""

    ids: npt.NDArray[np.int32]
    """All token ids."""
    offsets: npt.NDArray[np.int64]
    """Shape (n + 1,): text i has `ids[offsets[i]:offsets[i + 1]]`."""

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of(self, text: int) -> npt.NDArray[np.int32]:
        """A view of the ids of one text."""
        return self.ids[self.offsets[text] : self.offsets[text + 1]]


class Encoder:
    """Encodes text as ordinary text: what looks like a special token in it never becomes one.

    tiktoken encodes where it can be built from the merges and gives the same ids as tokenizers for
    every token of the vocabulary and the texts handed in `check`; else tokenizers does, and
    `fallback_reason` says why. Measured on 13.8 MB of source code, on two busy cores: 10.4 MB/s
    against 0.9-1.0.

    Neither is quadratic in a long run without a break: 1 MB of letters, one letter, blanks or
    punctuation takes 0.1-0.4 s with tiktoken, 0.5-0.6 s with tokenizers. (tiktoken 0.12 is: 2.3 s
    for 100 kB of letters. It has to be 0.13 or later.)
    """

    def __init__(self, spec: TokenizerSpec, check: Sequence[str] = ()) -> None:
        """Raises ValueError where `spec.tokenizer_json` is not a tokenizer's JSON."""
        document = _without_control_tokens(json.loads(spec.tokenizer_json))
        self.spec = spec
        self.fallback_reason: str | None = None
        self._exact = _load(document)
        self._fast: tiktoken.Encoding | None = None
        self._byte_lengths = _byte_lengths(document)
        try:
            self._fast = self._checked(_tiktoken_encoding(document), check)
        except UnsupportedTokenizerError as error:
            self.fallback_reason = str(error)

    @property
    def backend(self) -> str:
        """The library that encodes: `tiktoken` or `tokenizers`."""
        return "tiktoken" if self._fast else "tokenizers"

    @property
    def vocab_size(self) -> int:
        """Tokens in the vocabulary, the special ones among them."""
        return int(self._exact.get_vocab_size())

    def encode(self, texts: pa.Array) -> Tokens:
        """The tokens of a string or large_string array; a null text has none."""
        return self.encode_strings([text or "" for text in texts.to_pylist()])

    def encode_strings(self, texts: Sequence[str]) -> Tokens:
        """The tokens of each string."""
        encoded = self._encode_all(texts)
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum([len(ids) for ids in encoded], out=offsets[1:])
        ids = np.empty(offsets[-1], dtype=np.int32)
        for start, one in zip(offsets[:-1].tolist(), encoded, strict=True):
            ids[start : start + len(one)] = one
        return Tokens(ids, offsets)

    def byte_ends(self, text: str, ids: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """Where each of the tokens `ids` of `text` ends: byte offsets in its UTF-8, ascending."""
        if self._byte_lengths is not None:
            return np.cumsum(self._byte_lengths[ids], dtype=np.int64)
        chars = np.frombuffer(text.encode(), dtype=np.uint8)
        char_starts = np.append(np.flatnonzero((chars & 0xC0) != 0x80), len(chars))
        spans = self._exact.encode(text, add_special_tokens=False).offsets
        ends = char_starts[np.array([end for _, end in spans], dtype=np.int64)]
        return np.maximum.accumulate(ends, dtype=np.int64)

    def _encode_all(self, texts: Sequence[str]) -> list[npt.NDArray[np.uint32] | list[int]]:
        if self._fast is None:
            batch = self._exact.encode_batch_fast(list(texts), add_special_tokens=False)
            return [encoding.ids for encoding in batch]
        return [self._encode_fast(self._fast, text) for text in texts]

    def _encode_fast(
        self, encoding: tiktoken.Encoding, text: str
    ) -> npt.NDArray[np.uint32] | list[int]:
        try:
            return encoding.encode_to_numpy(text, allowed_special=set(), disallowed_special=())
        except ValueError:
            # A pattern with a look-ahead gives up on long runs of blanks; tokenizers does not.
            ids: list[int] = self._exact.encode(text, add_special_tokens=False).ids
            return ids

    def _checked(self, encoding: tiktoken.Encoding, check: Sequence[str]) -> tiktoken.Encoding:
        vocabulary = sorted(self._exact.get_vocab(with_added_tokens=False).values())
        words = [self._exact.decode([i], skip_special_tokens=False) for i in vocabulary]
        texts = [*words, *check]
        exact = self._exact.encode_batch_fast(texts, add_special_tokens=False)
        for text, expected in zip(texts, exact, strict=True):
            if not np.array_equal(self._encode_fast(encoding, text), expected.ids):
                raise UnsupportedTokenizerError(f"tiktoken gives other ids for {text[:40]!r}")
        return encoding


def _without_control_tokens(document: dict[str, Any]) -> dict[str, Any]:
    """The tokenizer with every added token special, so that text cannot spell one.

    Only added tokens of blanks stay ordinary: some vocabularies keep their indentation there.
    """
    added = document.get("added_tokens") or []
    marked = [{**token, "special": bool(token["content"].strip())} for token in added]
    return {**document, "added_tokens": marked, "truncation": None, "padding": None}


def _load(document: dict[str, Any]) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_str(json.dumps(document))
    except Exception as error:  # tokenizers raises bare Exception
        raise ValueError(f"not a tokenizer.json: {error}") from error
    tokenizer.encode_special_tokens = True
    return tokenizer


def _tiktoken_encoding(document: dict[str, Any]) -> tiktoken.Encoding:
    """A tiktoken encoding with the merges of a byte-level BPE `tokenizer.json`.

    tiktoken merges by rank any two neighbours that make a token of the vocabulary. That is the same
    as applying the merges in order when ids rise with the merges and every token but the bytes
    comes from one, which is checked here. The pieces of text must come from one pattern.

    Raises:
        UnsupportedTokenizerError: it is anything else.

    """
    ranks = mergeable_ranks(document)
    special = {t["content"]: int(t["id"]) for t in document["added_tokens"]}
    try:
        return tiktoken.Encoding(
            "codemill",
            pat_str=_pattern(document),
            mergeable_ranks=ranks,
            special_tokens=special,
        )
    except ValueError as error:
        raise UnsupportedTokenizerError(f"tiktoken refuses it: {error}") from error


def _byte_lengths(document: dict[str, Any]) -> npt.NDArray[np.int32] | None:
    """Bytes of text behind each token id, int32; None where tokens are not bytes of the text."""
    if document.get("normalizer") or not _has_byte_level(document.get("pre_tokenizer")):
        return None
    sizes = {int(i): len(token) for token, i in document["model"]["vocab"].items()}
    sizes |= {int(t["id"]): len(t["content"].encode()) for t in document["added_tokens"]}
    table = np.zeros(max(sizes) + 1, dtype=np.int32)
    table[list(sizes)] = list(sizes.values())
    return table


def _byte_alphabet() -> dict[str, int]:
    """Character to byte in byte-level vocabularies: printable Latin-1 as it is, the rest from 256.

    Source: the byte encoder of GPT-2, which tokenizers' ByteLevel takes over.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    shifted = {chr(256 + i): byte for i, byte in enumerate(others)}
    return {chr(byte): byte for byte in printable} | shifted


def mergeable_ranks(document: dict[str, Any]) -> dict[bytes, int]:
    """The ids by bytes of a byte-level BPE `tokenizer.json`, special tokens left out.

    Raises:
        UnsupportedTokenizerError: it is anything else, or its ids do not rise with the merges.

    """
    model = document["model"]
    _require(model.get("type") == "BPE", f"the model is {model.get('type')}, not BPE")
    for setting in ("dropout", "unk_token", "byte_fallback"):
        _require(not model.get(setting), f"the model sets {setting}")
    for setting in ("continuing_subword_prefix", "end_of_word_suffix"):
        _require(not model.get(setting), f"the model sets {setting}")
    _require(not document.get("normalizer"), "it normalises text")
    ordinary = [t["content"] for t in document["added_tokens"] if not t["special"]]
    _require(not ordinary, f"blanks are added tokens: {ordinary[:2]}")
    special = {t["content"] for t in document["added_tokens"]}
    vocabulary = {token: i for token, i in model["vocab"].items() if token not in special}
    _require_merges_in_order(vocabulary, model["merges"])
    alphabet = _byte_alphabet()
    try:
        return {bytes(alphabet[c] for c in token): i for token, i in vocabulary.items()}
    except KeyError as error:
        raise UnsupportedTokenizerError(f"{error} stands for no byte") from error


def _require_merges_in_order(vocabulary: dict[str, int], merges: list[Any]) -> None:
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in merges]
    made = [vocabulary.get("".join(pair), -1) for pair in pairs]
    in_order = all(a < b for a, b in pairwise(made))
    _require(in_order, "ids do not rise with the merges")
    known = set(made) | {vocabulary.get(c, -1) for c in _byte_alphabet()}
    _require(-1 not in known, "a byte or the token of a merge is missing")
    _require(known == set(vocabulary.values()), "there are tokens that no merge makes")


def _pattern(document: dict[str, Any]) -> str:
    steps = _steps(document.get("pre_tokenizer"))
    kinds = [step["type"] for step in steps]
    last = steps[-1] if steps else {}
    _require(kinds in (["ByteLevel"], ["Split", "ByteLevel"]), f"it pretokenizes by {kinds}")
    _require(not last.get("add_prefix_space"), "it puts a blank before the text")
    if kinds == ["ByteLevel"]:
        _require(bool(last.get("use_regex", True)), "it does not split text")
        return _GPT2_PATTERN
    split = steps[0]
    _require(not last.get("use_regex", True), "it splits text twice")
    plain = split["behavior"] == "Isolated" and not split.get("invert")
    _require(plain and "Regex" in split["pattern"], "it splits by other than a plain pattern")
    return str(split["pattern"]["Regex"])


def _steps(pre_tokenizer: dict[str, Any] | None) -> list[dict[str, Any]]:
    if pre_tokenizer is None:
        return []
    if pre_tokenizer["type"] == "Sequence":
        return [step for inner in pre_tokenizer["pretokenizers"] for step in _steps(inner)]
    return [pre_tokenizer]


def _has_byte_level(pre_tokenizer: dict[str, Any] | None) -> bool:
    return any(
        step["type"] == "ByteLevel" and not step.get("add_prefix_space")
        for step in _steps(pre_tokenizer)
    )


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise UnsupportedTokenizerError(reason)
