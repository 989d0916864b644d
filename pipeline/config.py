"""A run is a Python value: frozen dataclasses, one a stage, also readable from TOML.

Every field has a docstring with its unit and trade-off. A wrong key, type or value is a
`ValueError` that names it and the nearest valid one, before anything runs.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import tomllib
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codemill.pipeline.policy_file import is_policy_file, read_policy_file
from codemill.pipeline.sources.moments import moment_of
from codemill.transforms.dedup.bands import choose_bands
from codemill.transforms.dedup.ranking import CRITERIA, KEEP_POLICY, check_policy
from codemill.transforms.learning_value import value_weights
from codemill.transforms.redact.patterns import KINDS
from codemill.transforms.schema import PATH_KIND

MOST_PERMUTATIONS = 4096
"""Of a signature: 16 kB a file."""


GUARDS = ("stop_loss",)
"""Fields that can stop a build and decide none of its bytes: no part of a fingerprint."""


def _require(section: str, name: str, value: object, holds: bool, wanted: str) -> None:
    if not holds:
        raise ValueError(f"{section}.{name} must be {wanted}, not {value!r}")


@dataclass(frozen=True)
class CatalogConfig:
    """Which locations are admitted, from where they lie alone."""

    seed: int = 0
    """Keys the split and the order of repositories; another seed deals other parts."""
    validation_share: float = 0.05
    """Share of repositories kept for validation, 0 to 0.5. A repository is never divided."""
    licences: str = "permissive"
    """Licence policy: `permissive`, `permissive-and-weak-copyleft`, `any-open-source`, `all`, SPDX
    ids separated by commas, or a YAML or TOML file with `groups` of `ids` and a `reason`, and the
    policy it `extends`. No licence found means not in, except under `all`."""
    drop: tuple[str, ...] = ("vendored", "generated", "lock", "minified")
    """Kinds of path left out: vendored, generated, lock, documentation, test, fixture (the data of
    tests), minified."""
    opt_out: str = ""
    """A file that names owners, repositories, paths and content ids to leave out
    (docs/opt_out.md); empty leaves out none. What it says decides, not its name."""
    max_file_bytes: int = 1 << 20
    """Files above are left out, in bytes. Peers take 3 to 8 MB; the largest are mostly data."""
    repositories_per_part: int = 8
    """Repositories listed as one unit of work: fewer make more, smaller parts."""
    part_bytes: int = 16 << 20
    """Content read as one unit of work, in bytes. Bounds a worker's memory (about twelve times
    this); 64 MB and more suits a cluster."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        kinds = {column.name for column in PATH_KIND}
        share = self.validation_share
        _require("catalog", "validation_share", share, 0 <= share <= 0.5, "between 0 and 0.5")
        _require("catalog", "drop", self.drop, set(self.drop) <= kinds, f"among {sorted(kinds)}")
        for name in ("max_file_bytes", "repositories_per_part", "part_bytes"):
            value = getattr(self, name)
            _require("catalog", name, value, value > 0, "above 0")


@dataclass(frozen=True)
class FilesConfig:
    """What a file must be to stay."""

    languages: tuple[str, ...] = ()
    """Languages kept, by github-linguist's names; empty keeps every configured one."""
    types: tuple[str, ...] = ("programming", "markup", "data", "prose")
    """Types of language kept, github-linguist's."""
    filters: tuple[str, ...] = ()
    """Quality filters in the order they decide; empty takes the default recipe."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """A filter's threshold for every language, in the filter's unit: `long_lines = 2000`."""
    off: tuple[str, ...] = ()
    """Filters whose score is kept but which drop nothing."""
    drop_unparsable: bool = True
    """Leave out files that defeat their language's parser: too deep, too ambiguous. Off keeps them,
    without error share, comments and functions. The column `unparsed` names the bound."""
    redact: bool = True
    """Replace secrets and addresses by typed placeholders (docs/redaction.md)."""
    redact_kinds: tuple[str, ...] = KINDS
    """What is replaced: private_key, key, password, email, ip_address."""
    stop_loss: float = 0.5
    """How far a rule may drop more of a language's files than is expected of it before the build
    stops, as a part of the way from the end of its range to all files: at 0.5 one that is expected
    to drop up to 10% stops the build above 55%. 1 never stops, nor does a language of fewer than 40
    files, nor a loss of less than 1% of all files. Looked at when the stage has been made; raising
    it makes nothing anew."""
    value_weights: Mapping[str, float] = field(default_factory=dict)
    """Weights of the signals of `learning_value` that differ from the defaults, by name
    (docs/learning_value.md); 0 leaves a signal out."""
    value_reference: str = "2026-01-01"
    """Date that ages of repositories are counted to, ISO 8601. It is no clock: the same on every
    day, so that a build made again gives the same bytes."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        for kind in self.redact_kinds:
            if kind not in KINDS:
                told = _nearest(kind, KINDS)
                raise ValueError(f"files.redact_kinds: no kind {kind!r}{told}")
        kinds = self.redact_kinds
        _require("files", "redact_kinds", kinds, bool(kinds), "some (or set files.redact to false)")
        for name, value in self.thresholds.items():
            _require("files.thresholds", name, value, math.isfinite(value), "a finite number")
        loss = self.stop_loss
        _require("files", "stop_loss", loss, 0 < loss <= 1, "above 0 and at most 1")
        try:
            value_weights(self.value_weights)
        except ValueError as error:
            raise ValueError(f"files.value_weights: {error}") from None
        reference = self.value_reference
        is_date = moment_of(reference) is not None
        _require("files", "value_reference", reference, is_date, "a date as 2026-01-01")


