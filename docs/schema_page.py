"""Prints docs/schema.md from the schemas: `python docs/schema_page.py > docs/schema.md`."""

from __future__ import annotations

from codemill.transforms import schema

TABLES = {
    "text/": ("TEXT", "The deliverable: cleaned text with where it came from."),
    "pretrain/": ("PRETRAIN", "Packed rows of tokens, what trainers read."),
    "instruct/": ("INSTRUCT", "Instruction pairs as chats and tokens."),
    "files/": ("FILES_HEAD", "Every file judged; the struct `scores` and the decision follow."),
    "ledger/*/": ("LEDGER", "One row per location that did not make it."),
    "attribution/": ("ATTRIBUTION", "What the licences ask to be kept, per shard."),
    "attribution/texts/": ("LICENCE_TEXT", "Every licence text once; `attribution/NOTICE` is it."),
    "signatures/": ("SIGNATURES_HEAD", "MinHash; a fixed-size list `signature` of uint32 follows."),
}


def page() -> str:
    """The page in Markdown."""
    lines = [
        "# Schemas",
        "",
        "Written by `python docs/schema_page.py > docs/schema.md` from `transforms/schema.py`;",
        "a test keeps the two equal. Every table is Parquet, zstd.",
    ]
    for folder, (name, about) in TABLES.items():
        lines += [
            "",
            f"## `{folder}`",
            "",
            about,
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        for column in getattr(schema, name):
            kind = str(column.type).replace("|", "\\|")
            lines.append(
                f"| `{column.name}` | `{kind}` | {column.doc.replace('|', chr(92) + '|')} |"
            )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
