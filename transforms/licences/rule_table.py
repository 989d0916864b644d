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
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from codemill.transforms.licences.rules import Rule
from codemill.transforms.licences.words import legal_words

FORMAT = "1"
"""Changes whenever the arrays would, for the same rules."""

MAX_RULES = 1 << 16
MAX_WORDS = 1 << 16

_PHRASE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True)
class RuleTable:
    """The arrays of compiled rules; R rules, V words, T tokens, K trigrams."""

    words: pa.Array
    """string (V - 1): the vocabulary without the unknown word."""
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
        return cls(**{n: v if n in texts else v.to_numpy() for n, v in values.items()})


def trigram_keys(tokens: NDArray[np.uint16]) -> NDArray[np.uint64]:
    """(n - 2,) a number for each three words that follow each other; for n < 3 none."""
    wide = tokens.astype(np.uint64)
    if len(wide) < 3:
        return np.zeros(0, np.uint64)
    sixteen = np.uint64(16)
    return (((wide[:-2] << sixteen) | wide[1:-1]) << sixteen) | wide[2:]


def compile_rules(rules: Sequence[Rule]) -> RuleTable:
    """The arrays of `rules`; those without any word are left out."""
    read = [(rule, *_words_and_phrases(rule.text)) for rule in rules]
    read = [(rule, words, phrases) for rule, words, phrases in read if words]
    vocabulary = sorted({word for _, words, _ in read for word in words})
    if len(read) >= MAX_RULES or len(vocabulary) >= MAX_WORDS:
        raise ValueError(f"{len(read)} rules of {len(vocabulary)} words are more than 16 bits count")
    numbers = {word: number for number, word in enumerate(vocabulary, start=1)}
    lengths = np.array([len(words) for _, words, _ in read], np.int32)
    flat = (numbers[word] for _, words, _ in read for word in words)
    tokens = np.fromiter(flat, np.uint16, int(lengths.sum()))
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    phrases = [(n, *span) for n, (_, _, spans) in enumerate(read) for span in spans]
    spans = np.array(phrases, np.int32).reshape(-1, 3)
    return RuleTable(
        words=pa.array(vocabulary, pa.string()),
        tokens=tokens,
        starts=starts,
        rule_of=np.repeat(np.arange(len(read), dtype=np.uint16), lengths),
        expression=pa.array([rule.expression for rule, _, _ in read], pa.string()),
        flags=np.array([rule.flags for rule, _, _ in read], np.uint8),
        min_coverage=np.array([rule.min_coverage for rule, _, _ in read], np.uint8),
        relevance=np.array([rule.relevance for rule, _, _ in read], np.uint8),
        phrase_rule=spans[:, 0].astype(np.uint16),
        phrase_start=spans[:, 1].copy(),
        phrase_end=spans[:, 2].copy(),
        **_trigram_index(tokens, starts),
        **_short_index(tokens, starts),
    )


def _words_and_phrases(text: str) -> tuple[list[str], list[tuple[int, int]]]:
    """The words of a rule, and the ranges of its required phrases among them."""
    words: list[str] = []
    phrases: list[tuple[int, int]] = []
    for piece, required in _pieces(text):
        found = legal_words(piece).words
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
) -> dict[str, NDArray[np.generic]]:
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
) -> dict[str, NDArray[np.generic]]:
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


def _short_index(
    tokens: NDArray[np.uint16], starts: NDArray[np.int32]
) -> dict[str, NDArray[np.generic]]:
    """Rules of one word (its id) and of two (the first shifted by 16 bits)."""
    lengths = np.diff(starts)
    short = np.flatnonzero(lengths < 3)
    first = tokens[starts[short]].astype(np.uint64)
    last = tokens[starts[short + 1] - 1].astype(np.uint64)
    keys = np.where(lengths[short] == 1, first, (first << np.uint64(16)) | last)
    order = np.argsort(keys, kind="stable")
    return {"short_keys": keys[order], "short_rules": short[order].astype(np.uint16)}
