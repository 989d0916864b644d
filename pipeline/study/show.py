"""A study as tables for a terminal, or as JSON, an object a line."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.table import Table
from rich.text import Text

from codemill.pipeline import storage
from codemill.pipeline.errors import UserError
from codemill.pipeline.report.words import head, measure, one_line, percent, size
from codemill.pipeline.study.page import render_study
from codemill.pipeline.study.run import Study, overview, study
from codemill.pipeline.study.samples import Row

BLOCKS = " ▁▂▃▄▅▆▇█"
MOST_LANGUAGES = 25
"""Languages shown one by one; --jsonl has all."""
LANGUAGE_COLUMNS = 5
"""Languages that have a column in the table of thresholds."""
SAMPLE_LINES = 8
FULL_WIDTH = 160
SAMPLE_CHARS = 110


def run(
    root: str,
    name: str | None,
    *,
    what_if: float | None,
    language: str | None,
    num_samples: int,
    jsonl: bool,
    html: str | None,
) -> None:
    """`codemill study`; raises `UserError`."""
    if what_if is not None and not math.isfinite(what_if):
        raise UserError(f"--threshold takes a number, not {what_if}")
    try:
        if name is None:
            (print_overview_jsonl if jsonl else print_overview)(overview(root))
            return
        told = study(root, name, what_if=what_if, language=language, num_samples=num_samples)
    except pa.ArrowInvalid as error:
        raise UserError(
            f"a file of {root} is damaged ({error}): make it again with codemill build --fresh"
        ) from None
    (print_jsonl if jsonl else print_study)(told)
    if html:
        storage.write_bytes(html, render_study(told).encode())


def _console() -> Console:
    """A terminal as it is; elsewhere wide enough for every column."""
    console = Console()
    return console if console.is_terminal else Console(width=FULL_WIDTH)


def print_study(told: Study, console: Console | None = None) -> None:
    """Everything, for a person."""
    console = console or _console()
    console.print(Text(_title(told.subject), "bold"))
    console.print(_languages(told))
    console.print(_legend(told))
    console.print(_thresholds(told))
    if told.subject["filter"]:
        console.print(
            Text(
                f"For a run: --set files.thresholds.{told.subject['filter']}=N; for one language: "
                "thresholds in its YAML. Languages that switch the filter off stay off.",
                "dim",
            )
        )
    for side in ("kept", "dropped"):
        _print_samples(console, told, side)


def _title(subject: Row) -> str:
    if subject["filter"] is None:
        held = "" if subject["what_if"] is None else f", cut below {measure(subject['what_if'])}"
        return f"{subject['score']}: a score that no filter decides on{held}"
    tried = "" if subject["what_if"] is None else f"; tried here: {measure(subject['what_if'])}"
    return (
        f"{subject['filter']}: drops {subject['score']} {subject['drops']} the threshold, "
        f"{measure(subject['default'])} unless a language or the run sets another{tried}"
    )


def _languages(told: Study) -> Table:
    table = Table(title=None)
    numbers = ("files", "bytes", "threshold", "dropped", "share", "alone")
    for name in ("language", *numbers, "least", "10%", "half", "90%", "99%", "most"):
        table.add_column(name, justify="left" if name == "language" else "right", no_wrap=True)
    table.add_column("distribution", no_wrap=True)
    for row in told.languages[: MOST_LANGUAGES + 1]:
        table.add_row(*_language(row))
    rest = told.languages[MOST_LANGUAGES + 1 :]
    if rest:
        files, gone = (sum(row[name] for row in rest) for name in ("files", "dropped"))
        table.add_row(f"{len(rest)} more", f"{files:,}", "", "", f"{gone:,}")
    return table


def _language(row: Row) -> list[Text]:
    quantiles = [measure(row["quantiles"][q]) for q in ("0", "0.1", "0.5", "0.9", "0.99", "1")]
    line = "by language" if row["own_thresholds"] else measure(row["threshold"]) or "off"
    cells = [
        one_line(row["language"] or "none"),
        f"{row['files']:,}",
        size(row["size_bytes"]),
        line,
        f"{row['dropped']:,}",
        percent(row["dropped"] / row["files"]) if row["files"] else "",
        f"{row['alone']:,}",
        *quantiles,
    ]
    return [*map(Text, cells), sparkline(row["bins"], row["dropped_bins"])]


def sparkline(bins: list[int], dropped: list[int]) -> Text:
    """A block a bin, as high as the square root of its files; in red where most are dropped."""
    most = max(bins, default=0) or 1
    drawn = Text()
    for number, gone in zip(bins, dropped, strict=True):
        height = math.ceil((len(BLOCKS) - 1) * math.sqrt(number / most))
        drawn.append(BLOCKS[height], "red" if 2 * gone > number else "green")
    return drawn


def _legend(told: Study) -> Text:
    low, high = (measure(round(edge, 4)) for edge in (told.edges[0], told.edges[-1]))
    return Text(
        f"distribution: {low} to {high}, heights are square roots, red is dropped. alone: dropped "
        "by no other rule. dropped counts files that another rule named first, too.",
        "dim",
    )


def _thresholds(told: Study) -> Table:
    names = _leading(told)
    table = Table(title="what a threshold would drop")
    for name in ("threshold", "files", "share", "bytes", "share of bytes", "alone", *names):
        table.add_column(name, justify="right")
    for row in told.thresholds:
        shares = [row["languages"].get(name, {}).get("share", 0.0) for name in names]
        is_now = row["now"] or row["threshold"] == told.subject["what_if"]
        line = "as built" if row["now"] else measure(row["threshold"])
        table.add_row(
            line,
            f"{row['dropped']:,}",
            percent(row["share"]),
            size(row["dropped_bytes"]),
            percent(row["share_bytes"]),
            f"{row['alone']:,}",
            *map(percent, shares),
            style="bold" if is_now else None,
        )
    return table


def _leading(told: Study) -> list[str]:
    """The languages of which the thresholds together drop most files."""
    sums: dict[str, int] = {}
    for row in told.thresholds:
        for name, each in row["languages"].items():
            sums[name] = sums.get(name, 0) + each["dropped"]
    return sorted(sums, key=lambda name: (-sums[name], name))[:LANGUAGE_COLUMNS]


def _print_samples(console: Console, told: Study, side: str) -> None:
    rows = [row for row in told.samples if row["side"] == side]
    if not rows:
        return
    console.print()
    console.rule(f"nearest to the threshold, {side} by this filter", align="left")
    for row in rows:
        console.print(_place(row), soft_wrap=True)
        if row["text"] is None:
            console.print(Text(f"    ({row['text_from']})", "dim"))
        else:
            shown = head(row["text"], max_lines=SAMPLE_LINES, max_line_chars=SAMPLE_CHARS)
            console.print(
                Text("\n".join(f"    {line}" for line in shown.split("\n"))), soft_wrap=True
            )


def _place(row: Row) -> Text:
    also = ""
    if not row["spared"]:
        also = f", dropped by {row['rule']}" if row["rule"] else ""
        also = also or ", dropped by another filter too"
    return Text.assemble(
        (f"{measure(row['value'])}", "bold"),
        f" against {measure(row['line'])}  ",
        (one_line(f"{row['repository']}/{row['path']}"), "cyan"),
        f"  {row['language'] or 'no language'}, {size(row['size_bytes'])}{also}",
    )


def print_overview(rows: list[Row], console: Console | None = None) -> None:
    """Filters with what they drop, then the scores that none decides on."""
    table = Table(title="quality filters, in the order they decide")
    for name in ("filter", "score", "drops"):
        table.add_column(name)
    for name in ("scored", "dropped", "share", "named", "alone", "bytes", "own thresholds"):
        table.add_column(name, justify="right")
    others = []
    for row in rows:
        if row["filter"] is None:
            others.append(f"{row['score']} ({row['scored']:,} files)")
            continue
        line = measure(row["threshold"])
        table.add_row(
            row["filter"],
            row["score"],
            f"{row['drops']} {line}" if line else "off",
            f"{row['scored']:,}",
            f"{row['dropped']:,}",
            percent(row["dropped"] / row["files"]) if row["files"] else "",
            f"{row['by_it']:,}",
            f"{row['alone']:,}",
            size(row["dropped_bytes"]),
            f"{len(row['languages_with_their_own'])}" if row["languages_with_their_own"] else "",
        )
    console = console or _console()
    console.print(table)
    console.print(
        Text(
            "dropped: by this filter, whatever others do. named: it is the first rule, as the "
            "ledger has it. alone: by no other rule. own thresholds: languages that set theirs.",
            "dim",
        )
    )
    if others:
        console.print(Text(f"scores that no filter decides on: {', '.join(others)}"))


def print_jsonl(told: Study) -> None:
    """One object a line; `kind` tells what it is of."""
    _write({"kind": "subject", **told.subject, "edges": told.edges})
    for kind, rows in (("language", told.languages), ("threshold", told.thresholds)):
        for row in rows:
            _write({"kind": kind, **row})
    for row in told.samples:
        cut = {} if row["text"] is None else {"text": head(row["text"], max_lines=SAMPLE_LINES)}
        _write({"kind": "sample", **row, **cut})


def print_overview_jsonl(rows: list[Row]) -> None:
    """One object a filter or score."""
    for row in rows:
        _write({"kind": "filter" if row["filter"] else "score", **row})


def _write(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
