"""A user's own tokenizer, in the place of one trained here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from codemill.tokenizer_training.special_tokens import KNOWN_SPELLINGS
from codemill.transforms.tokens import ROLES, Encoder, TokenizerSpec

_CONFIG_FIELDS = {"end_of_text": "eos_token", "padding": "pad_token"}
"""Roles that tokenizer_config.json may name, after the spellings that are known: the end of text of
a model tuned for chats is often set to the end of a turn there."""

_COPIED = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
)


def load_user_tokenizer(
    folder: Path, role_overrides: Mapping[str, str] | None = None
) -> TokenizerSpec:
    """The tokenizer in a Hugging Face folder, with its special tokens' roles found.

    A role is what `role_overrides` (role to token string) says, else the first known spelling in
    the vocabulary, else for two roles what tokenizer_config.json says. What is found nowhere is in
    `missing_roles`: the caller switches it off and says so. Only the two JSON files are read.

    Raises:
        ValueError: no readable tokenizer.json; an override for an unknown role, or naming a token
            that the vocabulary lacks; no end of text.

    """
    overrides = dict(role_overrides or {})
    unknown = sorted(set(overrides) - set(ROLES))
    if unknown:
        raise ValueError(f"unknown roles {unknown}; roles are {', '.join(ROLES)}")
    text = _read(folder / "tokenizer.json")
    document = _parsed(text, folder / "tokenizer.json")
    config_path = folder / "tokenizer_config.json"
    config = _parsed(_read(config_path), config_path) if config_path.exists() else {}
    ids = _token_ids(document)
    found = {role: _role_id(role, ids, overrides, config) for role in ROLES}
    roles = tuple((role, i) for role, i in found.items() if i is not None)
    if found["end_of_text"] is None:
        raise ValueError(f"{folder} has no end_of_text token known here; name it in the overrides")
    spec = TokenizerSpec(text, roles)
    Encoder(spec)  # so that a broken file is an error now, not in a worker
    return spec


def copy_user_tokenizer(source: Path, folder: Path) -> None:
    """Copies to `folder` what AutoTokenizer reads of the folder `source`; weights and code stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _COPIED:
        if (source / name).is_file():
            (folder / name).write_bytes((source / name).read_bytes())


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the tokenizer: {error}") from error


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path} is not a JSON object")
    return value


def _token_ids(document: dict[str, Any]) -> dict[str, int]:
    vocabulary = document.get("model", {}).get("vocab", {})
    ids = dict(vocabulary) if isinstance(vocabulary, dict) else {}
    added = {token["content"]: token["id"] for token in document.get("added_tokens") or []}
    return {token: int(i) for token, i in {**ids, **added}.items()}


def _role_id(
    role: str, ids: dict[str, int], overrides: dict[str, str], config: dict[str, Any]
) -> int | None:
    if role in overrides:
        if overrides[role] not in ids:
            raise ValueError(f"token {overrides[role]!r} for {role} is not in the vocabulary")
        return ids[overrides[role]]
    named = config.get(_CONFIG_FIELDS.get(role, ""))
    named = named.get("content") if isinstance(named, dict) else named
    spellings = [*KNOWN_SPELLINGS[role], named]
    return next((ids[token] for token in spellings if token in ids), None)
