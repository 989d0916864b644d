"""What a model that knows only how frequent tokens are would lose on the same shards."""

from __future__ import annotations

import numpy as np

from codemill.training.loader import keyed_permutation
from codemill.training.shards import IGNORED_LABEL, ShardSet

MAX_TOKENS = 50_000_000
"""Tokens counted at most. The entropy of a sample of n tokens over V entries falls short by about
(V - 1) / 2n nats (Miller 1955): here below 0.001 for a vocabulary of 50,000."""


def unigram_entropy(shards: ShardSet, *, max_tokens: int = MAX_TOKENS) -> float:
    """Entropy of the labels' distribution in nats a token, padding and first tokens left out.

    The least loss that is possible without looking at the context: a model below it has learnt
    something. Of shards with more than `max_tokens` positions it counts a keyed choice.
    """
    counts = np.zeros(shards.footer.vocab_size, dtype=np.int64)
    left = max_tokens
    for i in keyed_permutation(len(shards.row_groups), seed=0, purpose="unigram entropy"):
        labels = shards.read_labels(shards.row_groups[i])
        counts += np.bincount(labels[labels != IGNORED_LABEL], minlength=len(counts))
        left -= labels.size
        if left <= 0:
            break
    return entropy(counts)


def entropy(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
    """Entropy in nats of the distribution that `counts` describes; 0 where all are 0."""
    seen = counts[counts > 0]
    if not len(seen):
        return 0.0
    shares = seen / seen.sum()
    return float(-(shares * np.log(shares)).sum())