POLICIES = ("file", "function", "report")
"""What is done about a benchmark's item."""


@dataclass(frozen=True)
class DecontaminateConfig:
    """Which files are left out for what they hold of benchmarks (docs/decontamination.md).

    Thresholds are shares of the n-grams of an item's field that tell it from other code.
    """

    defaults: bool = True
    """Look for the benchmarks whose fingerprints come with codemill: HumanEval and MBPP."""
    benchmarks: tuple[str, ...] = ()
    """JSONL files of records with a prompt, a solution or tests, local or remote."""
    policy: str = "file"
    """What goes where an item is found: the `file`; the `function` that holds it, if nothing is
    found in what is left, else the file; or nothing (`report`)."""
    named: float = 0.15
    """Share of a solution or test found as it is, the solution's name for its function with it."""
    tokens: float = 0.25
    """Share found as it is, without that name."""
    shape: float = 0.7
    """Share of a solution found under other names."""
    prompt: float = 0.5
    """Share of a prompt's words found."""
    function: float = 0.5
    """Share of a solution's tokens in a function that is the same but for names."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        for name in ("named", "tokens", "shape", "prompt", "function"):
            value = getattr(self, name)
            _require("decontaminate", name, value, 0 < value <= 1, "above 0 and at most 1")
        known = self.policy in POLICIES
        _require("decontaminate", "policy", self.policy, known, f"one of {', '.join(POLICIES)}")


@dataclass(frozen=True)
class DuplicatesConfig:
    """Near-duplicates: candidates by MinHash, verified by exact Jaccard."""

    enabled: bool = True
    """Off keeps near-duplicates; exact ones are always removed."""
    threshold: float = 0.7
    """Jaccard similarity of the shingle sets from which a file is removed; 0.85 is strict."""
    detection: float = 0.99
    """Probability that a pair at the threshold becomes a candidate; sets bands and rows."""
    permutations: int = 222
    """Length of a signature: 222 make 37 bands of 6 rows at these defaults. More find pairs with
    fewer false candidates, at linear cost."""
    shingle_tokens: int = 5
    """Tokens in a shingle. A file with fewer takes part in exact matching only."""
    seed: int = 42
    """Seed of the permutations; signatures compare only under one seed."""
    keep: tuple[str, ...] = KEEP_POLICY
    """Which of like files is kept: criteria, the first that differs decides, then the smallest file
    id (docs/duplicates.md). Holds for exact duplicates too. All must fit 63 bits."""
    whole_repositories: bool = False
    """Keep repositories without holes: one is removed only as a whole, or not at all. Exact copies
    stay too, but where their repository goes."""
    repository_share: float = 0.5
    """With `whole_repositories`: share of a repository's bytes in files that are like files of one
    other repository, from which it is removed for that one."""
    warn_loss: float = 0.6
    """Share of a language's or a repository's files that near-duplicates may take without a
    warning in the report. Fewer than 20 files are never warned of."""
    stop_loss: float = 1.0
    """The share from which on the build stops before anything is written from what is left; 1
    never stops."""
    against: tuple[str, ...] = ()
    """Folders of earlier builds, whose files all stay: what is like one of them is removed."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        for name in ("threshold", "detection", "repository_share"):
            value = getattr(self, name)
            _require("duplicates", name, value, 0 < value < 1, "between 0 and 1")
        for name in ("warn_loss", "stop_loss"):
            value = getattr(self, name)
            _require("duplicates", name, value, 0 < value <= 1, "above 0 and at most 1")
        _require("duplicates", "seed", self.seed, 0 <= self.seed < 1 << 32, "from 0 to 2**32 - 1")
        for name, most in (("permutations", MOST_PERMUTATIONS), ("shingle_tokens", 1000)):
            value = getattr(self, name)
            _require("duplicates", name, value, value > 0, "above 0")
            _require("duplicates", name, value, value <= most, f"at most {most:,}")
        for name in ("threshold", "repository_share"):
            value = getattr(self, name)
            short = round(value, 4) == value
            _require("duplicates", name, value, short, "a number of at most 4 digits")
        whole = self.whole_repositories
        _require(
            "duplicates", "whole_repositories", whole, self.enabled or not whole, "off with enabled"
        )
        _check_keep(self.keep)
        choose_bands(self.permutations, threshold=self.threshold, detection=self.detection)


