"""Which files are near-duplicates of which: exact similarity of all pairs, by brute force.

    python -m benchmarks.near_duplicates.truth DATASET

Nothing here is shared with codemill's own kernels. Tokens come from a regular expression, shingles
are numbered without hashing, and intersections are a sparse matrix product, so a fault of the
kernels can't hide in the truth they are held against. Two notions of a shingle are offered: code
tokens with operators and punctuation (codemill's), and lower-case words (the peers').
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import sparse

from benchmarks.near_duplicates.rows import read_column

SHINGLE_TOKENS = 5
THRESHOLD = Fraction(7, 10)

CODE_TOKEN = re.compile(rb"[0-9A-Za-z_\x80-\xff]+|[^ \t\n\v\f\r]")
"""A run of word bytes, or one other byte that is not white space."""
WORD = re.compile(r"\w+")


def code_tokens(text: str) -> list[bytes]:
    """Tokens with operators and punctuation, case kept."""
    return CODE_TOKEN.findall(text.encode())


def word_tokens(text: str) -> list[str]:
    """Lower-case words, everything else dropped."""
    return WORD.findall(text.lower())


TOKENS: dict[str, Callable[[str], Sequence[Any]]] = {"code": code_tokens, "words": word_tokens}


def shingle_set(text: str) -> set[tuple[bytes, ...]]:
    """The distinct 5-grams of code tokens; empty below five tokens."""
    tokens = code_tokens(text)
    return set(zip(*(tokens[i:] for i in range(SHINGLE_TOKENS)), strict=False))


def jaccard(a: set[Any], b: set[Any]) -> float:
    """Intersection over union, 0 for two empty sets."""
    return len(a & b) / max(1, len(a | b))


class Pairs(NamedTuple):
    """Pairs a < b of row numbers with the sizes of their sets' intersection and union."""

    a: np.ndarray
    b: np.ndarray
    intersection: np.ndarray
    union: np.ndarray

    def at_least(self, threshold: Fraction) -> Pairs:
        """Those whose similarity reaches `threshold`, compared in integers."""
        scaled = self.intersection * threshold.denominator >= self.union * threshold.numerator
        return Pairs(*(column[scaled] for column in self))


def shingle_matrix(token_lists: Iterable[Sequence[Any]]) -> sparse.csr_matrix:
    """Rows are texts, columns distinct shingles, 1 where the text has the shingle."""
    numbers: dict[Any, int] = {}
    lists = [
        np.fromiter((numbers.setdefault(t, len(numbers)) for t in tokens), np.int64)
        for tokens in token_lists
    ]
    ids = np.concatenate([np.empty(0, np.int64), *lists])
    lengths = np.array([len(tokens) for tokens in lists], dtype=np.int64)
    windows = np.maximum(lengths - (SHINGLE_TOKENS - 1), 0)
    text = np.repeat(np.arange(len(lists)), windows)
    first = np.cumsum(lengths) - lengths
    start = np.arange(len(text)) - (np.cumsum(windows) - windows)[text] + first[text]
    shingle = ids[start]
    for step in range(1, SHINGLE_TOKENS):  # number the distinct prefixes, one token longer each
        _, shingle = np.unique(shingle * len(numbers) + ids[start + step], return_inverse=True)
    count = int(shingle.max(initial=-1)) + 1
    ones = np.ones(len(text), dtype=np.int32)
    matrix = sparse.csr_matrix((ones, (text, shingle)), shape=(len(lists), count))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def similar_pairs(matrix: sparse.csr_matrix, floor: Fraction, block_rows: int = 512) -> Pairs:
    """All pairs of rows whose similarity is at least `floor`, which must be above 0."""
    sizes = np.diff(matrix.indptr).astype(np.int64)
    shared = matrix[:, np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) > 1)]
    other = shared.T.tocsr()
    found = []
    for start in range(0, matrix.shape[0], block_rows):
        product = (shared[start : start + block_rows] @ other).tocoo()
        a, b = product.row.astype(np.int64) + start, product.col.astype(np.int64)
        intersection = product.data.astype(np.int64)
        pairs = Pairs(a, b, intersection, sizes[a] + sizes[b] - intersection)
        upper = a < b
        found.append(Pairs(*(column[upper] for column in pairs)).at_least(floor))
    return Pairs(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def pairs_of(texts: Iterable[str], notion: str, floor: Fraction = THRESHOLD) -> Pairs:
    """The similar pairs among `texts` by `code` tokens or by `words`."""
    return similar_pairs(shingle_matrix(map(TOKENS[notion], texts)), floor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path)
    dataset = parser.parse_args().dataset
    texts = read_column(dataset, "text")
    table = Table(title=f"{len(texts):,} texts: pairs by similarity")
    table.add_column("similarity")
    spread = {n: pairs_of(texts, n, Fraction(4, 10)) for n in TOKENS}
    for notion in spread:
        table.add_column(notion, justify="right")
    for low in np.arange(4, 10) / 10:
        rows = []
        for pairs in spread.values():
            similarity = pairs.intersection / pairs.union
            inside = (similarity >= low - 1e-9) & (similarity < low + 0.1 - 1e-9)
            rows.append(f"{np.count_nonzero(inside):,}")
        table.add_row(f"{low:.1f} to {low + 0.1:.1f}", *rows)
    ones = [np.count_nonzero(pairs.intersection == pairs.union) for pairs in spread.values()]
    table.add_row("1", *(f"{count:,}" for count in ones))
    Console().print(table)


if __name__ == "__main__":
    main()
