"""A trained tokenizer as a folder that transformers' AutoTokenizer loads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemill.tokenizer_training.evaluate import Compression, as_markdown
from codemill.tokenizer_training.special_tokens import SPECIAL_TOKENS
from codemill.transforms.tokens import TokenizerSpec

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""ChatML in Jinja."""


@dataclass(frozen=True)
class TokenizerCard:
    """What the README of a tokenizer says about it."""

    vocab_size: int
    sample_bytes: Mapping[str, int]
    """Bytes trained on, by language."""
    held_out: Sequence[Compression]
    """Measured on files that were not trained on."""


def save(folder: Path, spec: TokenizerSpec, card: TokenizerCard) -> None:
    """Writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and README.md.

    `spec` is that of a tokenizer trained here. The bytes depend on the arguments alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    special = {"eos_token": SPECIAL_TOKENS["end_of_text"], "pad_token": SPECIAL_TOKENS["padding"]}
    others = [token for token in SPECIAL_TOKENS.values() if token not in special.values()]
    special_map = {**special, "additional_special_tokens": others}
    config = {
        **special_map,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "chat_template": CHAT_TEMPLATE,
    }
    (folder / "tokenizer.json").write_bytes(spec.tokenizer_json.encode())
    _write_json(folder / "tokenizer_config.json", config)
    _write_json(folder / "special_tokens_map.json", special_map)
    (folder / "README.md").write_bytes(card_text(spec, card).encode())


def card_text(spec: TokenizerSpec, card: TokenizerCard) -> str:
    """The README: what it is, what it was trained on, how it does on held-out files."""
    return f"""---
library_name: transformers
tags:
- code
- tokenizer
---

# Tokenizer for source code

Byte-level BPE, {card.vocab_size:,} tokens, trained by codemill. sha256 of `tokenizer.json`:
`{spec.digest}`.

## Special tokens

{_special_token_table(spec)}
## Trained on

{_sample_table(card.sample_bytes)}
## On files held out

{as_markdown(card.held_out)}"""


def _special_token_table(spec: TokenizerSpec) -> str:
    lines = ["| role | token | id |", "|---|---|---:|"]
    lines += [f"| {role} | `{SPECIAL_TOKENS[role]}` | {i} |" for role, i in spec.role_ids]
    return "\n".join(lines) + "\n"


def _sample_table(sample_bytes: Mapping[str, int]) -> str:
    lines = ["| language | bytes |", "|---|---:|"]
    by_size = sorted(sample_bytes.items(), key=lambda item: (-item[1], item[0]))
    lines += [f"| {language} | {size:,} |" for language, size in by_size]
    return "\n".join(lines) + "\n"


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_bytes((json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
