"""How well a tokenizer fits: bytes per token and fertility, by language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from codemill.transforms.tokens import Encoder


@dataclass(frozen=True)
class Compression:
    """Counts over the texts of one language."""

    language: str
    n_texts: int = 0
    n_bytes: int = 0
    """Of UTF-8."""
    n_words: int = 0
    """Stretches between blanks."""
    n_tokens: int = 0

    @property
    def bytes_per_token(self) -> float:
        """More is better; 0 where there is no token."""
        return self.n_bytes / self.n_tokens if self.n_tokens else 0.0

    @property
    def fertility(self) -> float:
        """Tokens per word, less is better; 0 where there is no word."""
        return self.n_tokens / self.n_words if self.n_words else 0.0


def evaluate(texts: Iterable[tuple[str, str]], encoder: Encoder) -> list[Compression]:
    """One row a language over (language, text) pairs, most bytes first, then by name."""
    rows: dict[str, Compression] = {}
    for language, text in texts:
        row = rows.get(language, Compression(language))
        rows[language] = replace(
            row,
            n_texts=row.n_texts + 1,
            n_bytes=row.n_bytes + len(text.encode()),
            n_words=row.n_words + len(text.split()),
            n_tokens=row.n_tokens + len(encoder.encode_strings([text]).ids),
        )
    return sorted(rows.values(), key=lambda row: (-row.n_bytes, row.language))


def as_markdown(rows: Iterable[Compression]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| language | files | bytes | bytes per token | tokens per word |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row.language} | {row.n_texts:,} | {row.n_bytes:,} "
        f"| {row.bytes_per_token:.3f} | {row.fertility:.3f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"
