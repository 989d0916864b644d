"""Rules as arrays: compiled once, kept in one record batch, mapped into every worker's memory.

words        the vocabulary, sorted; a word's id is its place, from 1; 0 is a word no rule has
tokens       all rules' words, as ids, one rule after the other; `starts` says where each begins
keys         every distinct trigram of the tokens, sorted; its places in `tokens` are
             `places[key_starts[i]:key_starts[i + 1]]`
anchor_*     for each rule its rarest trigram, by which whole copies are found: sorted by key
short_*      rules of one and two words, likewise
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from codemill.transforms.licences.rules import NOTICE, TEXT, Rule
from codemill.transforms.licences.words import plain_words

FORMAT = "4"
"""Changes whenever the arrays would, for the same rules."""

MIN_LICENCES = 15
"""Licences whose texts have a word before it counts as one of the law's: of 27,000 words 4,000."""
_PLAIN = frozenset([
    "the", "and", "for", "this", "that", "are", "with", "its", "any", "all", "not", "from", "you",
    "your", "our", "they", "their", "can", "may", "will", "shall", "must", "should", "would",
    "could", "have", "has", "had", "does", "then", "than", "but", "which", "who", "where", "when",
    "what", "how", "other", "such", "these", "those", "there", "here", "under", "above", "below",
    "into", "out", "over", "more", "some", "each", "every", "both", "either", "only", "also", "use",
    "used", "using", "user", "file", "files", "code", "source", "program", "software", "version",
    "see", "com", "org", "www", "http", "https", "html", "txt", "one", "two", "three", "new",
    "first", "following", "name", "names", "date", "line", "number", "information", "data", "web",
    "page", "mail", "email", "list", "text", "please", "contact", "part", "make", "made", "package",
    "project", "library", "gnu",
])  # fmt: skip
"""Words of any text about software."""

MAX_RULES = 1 << 16
MAX_WORDS = 1 << 16

COMMON = 1_000
"""A trigram in more places of the rules than this tells nothing of which one a text is."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_BASE = np.uint64(0xD6E8FEB86659FD93)
_PHRASE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class RuleTable:
    """The arrays of compiled rules; R rules, V words, T tokens, K trigrams."""

    words: pa.Array
    """string (V - 1): the vocabulary without the unknown word."""
    strong: NDArray[np.uint8]
    """(V,) 1 for the words of licences, 0 for those of any text and for the unknown word."""
    tokens: NDArray[np.uint16]
    """(T,)"""
    starts: NDArray[np.int32]
    """(R + 1,)"""
    rule_of: NDArray[np.uint16]
    """(T,) rule each token belongs to."""
    expression: pa.Array
    """string (R,)"""
    flags: NDArray[np.uint8]
    """(R,)"""
    min_coverage: NDArray[np.uint8]
    """(R,) percent."""
    relevance: NDArray[np.uint8]
    """(R,) percent."""
    hashes: NDArray[np.uint64]
    """(R,) `text_hashes` of each rule, as if it stood at place 0."""
    num_telling: NDArray[np.int32]
    """(R,) trigrams of each rule that are not `COMMON`."""
    phrase_rule: NDArray[np.uint16]
    """(P,) rule of each required phrase, sorted."""
    phrase_start: NDArray[np.int32]
    """(P,) its first word in the rule."""
    phrase_end: NDArray[np.int32]
    """(P,) one past its last."""
    keys: NDArray[np.uint64]
    """(K,)"""
    key_starts: NDArray[np.int32]
    """(K + 1,)"""
    places: NDArray[np.int32]
    """(number of trigrams,)"""
    anchor_keys: NDArray[np.uint64]
    """(rules of three words or more,) sorted."""
    anchor_rules: NDArray[np.uint16]
    anchor_offsets: NDArray[np.int32]
    """Where the anchor stands in its rule."""
    short_keys: NDArray[np.uint64]
    """(rules of one or two words,) sorted."""
    short_rules: NDArray[np.uint16]

    def to_batch(self) -> pa.RecordBatch:
        """One row that holds every array."""
        columns = {f.name: pa.array(getattr(self, f.name)) for f in fields(self)}
        lists = {
            name: pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
            for name, values in columns.items()
        }
        return pa.RecordBatch.from_pydict(lists)

    @classmethod
    def from_batch(cls, batch: pa.RecordBatch) -> RuleTable:
        """The arrays of such a row, not copied."""
        values = {f.name: batch.column(f.name).flatten() for f in fields(cls)}
        texts = ("words", "expression")
        return cls(**{n: v if n in texts else _mapped(v) for n, v in values.items()})


def _mapped(values: pa.Array) -> NDArray[Any]:
    """The numbers of an array without nulls, not copied; `to_numpy` would import pandas."""
    numbers = np.frombuffer(values.buffers()[1], values.type.to_pandas_dtype())
    return numbers[values.offset : values.offset + len(values)]


def trigram_keys(tokens: NDArray[np.uint16]) -> NDArray[np.uint64]:
    """(n - 2,) a number for each three words that follow each other; for n < 3 none."""
    wide = tokens.astype(np.uint64)
    if len(wide) < 3:
        return np.zeros(0, np.uint64)
    sixteen = np.uint64(16)
    return (((wide[:-2] << sixteen) | wide[1:-1]) << sixteen) | wide[2:]


def text_hashes(tokens: NDArray[np.uint16]) -> NDArray[np.uint64]:
    """(n + 1,) sums whose difference over a range is its words' hash, shifted by its place.

    `hashes[end] - hashes[start]` is `powers(start)` times the hash that the same words have at 0.
    """
    mixed = (tokens.astype(np.uint64) + np.uint64(1)) * _MIX
    mixed ^= mixed >> np.uint64(31)
    terms = mixed * powers(len(tokens) + 1)[1:]
    return np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms)])


def powers(count: int) -> NDArray[np.uint64]:
    """(count,) powers of the hash's base, from 0."""
    base = np.full(max(count, 1), _BASE)
    base[0] = 1
    return np.cumprod(base)[:count]


