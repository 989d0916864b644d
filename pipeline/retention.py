"""Retention guards of `files`: what a rule drops of a language, held against what is expected.

A rule that drops more of a language than its range allows is warned of, on the terminal and in the
report; one that drops far more stops the build before anything is made of what is left. A rule that
drops next to nothing of a whole corpus is warned of too: it may be broken, or off unnoticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs import Languages
from codemill.pipeline import parts
from codemill.pipeline.config import FilesConfig
from codemill.pipeline.errors import UserError
from codemill.pipeline.file_steps import make_judge
from codemill.transforms.redact.patterns import KINDS
from codemill.transforms.retention import Losses, Range

REDACTED = "redacted"
"""Stands among the rules for files in which something was replaced; it drops none."""

RULES = {
    "binary": Range(0, 0.3),
    "contaminated": Range(0, 0.01),
    "licence_header": Range(0, 0.25),
    "no_licence": Range(0, 0.1),
    "undecodable": Range(0, 0.05),
    "unknown_language": Range(0, 0.4),
    "unparsable": Range(0, 0.05),
    "unreadable": Range(0, 0.01),
    "redaction_breaks_syntax": Range(0, 0.01),
    REDACTED: Range(0.01, 0.5),
}
"""What rules of `files` that are no quality filter are expected to drop, of a language and of all
files, those without a language among them. What a user asks for (languages) has no range."""

MOST_SAID = 10
"""Findings told on the terminal; the report has more, the rest is counted."""


class Group:
    """Files of one language, or all: by rule what is dropped, and where most of it."""

    def __init__(self) -> None:
        self.files = 0
        self.repositories = 0
        self.dropped: Counter[str] = Counter()
        self._worst: dict[str, tuple[int, str, int]] = {}

    def add(self, repository: str, files: int, dropped: Mapping[str, int]) -> None:
        """Count a repository, which comes once."""
        self.files += files
        self.repositories += 1
        self.dropped.update(dropped)
        for rule, number in dropped.items():
            least = self._worst.get(rule, (0, "", 0))
            if (-number, repository) < (-least[0], least[1]):
                self._worst[rule] = (number, repository, files)

    def losses(self, rule: str, *, alone: bool = False) -> Losses:
        """What `rule` drops of the group; `alone` says that the corpus has one repository."""
        number, name, files = self._worst.get(rule, (0, "", 0))
        return Losses(self.files, self.dropped[rule], self.repositories, name, files, number, alone)


@dataclass
class Tally:
    """Every file judged, counted by language and rule."""

    all: Group = field(default_factory=Group)
    languages: dict[str, Group] = field(default_factory=dict)
    redactions: int = 0
    """Places that were replaced."""
    taken_out: int = 0
    """Functions taken out of files for the benchmarks' items in them."""

    def losses(self, rule: str, language: str | None = None) -> Losses:
        """What `rule` drops of a language, or of all files."""
        group = self.all if language is None else self.languages[language]
        return group.losses(rule, alone=self.all.repositories == 1)


Batches = Iterator[pa.RecordBatch]


def read_tally(
    root: str,
    folder: str,
    names: Iterable[str],
    change: Callable[[Batches], Batches] | None = None,
) -> Tally:
    """Counts the parts `names` of `folder`; one listing's repositories are in memory at a time.

    A repository is listed once, so the parts of one listing hold all of it. `change` is for trying:
    it is given the rows with all their columns, and what it returns is counted.
    """
    tally = Tally()
    for _, listed in groupby(sorted(names), key=lambda name: name.rsplit("-", 1)[0]):
        paths = [f"{folder}/{name}.parquet" for name in listed]
        counts: dict[str, dict[str | None, Counter[str | None]]] = {}
        read = parts.iterate_parts(root, paths, columns=None if change else COLUMNS)
        for batch in change(read) if change else read:
            tally.redactions += _entries(batch, "redactions")
            tally.taken_out += _entries(batch, "taken_out")
            for repository, language, rule, files in _counted(batch):
                of = counts.setdefault(repository, {}).setdefault(language, Counter())
                of[rule] += files
        for repository, by_language in sorted(counts.items()):
            _add(tally, repository, by_language)
    return tally


COLUMNS = ["repository", "language", "rule", "redactions", "taken_out"]


def _entries(batch: pa.RecordBatch, name: str) -> int:
    """How many the lists of a column hold."""
    return pc.sum(pc.list_value_length(batch.column(name))).as_py() or 0


def _counted(batch: pa.RecordBatch) -> Iterator[tuple[str, str | None, str | None, int]]:
    """Files by repository, language and rule; those with replacements once more as `REDACTED`."""
    rows = pa.table({name: batch.column(name) for name in COLUMNS[:3]})
    replaced = rows.filter(pc.greater(pc.list_value_length(batch.column("redactions")), 0))
    replaced = replaced.set_column(2, "rule", pa.repeat(pa.scalar(REDACTED), replaced.num_rows))
    for table in (rows, replaced):
        found = table.group_by(COLUMNS[:3]).aggregate([([], "count_all")])
        yield from zip(*(found[n].to_pylist() for n in found.column_names), strict=True)


def _add(tally: Tally, repository: str, counts: dict[str | None, Counter[str | None]]) -> None:
    whole: Counter[str] = Counter()
    files = 0
    for language, rules in counts.items():
        dropped = {rule: number for rule, number in rules.items() if rule is not None}
        own = sum(rules.values()) - rules[REDACTED]
        whole.update(dropped)
        files += own
        if language is not None:
            tally.languages.setdefault(language, Group()).add(repository, own, dropped)
    tally.all.add(repository, files, whole)


