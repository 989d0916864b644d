"""Decides which files stay, in rounds over the verified pairs.

A round reads, for each group of parts, its pairs that are undecided, and what the round before
left of the groups that they name; nothing crosses a shuffle. What is undecided shrinks from round
to round; once its pairs fit in memory, one worker decides them all.
"""

from __future__ import annotations

from collections.abc import Iterator

import apache_beam as beam
import numpy as np
import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.pipeline.stages.duplicates.states import (
    STATES,
    StateReader,
    nodes_of,
    read_states,
    round_folder,
    states_table,
)
from codemill.transforms.dedup.settle import UNDECIDED, Settled, known_states, settle

BYTES_PER_PAIR = 500
"""What a worker holds of a pair while it decides: 64 bytes as read, the rest as Python's."""

LEFT = "codemill.undecided_pairs"
"""Footer key: the pairs of a group whose worse file is undecided."""


def settle_pairs(build: Build, verified: Grouping) -> Grouping:
    """The states of the last round, after which nothing is undecided."""
    left = {n: parts.num_rows(build.root, verified.path(n)) for n in verified.names()}
    number = 0
    while sum(left.values()):
        number += 1
        _run_round(build, verified, number, left)
        paths = {name: f"{round_folder(number)}/{name}.parquet" for name in left}
        left = {n: int(parts.read_footer(build.root, path)[LEFT]) for n, path in paths.items()}
    return Grouping(round_folder(number), verified.partitions)


def _run_round(build: Build, verified: Grouping, number: int, left: dict[str, int]) -> None:
    """One round: every group by itself, or all at once where they fit in memory."""
    fit = sum(left.values()) * BYTES_PER_PAIR <= build.settings.free_bytes

    def graph(missing: list[str]) -> Graph:
        shares = [tuple(left)] if fit else [(name,) for name in missing]
        weights = [sum(left[name] for name in share) for share in shares]
        run = SettleShare(build.root, verified, number)
        return lambda pipeline: (
            pipeline
            | "deal groups" >> Deal(shares, weights, build.settings)
            | "settle" >> beam.ParDo(run)
        )

    loads = {name: Load(pairs) for name, pairs in left.items()}
    build.run_parts(f"settle, round {number}", round_folder(number), loads, graph)


class SettleShare(CheckedDoFn):
    """Decides what can be decided of some groups, knowing what the round before left."""

    def __init__(self, root: str, verified: Grouping, number: int) -> None:
        super().__init__()
        self._root = root
        self._verified = verified
        self._before = Grouping(round_folder(number - 1), verified.partitions)
        self._folder = round_folder(number)

    def process(self, share: tuple[str, ...]) -> Iterator[None]:
        """Write the states of each group of `share`."""
        before = {name: read_states(self._root, self._before.folder, name) for name in share}
        pairs = pa.concat_tables(self._undecided(name, before[name]) for name in share)
        worse = nodes_of(pairs, "part", "row")
        better = nodes_of(pairs, "kept_part", "kept_row")
        order = pairs["rank"].to_numpy(), pairs["file_id"].to_numpy()
        known = StateReader(self._root, self._before).of(better)
        settled = settle(worse, *order, better, known)
        left = worse[known_states(settled, worse) == UNDECIDED]
        for name in share:
            self._write(name, _updated(before[name], settled), left)
        return iter(())

    def _undecided(self, name: str, before: Settled) -> pa.Table:
        pairs = parts.read_table(self._root, self._verified.path(name)).combine_chunks()
        states = known_states(before, nodes_of(pairs, "part", "row"))
        return pairs.take(pa.array(np.flatnonzero(states == UNDECIDED)))

    def _write(self, name: str, states: Settled, left: np.ndarray) -> None:
        mine = states.node[states.state == UNDECIDED]
        file = PartFile(self._root, f"{self._folder}/{name}.parquet", STATES)
        file.write_table(states_table(states))
        file.commit({LEFT: str(int(np.isin(left, mine).sum()))})


def _updated(before: Settled, found: Settled) -> Settled:
    """`before` with what was undecided there as it was `found`."""
    state = before.state.copy()
    open_ = np.flatnonzero(state == UNDECIDED)
    state[open_] = known_states(found, before.node[open_])
    return Settled(before.node, state)