def _rule_hashes(tokens: NDArray[np.uint16], starts: NDArray[np.int32]) -> NDArray[np.uint64]:
    ranges = zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    hashes = [text_hashes(tokens[start:end])[-1] for start, end in ranges]
    return np.array(hashes, np.uint64)


def _num_telling(table: RuleTable) -> NDArray[np.int32]:
    counts = np.diff(table.key_starts)
    telling = np.repeat(counts <= COMMON, counts)
    owners = table.rule_of[table.places[telling]]
    return np.bincount(owners, minlength=len(table.starts) - 1).astype(np.int32)


def compile_rules(rules: Sequence[Rule]) -> RuleTable:
    """The arrays of `rules`; those without any word are left out."""
    read = [(rule, *_words_and_phrases(rule.text)) for rule in rules]
    read = [(rule, words, phrases) for rule, words, phrases in read if words]
    vocabulary = sorted({word for _, words, _ in read for word in words})
    if len(read) >= MAX_RULES or len(vocabulary) >= MAX_WORDS:
        raise ValueError(
            f"{len(read)} rules of {len(vocabulary)} words are more than 16 bits count"
        )
    numbers = {word: number for number, word in enumerate(vocabulary, start=1)}
    lengths = np.array([len(words) for _, words, _ in read], np.int32)
    flat = (numbers[word] for _, words, _ in read for word in words)
    tokens = np.fromiter(flat, np.uint16, int(lengths.sum()))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    phrases = [(n, *span) for n, (_, _, spans) in enumerate(read) for span in spans]
    spans = np.array(phrases, np.int32).reshape(-1, 3)
    table = RuleTable(
        words=pa.array(vocabulary, pa.string()),
        strong=_strong(vocabulary, read, tokens, lengths),
        tokens=tokens,
        starts=starts,
        rule_of=np.repeat(np.arange(len(read), dtype=np.uint16), lengths),
        expression=pa.array([rule.expression for rule, _, _ in read], pa.string()),
        flags=np.array([rule.flags for rule, _, _ in read], np.uint8),
        min_coverage=np.array([rule.min_coverage for rule, _, _ in read], np.uint8),
        relevance=np.array([rule.relevance for rule, _, _ in read], np.uint8),
        hashes=_rule_hashes(tokens, starts),
        num_telling=np.zeros(0, np.int32),
        phrase_rule=spans[:, 0].astype(np.uint16),
        phrase_start=spans[:, 1].copy(),
        phrase_end=spans[:, 2].copy(),
        **_trigram_index(tokens, starts),
        **_short_index(tokens, starts),
    )
    return replace(table, num_telling=_num_telling(table))


