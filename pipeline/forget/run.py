"""`codemill forget DIR --opt-out FILE`, step by step."""

from __future__ import annotations

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow.compute as pc

from codemill.pipeline import opt_out as lists
from codemill.pipeline import parts, storage
from codemill.pipeline.accounting import account
from codemill.pipeline.build import Build, Counts, locked
from codemill.pipeline.config import Config, config_from_table
from codemill.pipeline.errors import UserError
from codemill.pipeline.forget.plan import Plan, make_plan, pending_plan, write_plan
from codemill.pipeline.forget.proof import Proof, prove, scan_text
from codemill.pipeline.forget.record import PENDING, Record, read_record, write_record
from codemill.pipeline.forget.rewrite import Rewriter, Theirs, count_in, files_of
from codemill.pipeline.notice import NOTICE, TEXTS, prune_bundle
from codemill.pipeline.progress import Reporter
from codemill.pipeline.runner import RunSettings
from codemill.pipeline.sources import Discovery
from codemill.pipeline.stages import catalog, duplicates, files, instruct, pretrain, text
from codemill.pipeline.stages.report import CARD, PAGE, write_report
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.transforms.opt_out import Entry, OptOut

MANIFEST = "manifest.json"
REPORT = "forget-report.json"

LEFT_ALONE = (
    "the tokenizer was trained on the text as it was and is not trained anew",
    "files of others that were dropped as copies of theirs stay dropped",
    "what others wrote about them stays, and so do copies that others hold, unless the list "
    "names their content",
    "clones, exports, models and other corpora are not touched",
)
"""What forgetting does not do, for the report."""


def forget(root: str, list_path: str, reporter: Reporter, *, dry_run: bool) -> Iterator[str]:
    """Take what the list names out of the corpus in `root`; lines that tell what was done.

    Raises `UserError` where there is no finished corpus, the list is empty or wrong, or something
    of theirs is left.
    """
    opt_out = lists.read_opt_out(list_path)
    if not opt_out.entries:
        raise UserError(f"{list_path} names nothing: a line is {lists.FORMS}")
    manifest = storage.read_json(storage.join(root, MANIFEST))
    if manifest is None:
        raise UserError(f"{root} holds no finished build: run codemill build with --out {root}")
    with locked(root):
        plan = pending_plan(root, opt_out)
        if plan is None:
            before = manifest["accounting"]["forgotten"]
            plan, named = make_plan(root, opt_out, before, reporter)
            yield from _told(plan, len(opt_out.entries))
            if dry_run:
                return
            if plan.rewrite:
                _begin(root, plan, opt_out, named)
        else:
            reporter.say("going on with what was interrupted")
            if dry_run:
                yield from _told(plan, len(opt_out.entries))
                return
        theirs = Theirs(plan.file_ids, opt_out)
        if plan.rewrite:
            _rewrite(root, plan, theirs, manifest, reporter)
        proof = _finish(root, plan, theirs, manifest, reporter)
        yield from _told_proof(root, proof)


def _begin(root: str, plan: Plan, opt_out: OptOut, named: list[Entry]) -> None:
    """Say what will be forgotten before anything is: from here on only the end is a corpus."""
    before = read_record(root)
    if before is None:
        with storage.open_read(storage.join(root, MANIFEST)) as file:
            before = Record(hashlib.sha256(file.read()).hexdigest()[:32], frozenset())
    hashed = lists.hashed(named, before.salt)
    write_record(root, Record(before.salt, before.entries | hashed))
    write_plan(root, plan, opt_out)


def _rewrite(
    root: str, plan: Plan, theirs: Theirs, manifest: dict[str, Any], reporter: Reporter
) -> None:
    storage.remove(storage.join(root, "work"))
    config = config_from_table(manifest["config"])
    rewriter = Rewriter(root, theirs, config)
    done: Counter[str] = Counter()
    for path in plan.rewrite:
        if count_in(root, path, theirs):
            rewriter.rewrite(path)
        done[path.split("/")[0]] += 1
    if done["attribution"]:
        prune_bundle(root)
    storage.remove(storage.join(root, "work"))
    for folder, number in done.items():
        reporter.say(f"  {folder:<12}{number:,} of {len(files_of(root, folder)):,} files rewritten")
    stages = manifest["stages"]
    for name, counts in _counted(root, config, plan, stages).items():
        stages[name]["counts"] = counts
    counts = {name: record["counts"] for name, record in stages.items()}
    write_report(root, counts, config.report.title, config.report.samples)
    _blank_command(root)
    manifest["accounting"] = account(root, counts)
    manifest["inputs"] = [i for i in manifest["inputs"] if not theirs.is_whole(i["repository"])]
    for path in (*plan.rewrite, TEXTS, NOTICE, CARD, PAGE):
        manifest["sha256"][path] = parts.sha256(root, path)


def _blank_command(root: str) -> None:
    """`run.json` without the command, whose sources are named after repositories."""
    path = storage.join(root, "run.json")
    run = storage.read_json(path)
    if run is not None:
        storage.write_json(path, {**run, "argv": None})


