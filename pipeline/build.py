"""A build: stages in order, each made once under its fingerprint, resumable at any moment.

`work/stages/NAME.json` says under which fingerprint a stage's outputs are being made, and
whether they are complete. When the whole build is, `manifest.json` says the same, so `work/` can
be deleted; a stage that is made again then has its inputs under `work/` made again first.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from codemill.pipeline import parts, runner, storage, versions
from codemill.pipeline.benchmarks import told as told_benchmarks
from codemill.pipeline.config import GUARDS, Config
from codemill.pipeline.earlier import digest_of
from codemill.pipeline.errors import UserError
from codemill.pipeline.forget.record import RECORD, require_list
from codemill.pipeline.inputs import described, revisions
from codemill.pipeline.opt_out import digest, read_opt_out
from codemill.pipeline.progress import Load, Reporter
from codemill.pipeline.sources import Discovery
from codemill.transforms.opt_out import OptOut
from codemill.transforms.schema import CORPUS_VERSION

OUTPUTS = (
    "files",
    "ledger",
    "text",
    "signatures",
    "tokenizer",
    "pretrain",
    "instruct",
    "attribution",
    "work",
    "manifest.json",
    "run.json",
    "README.md",
    "report.html",
    "forget-report.json",
)
"""All that `--fresh` removes from a build's folder. What says what was forgotten stays."""

Counts = dict[str, Any]


@dataclass(frozen=True)
class Build:
    """One build in its folder, with how it is to be run."""

    root: str
    config: Config
    inputs: Discovery
    settings: runner.RunSettings
    reporter: Reporter
    seconds: dict[str, float] = field(default_factory=dict)
    """Wall time by step, for run.json."""

    def path(self, *names: str) -> str:
        """A path in the build's folder."""
        return storage.join(self.root, *names)

    def run(self, graph: runner.Graph) -> None:
        """Run a graph with the build's settings."""
        runner.run_graph(graph, self.settings)

    def run_parts(
        self,
        label: str,
        folder: str,
        loads: Mapping[str, Load],
        graph: Callable[[list[str]], runner.Graph],
    ) -> None:
        """Run the graph that `graph` makes of the parts that `folder` does not hold yet."""
        missing = sorted(set(loads) - parts.committed(self.root, folder))
        start = time.monotonic()
        with self.reporter.watch(label, loads, lambda: parts.committed(self.root, folder)):
            if missing:
                self.run(graph(missing))
        self.seconds[label] = self.seconds.get(label, 0.0) + time.monotonic() - start


@dataclass(frozen=True)
class Stage:
    """One stage: what decides its bytes, what it writes, how it is made."""

    name: str
    version: int
    """`STAGE_VERSION`: raised whenever its rows would change for the same input."""
    inputs: tuple[str, ...]
    """Stages whose fingerprints are part of this one's."""
    libraries: tuple[str, ...]
    """Libraries that decide its bytes."""
    outputs: tuple[str, ...]
    """Files and folders it owns, `work/NAME` aside."""
    needs_work: tuple[str, ...]
    """Stages whose folder under `work/` it reads."""
    make: Callable[[Build], Counts]
    """Makes what is missing; counts go to the manifest."""
    data: Callable[[Config, Discovery], Any] = lambda config, inputs: None  # noqa: ARG005
    """What decides its bytes beside its section: data files, other sections, the manifest."""


@dataclass(frozen=True)
class Planned:
    """What will be done with a stage, and why."""

    stage: Stage
    fingerprint: str
    action: str
    """`keep`, `make` or `resume`."""
    why: str


def fingerprints(stages: tuple[Stage, ...], config: Config, inputs: Discovery) -> dict[str, str]:
    """Every stage's fingerprint, 64 hex."""
    made: dict[str, str] = {}
    for stage in stages:
        made[stage.name] = versions.fingerprint(
            {
                "stage": stage.name,
                "stage_version": stage.version,
                "corpus_version": CORPUS_VERSION,
                "config": _deciding(_told_config(config)[stage.name]),
                "inputs": [made[name] for name in stage.inputs] or revisions(inputs),
                "libraries": versions.library_versions(stage.libraries),
                "data": stage.data(config, inputs),
            }
        )
    return made


def _deciding(section: Mapping[str, Any]) -> dict[str, Any]:
    """A section without what only stops a build."""
    return {name: value for name, value in section.items() if name not in GUARDS}