@dataclass(frozen=True)
class Finding:
    """A rule that drops more, or less, than is expected of it."""

    rule: str
    language: str | None
    """Null for the files of all languages."""
    files: int
    dropped: int
    least: float
    most: float
    worst: str
    worst_dropped: int

    def told(self, rules: str = "") -> str:
        """One sentence."""
        what = f"{rules}{self.rule}"
        of = "files judged" if self.language is None else f"files of the language {self.language}"
        found = (
            f"{self.dropped:,} of the {self.files:,} {of} ({_percent(self.dropped / self.files)})"
        )
        verb = "replaced something in" if self.rule == REDACTED else "dropped"
        what = "redaction" if self.rule == REDACTED else what
        if self.dropped < self.least * self.files:
            return (
                f"{what} {verb} only {found}; at least {_percent(self.least)} is expected: "
                "is it off or broken?"
            )
        return f"{what} {verb} {found}; at most {_percent(self.most)} is expected."


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


class Guards:
    """What a configuration expects each rule to drop of each language."""

    def __init__(self, config: FilesConfig, languages: Languages) -> None:
        self._config = config
        self._judge = make_judge(config, languages)
        self._ranges = {f.name: Range(f.expects_least, f.expects) for f in self._judge.filters}
        self._ranges |= RULES
        self._of_language = {
            x.name: {rule: Range(*pair) for rule, pair in x.expects} for x in languages.languages
        }
        self._off = {name: languages.thresholds(name) for name in self._ranges}

    def findings(self, tally: Tally) -> list[Finding]:
        """What lies outside its range, that which is furthest outside first."""
        found = [*self._of_languages(tally), *self._of_all(tally)]
        return sorted(
            found, key=lambda f: (-f.dropped / f.files, -f.files, f.rule, f.language or "")
        )

    def check(self, root: str, tally: Tally, found: Iterable[Finding]) -> None:
        """Raise `UserError` where one of `found` is so far outside that the build has to stop."""
        fatal = [each for each in found if self._is_fatal(tally, each)]
        if fatal:
            worst = max(fatal, key=lambda each: each.dropped if each.language else 0)
            raise UserError(_stopped(root, worst, len(fatal) - 1, self._config.stop_loss))

    def _is_fatal(self, tally: Tally, each: Finding) -> bool:
        line = Range(each.least, each.most).beyond(self._config.stop_loss)
        losses = tally.losses(each.rule, each.language)
        return each.rule != REDACTED and losses.is_beyond(line, tally.all.files)

    def _of_languages(self, tally: Tally) -> Iterator[Finding]:
        for language, group in tally.languages.items():
            for rule in group.dropped:
                if (expected := self.range_of(rule, language)) is None:
                    continue
                losses = tally.losses(rule, language)
                if language != "unknown" and losses.is_more(expected.most):
                    yield _finding(rule, language, losses, expected)

    def _of_all(self, tally: Tally) -> Iterator[Finding]:
        """All languages together, held against the mean of their ranges by number of files."""
        for rule in self._ranges:
            losses = tally.losses(rule)
            expected = self._mean(rule, tally)
            if losses.is_more(expected.most) or losses.is_less(expected.least):
                yield _finding(rule, None, losses, expected)

    def _mean(self, rule: str, tally: Tally) -> Range:
        if rule in RULES:
            redacts_all = self._config.redact and set(self._config.redact_kinds) == set(KINDS)
            is_off = rule == REDACTED and not redacts_all
            return Range(0 if is_off else RULES[rule].least, RULES[rule].most)
        files = tally.all.files or 1
        mean = [0.0, 0.0]
        for language, group in tally.languages.items():
            expected = self.range_of(rule, language)
            for end in range(2 if expected else 0):
                mean[end] += (expected or (0, 0))[end] * group.files / files
        return Range(*mean)

    def range_of(self, rule: str, language: str) -> Range | None:
        """Null for a rule of which nothing is expected; at least nothing where it may be off."""
        usual = self._ranges.get(rule)
        expected = self._of_language.get(language, {}).get(rule, usual)
        if usual is None or expected is None:
            return None
        changed = rule in self._config.off or rule in self._config.thresholds
        if changed or self._off[rule].get(language, 0.0) is None:
            return Range(0.0, expected.most)
        return expected


def _finding(rule: str, language: str | None, losses: Losses, expected: Range) -> Finding:
    numbers = losses.files, losses.dropped, *expected
    return Finding(rule, language, *numbers, losses.worst, losses.worst_dropped)


def _stopped(root: str, each: Finding, others: int, stop_loss: float) -> str:
    of = "files judged" if each.language is None else f"files of the language {each.language}"
    option = "" if each.language is None else f" --language {each.language!r}"
    line = _percent(Range(each.least, each.most).beyond(stop_loss))
    more = f" ({others} more are as far outside)" if others else ""
    return (
        f"{each.rule} would take {each.dropped:,} of the {each.files:,} {of}, where at most "
        f"{_percent(each.most)} is expected and files.stop_loss = {stop_loss} allows {line}{more}: "
        f"see `codemill study {root} {each.rule}{option}`, then set "
        f"files.thresholds.{each.rule}, or raise files.stop_loss, and build again"
    )
