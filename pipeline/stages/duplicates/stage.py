"""The steps of `duplicates`, in order."""

from __future__ import annotations

from codemill.pipeline import parts
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.stages.duplicates.choose import choose_kept
from codemill.pipeline.stages.duplicates.copies import find_copies
from codemill.pipeline.stages.duplicates.going import FilesGoing
from codemill.pipeline.stages.duplicates.guards import checked_losses
from codemill.pipeline.stages.duplicates.members import Member, all_members
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.pipeline.stages.duplicates.propose import propose_pairs
from codemill.pipeline.stages.duplicates.repositories import RepositoriesGoing, decide_whole
from codemill.pipeline.stages.duplicates.sets import make_sets
from codemill.pipeline.stages.duplicates.settle import settle_pairs
from codemill.pipeline.stages.duplicates.verify import COMPARED, verify_pairs
from codemill.pipeline.stages.duplicates.write import LEDGER_DIR, Going, write_removals

STAGE_VERSION = 2


def make(build: Build) -> Counts:
    """Find, compare, decide, write."""
    members = all_members(build)
    config = build.config.duplicates
    verified: Grouping | None = None
    going: Going | None = None
    if config.enabled and config.whole_repositories:
        verified, going = whole_repositories(build, members)
    elif config.enabled:
        verified, going = single_files(build, members)
    write_removals(build, members, going)
    return {**count(build, members, verified), "losses": checked_losses(build, members)}


def single_files(build: Build, members: list[Member]) -> tuple[Grouping | None, Going]:
    """The verified pairs, and the files that go for another."""
    verified = chosen = None
    copies = find_copies(build, members)
    pairs = propose_pairs(build, members, copies)
    if pairs:
        make_sets(build, members, pairs)
        verified = verify_pairs(build, members, pairs)
        chosen = choose_kept(build, members, verified, settle_pairs(build, verified))
    threshold = build.config.duplicates.threshold
    return verified, FilesGoing(build.root, members, copies, chosen, threshold)


def whole_repositories(build: Build, members: list[Member]) -> tuple[Grouping | None, Going | None]:
    """The verified pairs, both ways round, and the repositories that go for another."""
    pairs = propose_pairs(build, members, None, both_ways=True)
    if not pairs:
        return None, None
    make_sets(build, members, pairs)
    verified = verify_pairs(build, members, pairs)
    chosen = decide_whole(build, members, verified)
    share = build.config.duplicates.repository_share
    return verified, RepositoriesGoing(build.root, chosen, share)


def count(build: Build, members: list[Member], verified: Grouping | None) -> Counts:
    """Distinct pairs compared, pairs verified, files removed by rule."""
    paths = [verified.path(name) for name in verified.names()] if verified else []
    ledgers = [f"{LEDGER_DIR}/{m.name}.parquet" for m in members if not m.earlier]
    ways = 2 if build.config.duplicates.whole_repositories else 1
    compared = sum(int(parts.read_footer(build.root, path)[COMPARED]) for path in paths)
    return {
        "proposed": compared // ways,
        "verified": sum(parts.num_rows(build.root, path) for path in paths) // ways,
        **count_rules(build.root, ledgers),
    }


def count_rules(root: str, ledgers: list[str]) -> Counts:
    """Files removed, and by which rule."""
    rules = parts.count_values(root, ledgers, "rule")
    return {
        "removed": sum(rules.values()),
        "dropped": {str(rule): number for rule, number in sorted(rules.items())},
    }


STAGE = Stage(
    name="duplicates",
    version=STAGE_VERSION,
    inputs=("files",),
    libraries=("numpy", "pyarrow", "datasketch"),
    outputs=(LEDGER_DIR,),
    needs_work=("catalog", "files"),
    make=make,
)
