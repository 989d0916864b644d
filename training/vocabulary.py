"""What is read off a build's tokenizer: that it is the shards' own, and each token's bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def token_bytes(tokenizer_json: Path, size: int) -> npt.NDArray[np.int64] | None:
    """Bytes by token id, int64 [size]; special tokens stand for none.

    Known for byte-level vocabularies only, where every character of an entry is one byte (Radford
    et al. 2019); None for all others.
    """
    tokenizer = json.loads(tokenizer_json.read_text("utf-8"))
    if not _is_byte_level(tokenizer.get("decoder")):
        return None
    table = np.zeros(size, dtype=np.int64)
    for entry, token in tokenizer["model"]["vocab"].items():
        table[token] = len(entry)
    for added in tokenizer.get("added_tokens", []):
        special = added.get("special")
        table[added["id"]] = 0 if special else len(added["content"].encode())
    return table


def text_digest(tokenizer_json: Path) -> str:
    """sha256 of its text in UTF-8, 64 hex: what shards call their tokenizer's digest."""
    return hashlib.sha256(tokenizer_json.read_text("utf-8").encode()).hexdigest()


def _is_byte_level(decoder: dict[str, Any] | None) -> bool:
    if decoder is None:
        return False
    parts = decoder.get("decoders", [decoder])
    return any(part.get("type") == "ByteLevel" for part in parts)