def _check_keep(keep: tuple[str, ...]) -> None:
    for name in keep:
        if name not in CRITERIA:
            raise ValueError(f"duplicates.keep: no criterion {name!r}{_nearest(name, CRITERIA)}")
    try:
        check_policy(keep)
    except ValueError as error:
        raise ValueError(f"duplicates.keep: {error}") from None


@dataclass(frozen=True)
class TextConfig:
    """Nothing to set: `text` is what the stages before it kept."""


@dataclass(frozen=True)
class TokenizerConfig:
    """Byte-level BPE trained on a language-weighted sample, or the user's own."""

    path: str = ""
    """A Hugging Face folder whose tokenizer takes the place of training; empty trains one."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Special tokens of that tokenizer by role, where its names are not found by themselves."""
    vocab_size: int = 32_768
    """Entries, special tokens included. Larger means fewer tokens and a larger embedding."""
    sample_bytes: int = 32 << 20
    """Text to train on, in bytes; all of it is held in memory while training."""
    language_exponent: float = 0.5
    """Share of a language in the sample = its share of bytes to this power, renormalised: 1
    keeps the mix, 0 makes languages equal."""
    min_frequency: int = 2
    """Pairs seen fewer times are not merged."""
    seed: int = 0
    """Keys which files are sampled."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        _require("tokenizer", "vocab_size", self.vocab_size, self.vocab_size >= 300, "at least 300")
        _require("tokenizer", "sample_bytes", self.sample_bytes, self.sample_bytes > 0, "above 0")
        exponent = self.language_exponent
        _require("tokenizer", "language_exponent", exponent, 0 <= exponent <= 1, "between 0 and 1")


@dataclass(frozen=True)
class PretrainConfig:
    """Packed token shards."""

    sequence_length: int = 2048
    """Tokens in a row."""
    fim_rate: float = 0.5
    """Share of documents rearranged for fill-in-the-middle, StarCoder 2's."""
    fim_spm_share: float = 0.5
    """Share of those in suffix-prefix-middle order; the rest is prefix-suffix-middle."""
    seed: int = 0
    """Keys which documents are rearranged and where they are cut, and how often they are taken."""
    value_exponent: float = 0.0
    """How much learning value counts: a document of `train` is taken (its value /
    `value_once`) ** `value_exponent` times on average, at most `value_copies`. 0 takes each once; 1
    is the value itself; more is steeper. What is not taken stays in `text/`."""
    value_once: float = 0.5
    """The learning value of a document that is taken once."""
    value_copies: int = 4
    """Copies of a document at most: repeating code up to four times costs little."""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        length = self.sequence_length
        _require("pretrain", "sequence_length", length, length >= 32, "at least 32")
        exponent, once = self.value_exponent, self.value_once
        _require("pretrain", "value_exponent", exponent, 0 <= exponent <= 8, "between 0 and 8")
        _require("pretrain", "value_once", once, 0 < once <= 1, "above 0 and at most 1")
        most = self.value_copies
        _require("pretrain", "value_copies", most, 1 <= most <= 16, "between 1 and 16")
        for name in ("fim_rate", "fim_spm_share"):
            value = getattr(self, name)
            _require("pretrain", name, value, 0 <= value <= 1, "between 0 and 1")


