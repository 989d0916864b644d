"""Counts what words of code look like: the table that tells them from random strings.

    python benchmarks/redaction/character_model.py CLONES... > character_model.yaml

Every identifier and word of the text files of the clones is taken once a repository, in lower case,
each digit and each other character being one class. `log_odds[a][b]` is 100 ln(P(b after a in
words) / P(b in a random base62 string)), where a letter (of either case) has 2/64, a digit 10/64
and anything else 2/64 of the random string; add-one smoothed. `words` are the words that stand in
at least `MIN_REPOSITORIES` of the repositories, a word being what is left of identifiers cut at
case, digits and punctuation.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"
CLASSES = LETTERS + "0."
RANDOM = {**dict.fromkeys(LETTERS, 2 / 64), "0": 10 / 64, ".": 2 / 64}
MAX_BYTES = 200_000
MIN_REPOSITORIES = 0.1
IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,40}")
WORD = re.compile(r"[A-Z]?[a-z]{3,20}|[A-Z]{3,20}(?![a-z])")


def identifiers_of(repository: Path) -> set[str]:
    found: set[str] = set()
    for path in sorted(repository.rglob("*")):
        if ".git" in path.parts or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_size > MAX_BYTES:
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            found.update(IDENTIFIER.findall(content.decode("latin-1")))
    return found


def classes(text: str) -> str:
    """`text` in the model's alphabet."""
    return "".join(c if c in LETTERS else "0" if c.isdigit() else "." for c in text.lower())


def log_odds(bigrams: Counter[str]) -> dict[str, list[int]]:
    table = {}
    for a in CLASSES:
        total = sum(bigrams[a + b] for b in CLASSES) + len(CLASSES)
        table[a] = [
            round(100 * math.log((bigrams[a + b] + 1) / total / RANDOM[b])) for b in CLASSES
        ]
    return table


def main(roots: list[str]) -> None:
    repositories = [r for root in roots for r in sorted(Path(root).iterdir()) if r.is_dir()]
    bigrams: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for repository in repositories:
        names = identifiers_of(repository)
        for name in names:
            # Long runs of digits and letters are the very thing that words are to be told from.
            if sum(c.isdigit() for c in name) * 4 <= len(name):
                text = "." + classes(name) + "."
                bigrams.update(text[i : i + 2] for i in range(len(text) - 1))
        words.update({w.lower() for name in names for w in WORD.findall(name)})
    least = MIN_REPOSITORIES * len(repositories)
    print(
        "# Made by benchmarks/redaction/character_model.py from", len(repositories), "repositories."
    )
    print(f"classes: '{CLASSES}'\nlog_odds:")
    for a, row in log_odds(bigrams).items():
        print(f"  '{a}': {row}")
    print("words: >-")
    line = " "
    for word in sorted(w for w, n in words.items() if n >= least):
        if len(line) + len(word) > 100:
            print(line)
            line = " "
        line += " " + word
    print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
