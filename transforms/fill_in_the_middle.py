"""Fill-in-the-middle: a document's middle moved to its end, so that a model learns to infill.

Two orders, with the sentinels <prefix>, <suffix>, <middle>:

    PSM   <prefix> prefix <suffix> suffix <middle> middle
    SPM   <prefix> <suffix> suffix <middle> prefix middle

Source: Bavarian et al., "Efficient training of language models to fill in the middle", 2022; SPM in
the order of SantaCoder and StarCoder. The two cuts are uniform over the places between characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from codemill.transforms.sampling import keyed_uniform
from codemill.transforms.tokens import Encoder

PLAIN, PSM, SPM = 0, 1, 2
"""Modes of a piece of text."""


@dataclass(frozen=True)
class FimSettings:
    """How much is rearranged."""

    rate: float = 0.5
    """Share of the pieces that are rearranged; 0 switches it off. 0.5: StarCoder 2."""
    spm_share: float = 0.5
    """Share of those in the order SPM, the rest in PSM."""

    def __post_init__(self) -> None:
        for name in ("rate", "spm_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"fim {name} must be in [0, 1], got {getattr(self, name)}")


def fim_modes(
    file_id: npt.NDArray[np.int64],
    piece: npt.NDArray[np.int64],
    settings: FimSettings,
    *,
    seed: int,
) -> npt.NDArray[np.int8]:
    """PLAIN, PSM or SPM for each piece, int8; keyed by (seed, file id, number of the piece)."""
    u = keyed_uniform(file_id, seed=seed, purpose="fim", index=piece)
    spm_below = settings.rate * settings.spm_share
    modes = np.where(u < spm_below, SPM, np.where(u < settings.rate, PSM, PLAIN))
    return modes.astype(np.int8)


def fim_cuts(
    texts: Sequence[bytes],
    file_id: npt.NDArray[np.int64],
    piece: npt.NDArray[np.int64],
    *,
    seed: int,
) -> npt.NDArray[np.int64]:
    """Where the middle of each text begins and ends: byte offsets, int64 of shape (n, 2).

    Both are drawn uniformly from the places between the characters of UTF-8, both ends included, so
    that any of the three parts may be empty.
    """
    first = keyed_uniform(file_id, seed=seed, purpose="fim-first-cut", index=piece)
    second = keyed_uniform(file_id, seed=seed, purpose="fim-second-cut", index=piece)
    draws = np.sort(np.stack([first, second], axis=1), axis=1)
    cuts = np.empty((len(texts), 2), dtype=np.int64)
    for i, text in enumerate(texts):
        bytes_ = np.frombuffer(text, dtype=np.uint8)
        places = np.append(np.flatnonzero((bytes_ & 0xC0) != 0x80), len(bytes_))
        cuts[i] = places[(draws[i] * len(places)).astype(np.int64)]
    return cuts


def fim_tokens(
    texts: Sequence[bytes],
    modes: npt.NDArray[np.int8],
    cuts: npt.NDArray[np.int64],
    encoder: Encoder,
) -> list[npt.NDArray[np.int32]]:
    """The rearranged tokens of each text, sentinels included, without an end of text.

    `modes` are PSM or SPM. The three parts are encoded each for itself, as they are when a model is
    asked to infill. What looks like a sentinel in a text is encoded as ordinary text.

    Raises:
        ValueError: the tokenizer has no sentinels.

    """
    sentinels = encoder.spec.fim_ids
    if sentinels is None:
        raise ValueError("the tokenizer has no tokens for fill-in-the-middle")
    prefix_id, middle_id, suffix_id = (np.array([i], dtype=np.int32) for i in sentinels)
    parts = [
        part.decode()
        for text, (start, end) in zip(texts, cuts.tolist(), strict=True)
        for part in (text[:start], text[start:end], text[end:])
    ]
    encoded = encoder.encode_strings(parts)
    rearranged = []
    for i, mode in enumerate(modes.tolist()):
        prefix, middle, suffix = (encoded.of(3 * i + part) for part in range(3))
        if mode == SPM:
            order = [prefix_id, suffix_id, suffix, middle_id, prefix, middle]
        else:
            order = [prefix_id, prefix, suffix_id, suffix, middle_id, middle]
        rearranged.append(np.concatenate(order))
    return rearranged
