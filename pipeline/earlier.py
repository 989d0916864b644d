"""What a build leaves for later ones, which compare their files with its: `--against DIR`.

A later build reads the signatures, and of the texts the rows that a candidate pair names; nothing
of the earlier one is changed or removed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from codemill.pipeline import parts, storage
from codemill.pipeline.config import DuplicatesConfig
from codemill.pipeline.errors import UserError
from codemill.pipeline.forget.record import PENDING

TEXT_DIR = "text"
SIGNATURES_DIR = "signatures"

PART = "codemill.part"
"""Footer key of a shard of text: the part it is made of, whose signatures have its name."""
BYTES_BY_LANGUAGE = "codemill.bytes_by_language"
"""Footer key of a shard of text: JSON of its bytes by language, which sampling reads without the
rows."""
SIGNATURE = "codemill.signature"
"""Footer key of signatures: JSON of how they were made."""
SIGNATURE_VERSION = 1
"""Raised whenever shingles or signatures of the same text would differ."""


@dataclass(frozen=True)
class EarlierShard:
    """A shard of an earlier build."""

    root: str
    text_path: str
    signatures_path: str
    size_bytes: int
    """Bytes of its text."""


def signature_settings(config: DuplicatesConfig) -> dict[str, int]:
    """What decides a signature beside the text."""
    return {
        "version": SIGNATURE_VERSION,
        "permutations": config.permutations,
        "shingle_tokens": config.shingle_tokens,
        "seed": config.seed,
    }


def signature_footer(config: DuplicatesConfig) -> dict[str, str]:
    """The pair that a file of signatures has in its footer."""
    return {SIGNATURE: json.dumps(signature_settings(config), sort_keys=True)}


def shards(root: str) -> Iterator[EarlierShard]:
    """The shards of an earlier build, by name."""
    for name in sorted(parts.committed(root, TEXT_DIR)):
        path = f"{TEXT_DIR}/{name}.parquet"
        footer = parts.read_footer(root, path)
        size_bytes = sum(json.loads(footer[BYTES_BY_LANGUAGE]).values())
        yield EarlierShard(root, path, f"{SIGNATURES_DIR}/{footer[PART]}.parquet", size_bytes)


def check_earlier(config: DuplicatesConfig, out: str) -> None:
    """Raise `UserError` where a build in `out` can't be compared with one of `against`."""
    for root in config.against:
        if _same_folder(root, out):
            raise UserError(f"a build is not compared with itself: --against {root}")
        manifest = _manifest(root)
        if "corpus_version" not in manifest:
            raise UserError(f"{root} holds no finished build: --against takes the folder of one")
        _check_whole(root, manifest)
        _check_signatures(root, config)


def _same_folder(one: str, other: str) -> bool:
    if storage.is_remote(one) or storage.is_remote(other):
        return one == other
    return os.path.realpath(one) == os.path.realpath(other)


def _check_whole(root: str, manifest: Mapping[str, Any]) -> None:
    """Raise `UserError` where what is read of the build is not all there."""
    if storage.exists(storage.join(root, PENDING)):
        raise UserError(f"{root} is being made to forget: finish its codemill forget first")
    folders = {name: parts.committed(root, name) for name in (TEXT_DIR, SIGNATURES_DIR)}
    for path in manifest["sha256"]:
        folder, _, name = path.partition("/")
        if folder in folders and name.removesuffix(".parquet") not in folders[folder]:
            raise UserError(f"{root} lacks {path}: --against needs the whole of a build")


def _check_signatures(root: str, config: DuplicatesConfig) -> None:
    names = sorted(parts.committed(root, SIGNATURES_DIR))
    footer = parts.read_footer(root, f"{SIGNATURES_DIR}/{names[0]}.parquet") if names else {}
    theirs = json.loads(footer.get(SIGNATURE, "{}"))
    ours = signature_settings(config)
    if theirs.get("version") != ours.pop("version"):
        raise UserError(f"{root} was made by another version of codemill: build it anew")
    for name, value in ours.items():
        if theirs[name] != value:
            raise UserError(
                f"signatures compare only when made alike: {root} has duplicates.{name} = "
                f"{theirs[name]}, this build has {value}"
            )


def digest_of(root: str) -> str:
    """64 hex that tell what an earlier build holds for later ones."""
    written = _manifest(root).get("sha256", {})
    folders = (f"{TEXT_DIR}/", f"{SIGNATURES_DIR}/")
    lines = [f"{name} {written[name]}\n" for name in sorted(written) if name.startswith(folders)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _manifest(root: str) -> dict[str, Any]:
    """What a folder's manifest says; nothing where there is none, or another program's."""
    try:
        manifest = storage.read_json(storage.join(root, "manifest.json"))
    except ValueError:
        return {}
    return manifest if isinstance(manifest, dict) else {}