def _told_config(config: Config) -> dict[str, Any]:
    """The configuration without a path of this machine.

    The tokenizer's digest stands for its path, those of the opt-out list and of benchmarks for
    theirs, and that of an earlier build for its folder.
    """
    told = asdict(config)
    told["catalog"]["opt_out"] = digest(read_opt_out(config.catalog.opt_out))
    told["decontaminate"] = told_benchmarks(config.decontaminate)
    told["duplicates"]["against"] = [digest_of(root) for root in config.duplicates.against]
    told["tokenizer"]["path"] = os.path.basename(config.tokenizer.path.rstrip("/"))
    return told


def plan(build: Build, stages: tuple[Stage, ...]) -> list[Planned]:
    """What to do with each stage, in order."""
    wanted = fingerprints(stages, build.config, build.inputs)
    records = {stage.name: _record(build, stage.name) for stage in stages}
    remake = {s.name for s in stages if not _complete(records[s.name], wanted[s.name])}
    for stage in reversed(stages):
        if stage.name in remake:
            remake |= {n for n in stage.needs_work if not records[n].get("work")}
    return [_planned(s, wanted[s.name], records[s.name], remake) for s in stages]


def _complete(record: Mapping[str, Any], wanted: str) -> bool:
    return record.get("fingerprint") == wanted and bool(record.get("complete"))


def _planned(stage: Stage, wanted: str, record: Mapping[str, Any], remake: set[str]) -> Planned:
    if stage.name not in remake:
        return Planned(stage, wanted, "keep", "complete")
    if not record:
        return Planned(stage, wanted, "make", "not made yet")
    if record["fingerprint"] != wanted:
        return Planned(stage, wanted, "make", "its configuration, inputs or libraries changed")
    if record["complete"]:
        return Planned(stage, wanted, "make", "what it left under work/ is gone and needed")
    return Planned(stage, wanted, "resume", "was interrupted")


def run_stages(build: Build, planned: list[Planned]) -> dict[str, Counts]:
    """Make every planned stage that is not kept; all stages' counts by name."""
    keep = {p.stage.name: _record(build, p.stage.name) for p in planned if p.action == "keep"}
    if len(keep) < len(planned):
        for name, record in keep.items():
            storage.write_json(_record_path(build, name), record)
        storage.remove(build.path("manifest.json"))
    counts = {}
    for step in planned:
        name = step.stage.name
        counts[name] = keep[name]["counts"] if name in keep else _make(build, step)
    return counts


def _make(build: Build, step: Planned) -> Counts:
    stage = step.stage
    if step.action == "make":
        # The record goes first: a build killed here must not take the rest for complete.
        for gone in (f"work/stages/{stage.name}.json", *stage.outputs, f"work/{stage.name}"):
            storage.remove(build.path(gone))
    record = {"fingerprint": step.fingerprint, "complete": False, "work": True, "counts": {}}
    storage.write_json(_record_path(build, stage.name), record)
    start = time.monotonic()
    counts = stage.make(build)
    build.seconds[stage.name] = time.monotonic() - start
    record.update(complete=True, counts=counts)
    storage.write_json(_record_path(build, stage.name), record)
    build.reporter.say(f"  {stage.name:<12}{build.seconds[stage.name]:7.1f} s   {_told(counts)}")
    return counts


def _told(counts: Counts) -> str:
    plain = {k: v for k, v in counts.items() if isinstance(v, int)}
    said = list(plain.items())[:4]
    return ", ".join(f"{k.removeprefix('n_').replace('_', ' ')} {v:,}" for k, v in said)


def stage_counts(root: str) -> dict[str, Counts]:
    """What the complete stages of the build in `root` counted."""
    manifest = storage.read_json(storage.join(root, "manifest.json"))
    if manifest is not None:
        return {name: record["counts"] for name, record in manifest["stages"].items()}
    folder = storage.join(root, "work", "stages")
    names = [name.removesuffix(".json") for name in storage.files_below(folder)]
    records = {name: storage.read_json(storage.join(folder, f"{name}.json")) for name in names}
    return {name: record["counts"] for name, record in records.items() if record["complete"]}


def _record_path(build: Build, name: str) -> str:
    return build.path("work", "stages", f"{name}.json")


def _record(build: Build, name: str) -> dict[str, Any]:
    record = storage.read_json(_record_path(build, name))
    if record is None:
        manifest = storage.read_json(build.path("manifest.json")) or {}
        record = manifest.get("stages", {}).get(name)
        record = {**record, "complete": True, "work": False} if record else {}
    return dict(record)