@dataclass(frozen=True)
class InstructConfig:
    """Instruction pairs."""

    enabled: bool = True
    """Off writes no pairs."""
    max_tokens: int = 2048
    """Pairs whose chat is longer are left out and counted."""
    seed: int = 0
    """Keys the wording of instructions."""


@dataclass(frozen=True)
class ReportConfig:
    """The HTML page and the dataset card."""

    title: str = "A corpus of code"
    """Title of both."""
    samples: int = 12
    """Kept and dropped files shown."""


@dataclass(frozen=True)
class Config:
    """What decides a corpus's bytes. How it is run (workers, memory, runner) is not here."""

    catalog: CatalogConfig = CatalogConfig()
    files: FilesConfig = FilesConfig()
    decontaminate: DecontaminateConfig = DecontaminateConfig()
    duplicates: DuplicatesConfig = DuplicatesConfig()
    text: TextConfig = TextConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    pretrain: PretrainConfig = PretrainConfig()
    instruct: InstructConfig = InstructConfig()
    report: ReportConfig = ReportConfig()

    def section(self, name: str) -> dict[str, Any]:
        """One stage's fields as JSON-able values."""
        return dataclasses.asdict(getattr(self, name))


def load_config(path: str | None = None, settings: Sequence[str] = ()) -> Config:
    """The configuration of TOML file `path` with `section.key=value` settings over it.

    A value is read as TOML; what is not TOML is taken as a string. Raises `ValueError` on an
    unknown key, a wrong type or a value out of range.
    """
    table = _read_toml(path) if path else {}
    for setting in settings:
        _apply_setting(table, setting)
    return config_from_table(_with_policy(table))


def _with_policy(table: dict[str, Any]) -> dict[str, Any]:
    """`table` with the content of a policy file in the place of its name."""
    catalog = table.get("catalog")
    named = catalog.get("licences") if isinstance(catalog, Mapping) else None
    if not isinstance(named, str) or not is_policy_file(named):
        return table
    return {**table, "catalog": {**table["catalog"], "licences": read_policy_file(named)}}


def config_from_table(table: Mapping[str, Any]) -> Config:
    """The configuration that a parsed TOML table describes."""
    sections = {f.name: type(f.default) for f in dataclasses.fields(Config)}
    for name, value in table.items():
        if name not in sections:
            raise ValueError(f"unknown section [{name}]{_nearest(name, sections)}")
        if not isinstance(value, Mapping):
            raise ValueError(f"[{name}] must be a table, not {value!r}")
    return Config(**{n: _section(n, sections[n], table[n]) for n in table})


def _read_toml(path: str) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ValueError(f"cannot read configuration {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not TOML: {error}") from None


def _apply_setting(table: dict[str, Any], setting: str) -> None:
    key, equals, text = setting.partition("=")
    names = key.strip().split(".")
    if not equals or len(names) < 2:
        raise ValueError(f"--set takes section.key=value, not {setting!r}")
    for name in names[:-1]:
        table = table.setdefault(name, {})
        if not isinstance(table, dict):
            raise ValueError(f"--set {setting!r}: {name} is a value, not a section")
    table[names[-1]] = _toml_value(text.strip())


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _section(section: str, kind: type, values: Mapping[str, Any]) -> Any:
    hints = typing.get_type_hints(kind)
    for key in values:
        if key not in hints:
            raise ValueError(f"unknown key {section}.{key}{_nearest(key, hints)}")
    return kind(**{k: _convert(f"{section}.{k}", hints[k], v) for k, v in values.items()})


def _nearest(name: str, valid: Collection[str]) -> str:
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.5)
    return f": did you mean {close[0]}?" if close else f"; it takes {', '.join(valid) or 'none'}"


def _convert(key: str, hint: Any, value: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list | tuple) or not all(isinstance(i, str) for i in items):
            raise ValueError(f"{key} must be a list of strings, not {value!r}")
        return tuple(items)
    if origin is not None and issubclass(origin, Mapping):
        inner = typing.get_args(hint)[1]
        if not isinstance(value, Mapping):
            raise ValueError(f"{key} must be a table, not {value!r}")
        return {k: _convert(f"{key}.{k}", inner, v) for k, v in value.items()}
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ValueError(f"{key} must be {hint.__name__}, not {value!r}")
    return value