def _counted(root: str, config: Config, plan: Plan, stages: dict[str, Any]) -> dict[str, Counts]:
    """What the stages would count of what is left; `locations` is what was catalogued."""
    quiet = Reporter(quiet=True)
    build = Build(root, config, Discovery((), (), 0), RunSettings(), quiet)
    judged = files_of(root, files.FILES_DIR)
    counts = {name: copy.deepcopy(record["counts"]) for name, record in stages.items()}
    counts["files"] = files.count(build, [p.split("/")[1].removesuffix(".parquet") for p in judged])
    counts["text"] = text.count(build)
    counts["pretrain"] = pretrain.count(build)
    counts["instruct"] = instruct.count(build)
    rules = duplicates.count_rules(root, files_of(root, duplicates.LEDGER_DIR))
    # Losses name repositories and were of the build as it was made.
    counts["duplicates"] = {**counts["duplicates"], **rules, "losses": {}}
    counts["catalog"].update(_catalog(root, judged))
    counts["catalog"]["forgotten"] = plan.before + plan.locations
    return counts


def _catalog(root: str, judged: list[str]) -> Counts:
    ledger = files_of(root, catalog.LEDGER_DIR)
    rules = parts.count_values(root, ledger, "rule")
    read = [path for path in ledger if not path.endswith("/unreadable.parquet")]
    sizes = parts.iterate_parts(root, judged, columns=["size_bytes"])
    return {
        "repositories": len(parts.count_values(root, [*read, *judged], "repository")),
        "admitted": sum(parts.num_rows(root, path) for path in judged),
        "size_bytes": sum(pc.sum(batch.column(0)).as_py() or 0 for batch in sizes),
        "dropped": {str(rule): number for rule, number in sorted(rules.items())},
    }


def _finish(
    root: str, plan: Plan, theirs: Theirs, manifest: dict[str, Any], reporter: Reporter
) -> Proof:
    """Prove it on what is written and on the manifest to be; only then write that."""
    reporter.say("  reading every file again")
    skip = {MANIFEST, REPORT, PENDING} if plan.rewrite else {REPORT}
    proof = prove(root, theirs, load_spec(root).padding, skip)
    if plan.rewrite:
        scan_text(proof, MANIFEST, json.dumps(manifest).encode(), theirs)
    if proof.hits:
        places = ", ".join(f"{name} ({n:,})" for name, n in sorted(proof.hits.items())[:5])
        raise UserError(
            f"{sum(proof.hits.values()):,} ids or names that were to be forgotten are still in "
            f"{root}: {places}. Files that are not the build's have to be removed by hand; then "
            "give the same command again"
        )
    if plan.rewrite:
        storage.write_json(storage.join(root, MANIFEST), manifest)
        storage.write_json(storage.join(root, REPORT), _report(root, plan, proof))
        storage.remove(storage.join(root, PENDING))
    return proof


def _report(root: str, plan: Plan, proof: Proof) -> dict[str, Any]:
    """`forget-report.json`: counts, no names."""
    rewritten = Counter(path.split("/")[0] for path in plan.rewrite)
    return {
        "forgotten": {"locations": plan.locations, **plan.counts},
        "files_rewritten": {
            folder: {"rewritten": number, "of": len(files_of(root, folder))}
            for folder, number in rewritten.items()
        },
        "left_alone": list(LEFT_ALONE),
        "proof": {
            "files": proof.files,
            "parquet_rows": proof.rows,
            "values_compared": proof.values,
            "text_bytes": proof.size_bytes,
            "not_scanned": proof.not_scanned,
            "hits": 0,
        },
    }


def _told(plan: Plan, num_entries: int) -> Iterator[str]:
    count = Counter(plan.counts)
    yield f"{count['entries']:,} of {num_entries:,} entries name something in the corpus"
    if not plan.rewrite:
        yield "nothing to forget"
        return
    yield (
        f"{plan.locations:,} locations: {count['text_rows']:,} files of text, "
        f"{count['ledger_rows']:,} rows of the ledger"
    )
    yield (
        f"{count['tokens']:,} tokens in {count['segments']:,} segments, "
        f"{count['instruct_rows']:,} instruction pairs, {len(plan.rewrite):,} files to rewrite"
    )
    if count["twins"]:
        yield (
            f"{count['twins']:,} files of others were dropped as copies of theirs: they stay "
            "dropped, their rows no longer say for what"
        )
    if count["copies_elsewhere"]:
        yield (
            f"{count['copies_elsewhere']:,} of theirs have a copy that others hold, which stays: "
            "name its content id to take it too"
        )


def _told_proof(root: str, proof: Proof) -> Iterator[str]:
    yield (
        f"read again: {proof.files:,} files, {proof.rows:,} rows, {proof.values:,} ids and names "
        "compared, 0 of theirs"
    )
    if proof.not_scanned:
        yield f"not the build's and not read: {', '.join(proof.not_scanned[:5])}"
    yield f"{LEFT_ALONE[0]}; {LEFT_ALONE[3]}"
    if storage.exists(storage.join(root, REPORT)):
        yield f"report: {storage.join(root, REPORT)}"