@contextmanager
def claimed(build: Build, opt_out: OptOut, *, fresh: bool) -> Iterator[None]:
    """Hold the output folder for this build; raises `UserError` saying what else is in it.

    `opt_out` has to name all that was forgotten there.
    """
    _refuse_strangers(build.root)
    with locked(build.root):
        forgotten = require_list(build.root, opt_out)
        if fresh:
            # First what says that something is complete: a build killed here must not believe it.
            for name in ("manifest.json", "work/stages", *OUTPUTS):
                storage.remove(build.path(name))
        _check_inputs(build, opt_out if forgotten else OptOut())
        storage.write_json(build.path("work", "inputs.json"), revisions(build.inputs))
        storage.remove(build.path("work", "tmp"))
        yield


def _refuse_strangers(root: str) -> None:
    here = _top_level(root)
    manifest = storage.read_json(storage.join(root, "manifest.json")) if here else None
    is_build = "corpus_version" in (manifest or {}) or "work" in here
    if is_build and (manifest or storage.exists(storage.join(root, "work", "inputs.json"))):
        return
    others = sorted(here - {"work", RECORD})
    if others or (here and storage.files_below(storage.join(root, "work"))):
        raise UserError(
            f"{root} holds files that are no build of codemill's "
            f"({', '.join(others[:3]) or 'work'}): give --out another folder"
        )


def _check_inputs(build: Build, opt_out: OptOut) -> None:
    """Refuse other sources, but for those that `opt_out` takes whole: they may be forgotten."""
    before, now = _inputs_before(build), revisions(build.inputs)
    if before is None:
        return
    before, now = (
        [source for source in sources if opt_out.of_repository(source[0]) is None]
        for sources in (before, now)
    )
    if before != now:
        raise UserError(
            f"{build.root} holds a build of other sources ({_difference(before, now)}): "
            "give --out another folder, or --fresh to build anew in this one"
        )


def _top_level(root: str) -> set[str]:
    if storage.is_remote(root):
        return {name.split("/")[0] for name in storage.files_below(root)}
    return set(os.listdir(root)) if os.path.isdir(root) else set()


def _inputs_before(build: Build) -> list[list[str]] | None:
    manifest = storage.read_json(build.path("manifest.json"))
    if manifest is not None:
        return [[i["repository"], i["revision"]] for i in manifest["inputs"]]
    inputs: list[list[str]] | None = storage.read_json(build.path("work", "inputs.json"))
    return inputs


def _difference(before: list[list[str]], now: list[list[str]]) -> str:
    old, new = {tuple(b) for b in before}, {tuple(n) for n in now}
    said = [
        f"{word} {r} at {v[:12]}"
        for word, only in (("without", old - new), ("with", new - old))
        for r, v in sorted(only)[:2]
    ]
    more = len(old ^ new) - len(said)
    return ", ".join(said) + (f" and {more} more" if more > 0 else "")


@contextmanager
def locked(root: str) -> Iterator[None]:
    """Keep whoever else writes out of `root` while the body runs; not for remote folders."""
    if storage.is_remote(root):
        yield
        return
    os.makedirs(root, exist_ok=True)
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UserError(f"another build is writing to {root}: wait for it to end") from None
    finally:
        os.close(folder)


def write_manifest(
    build: Build,
    planned: list[Planned],
    counts: Mapping[str, Counts],
    accounting: Mapping[str, int],
) -> None:
    """`manifest.json`: what the corpus was made of and by, and the digest of every file."""
    stages = {
        p.stage.name: {"fingerprint": p.fingerprint, "counts": counts[p.stage.name]}
        for p in planned
    }
    manifest = {
        "corpus_version": CORPUS_VERSION,
        "libraries": versions.library_versions(),
        "config": _told_config(build.config),
        "inputs": described(build.inputs),
        "stages": stages,
        "accounting": dict(accounting),
        "sha256": digests(build.root),
    }
    storage.write_json(build.path("manifest.json"), manifest)


UNDIGESTED = ("manifest.json", "run.json", "forget-report.json", "work")


def digests(root: str) -> dict[str, str]:
    """sha256 by path of every file of a build but those of `UNDIGESTED`."""
    names = [n for n in storage.files_below(root) if _is_digested(n)]
    return {name: parts.sha256(root, name) for name in names}


def _is_digested(name: str) -> bool:
    """Whether a file is a build's own; others are not."""
    top = name.split("/")[0]
    return top in OUTPUTS and top not in UNDIGESTED
