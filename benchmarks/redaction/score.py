"""How much of what was planted a tool finds, and what else.

    python -m benchmarks.redaction.score DATASET [--peers FOLDER-WITH-THEIR-COMMANDS]

A label is found where a tool reports its line (codemill: where a redaction overlaps its bytes). An
alarm is a harmless line that is reported. Precision is found / (found + alarms), so it depends on
the dataset's share of harmless lines: one label in three. Whatever a tool reports on lines that
were not planted is counted apart: the files are real and may hold secrets of their own. Speed is
bytes over processor time, start included (without codemill's start it is given too).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa

from codemill.pipeline.packaged import load_patterns
from codemill.transforms.redact.finder import Finder

Lines = dict[str, list[tuple[int, int]]]
"""By file: first and last line of each report."""


def codemill(
    dataset: Path,
) -> tuple[Lines, dict[str, list[tuple[int, int, str, str]]], float, float]:
    """(lines, (start, end, kind, pattern) by file, seconds of work, of start)."""
    paths = sorted((dataset / "files").iterdir())
    texts = [path.read_bytes() for path in paths]
    started = time.process_time()
    finder = Finder(load_patterns())
    made = time.process_time()
    column = pa.array(texts, pa.large_binary()).cast(pa.large_string())
    found = [(paths[row].name, content, findings) for row, content, findings in finder(column)]
    done = time.process_time()
    lines: Lines = {}
    spans = {}
    for name, content, findings in found:
        spans[name] = [(*f.value, f.kind, f.pattern.name) for f in findings]
        lines[name] = [
            (content.count(b"\n", 0, start) + 1, content.count(b"\n", 0, end) + 1)
            for start, end, *_ in spans[name]
        ]
    return lines, spans, done - made, made - started


def _peer(command: list[str], cwd: Path) -> tuple[str, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ran.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def detect_secrets(dataset: Path, bin_: Path) -> tuple[Lines, float]:
    out, seconds = _peer(
        [str(bin_ / "detect-secrets"), "scan", "--all-files", "."], dataset / "files"
    )
    results = json.loads(out)["results"]
    return {n: [(r["line_number"],) * 2 for r in rows] for n, rows in results.items()}, seconds


def gitleaks(dataset: Path, bin_: Path) -> tuple[Lines, float]:
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.json"
        _, seconds = _peer(
            [
                str(bin_ / "gitleaks"),
                "dir",
                ".",
                "--no-banner",
                "-r",
                str(report),
                "--exit-code",
                "0",
            ],
            dataset / "files",
        )
        lines: Lines = defaultdict(list)
        for row in json.loads(report.read_text()):
            lines[Path(row["File"]).name].append((row["StartLine"], row["EndLine"]))
    return lines, seconds


def credsweeper(dataset: Path, bin_: Path) -> tuple[Lines, float]:
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.json"
        _, seconds = _peer(
            [str(bin_ / "credsweeper"), "--path", ".", "--save-json", str(report)],
            dataset / "files",
        )
        lines: Lines = defaultdict(list)
        for row in json.loads(report.read_text()):
            for line in row["line_data_list"]:
                lines[Path(line["path"]).name].append((line["line_num"],) * 2)
    return lines, seconds


def report(name: str, labels: list[dict], lines: Lines, seconds: float, size: int) -> None:
    found, alarms, total, elsewhere = Counter(), Counter(), Counter(), 0
    misses: dict[str, int] = Counter()
    for label in labels:
        reported = lines.get(label["file"], [])
        hit = any(a <= label["last_line"] and b >= label["line"] for a, b in reported)
        elsewhere += sum(not (a <= label["last_line"] and b >= label["line"]) for a, b in reported)
        group = label["kind"] or "harmless"
        total[group] += 1
        if label["harmless"]:
            alarms[label["name"]] += hit
        else:
            found[group] += hit
            misses[label["name"]] += not hit
    secrets = sum(n for g, n in total.items() if g != "harmless")
    hits, false = sum(found.values()), sum(alarms.values())
    precision = hits / max(hits + false, 1)
    print(f"\n{name}: recall {hits / secrets:.3f}, precision {precision:.3f}", end=", ")
    print(f"alarms {false} of {total['harmless']}, elsewhere {elsewhere}", end=", ")
    print(f"{size / 1e6 / seconds:.2f} MB/s", flush=True)
    for kind in sorted(found):
        print(f"  {kind:12} {found[kind]:6} of {total[kind]:6}  {found[kind] / total[kind]:.3f}")
    print("  missed most:", [(n, c) for n, c in Counter(misses).most_common(12) if c])
    print("  alarms most:", [(n, c) for n, c in alarms.most_common(12) if c])


def exactness(labels: list[dict], spans: dict[str, list[tuple[int, int, str, str]]]) -> None:
    """Of the labels that codemill finds: spans equal to the byte, kinds and patterns right."""
    exact, kinds, patterns, n = 0, 0, Counter(), 0
    for label in labels:
        if label["harmless"]:
            continue
        for start, end, kind, pattern in spans.get(label["file"], []):
            if start < label["end"] and label["start"] < end:
                n += 1
                exact += (start, end) == (label["start"], label["end"])
                kinds += kind == label["kind"]
                patterns[pattern == label["name"], label["name"], pattern] += 1
                break
    print(f"  of {n} found: span exact {exact / n:.3f}, kind right {kinds / n:.3f}")
    typed = sum(c for (same, *_), c in patterns.items() if same)
    print(f"  under the very pattern's name: {typed}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--peers", type=Path)
    given = parser.parse_args()
    labels = [*map(json.loads, (given.dataset / "labels.jsonl").read_text().splitlines())]
    size = sum(path.stat().st_size for path in (given.dataset / "files").iterdir())
    lines, spans, seconds, start = codemill(given.dataset)
    print(f"{len(labels)} labels, {size / 1e6:.1f} MB; codemill starts in {start:.2f} s")
    report("codemill", labels, lines, seconds, size)
    exactness(labels, spans)
    if given.peers:
        for tool in (detect_secrets, gitleaks, credsweeper):
            lines, seconds = tool(given.dataset, given.peers)
            report(tool.__name__, labels, lines, seconds, size)