def _strong(
    vocabulary: Sequence[str],
    read: Sequence[tuple[Rule, list[str], list[tuple[int, int]]]],
    tokens: NDArray[np.uint16],
    lengths: NDArray[np.int32],
) -> NDArray[np.uint8]:
    """Words that texts and notices of many licences have, and that are not those of any prose."""
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(rule.expression, len(codes)) for rule, _, _ in read]
    spoken = np.array([bool(rule.flags & (TEXT | NOTICE)) for rule, _, _ in read], np.bool_)
    licence = np.repeat(np.array(numbers, np.int64), lengths)
    pairs = np.sort(((tokens.astype(np.int64) << 16) | licence)[np.repeat(spoken, lengths)])
    fresh = np.concatenate([[True], pairs[1:] != pairs[:-1]])
    licences = np.bincount(pairs[fresh] >> 16, minlength=len(vocabulary) + 1)
    plain = [len(w) < 3 or w[0].isdigit() or w in _PLAIN for w in ("", *vocabulary)]
    strong: NDArray[np.uint8] = ((licences >= MIN_LICENCES) & ~np.array(plain)).astype(np.uint8)
    return strong


def _words_and_phrases(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The words of a rule, and the ranges of its required phrases among them."""
    words: list[str] = []
    phrases: list[tuple[int, int]] = []
    for piece, required in _pieces(text):
        found = plain_words(piece)
        if required and found:
            phrases.append((len(words), len(words) + len(found)))
        words += found
    return words, phrases


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`text` cut at its required phrases, which come with True."""
    for index, piece in enumerate(_PHRASE.split(text)):
        yield piece, index % 2 == 1


def _trigram_index(
    tokens: NDArray[np.uint16], starts: NDArray[np.int32]
) -> dict[str, NDArray[Any]]:
    all_keys = trigram_keys(tokens)
    inside = np.ones(len(tokens), np.bool_)
    for back in (1, 2):  # a trigram may not reach into the next rule
        inside[np.maximum(starts[1:] - back, 0)] = False
    places = np.flatnonzero(inside[: len(all_keys)]).astype(np.int32)
    flat = all_keys[places]
    order = np.argsort(flat, kind="stable")
    ordered = flat[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(np.append(first, len(ordered)))
    frequency = np.empty(len(flat), np.int64)
    frequency[order] = np.repeat(counts, counts)
    return {
        "keys": ordered[first],
        "key_starts": np.append(first, len(ordered)).astype(np.int32),
        "places": places[order],
        **_anchors(flat, places, frequency, starts),
    }


def _anchors(
    flat: NDArray[np.uint64],
    places: NDArray[np.int32],
    frequency: NDArray[np.int64],
    starts: NDArray[np.int32],
) -> dict[str, NDArray[Any]]:
    """Each rule's rarest trigram, the first of them."""
    rule = np.searchsorted(starts, places, side="right") - 1
    order = np.lexsort((places, frequency, rule))
    first = np.concatenate([[True], rule[order][1:] != rule[order][:-1]])
    chosen = order[first]
    by_key = np.argsort(flat[chosen], kind="stable")
    chosen = chosen[by_key]
    return {
        "anchor_keys": flat[chosen],
        "anchor_rules": rule[chosen].astype(np.uint16),
        "anchor_offsets": (places[chosen] - starts[rule[chosen]]).astype(np.int32),
    }


def _short_index(tokens: NDArray[np.uint16], starts: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
    """Rules of one word (its id) and of two (the first shifted by 16 bits)."""
    lengths = np.diff(starts)
    short = np.flatnonzero(lengths < 3)
    first = tokens[starts[short]].astype(np.uint64)
    last = tokens[starts[short + 1] - 1].astype(np.uint64)
    keys = np.where(lengths[short] == 1, first, (first << np.uint64(16)) | last)
    order = np.argsort(keys, kind="stable")
    return {"short_keys": keys[order], "short_rules": short[order].astype(np.uint16)}
