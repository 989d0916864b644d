"""What is known of the files that have a better neighbour, group by group and round by round."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.transforms.dedup.candidates import pack_nodes, unpack_nodes
from codemill.transforms.dedup.ragged import sorted_distinct
from codemill.transforms.dedup.settle import KEPT, UNDECIDED, Settled, States, known_states

SETTLED_DIR = "work/duplicates/settled"
STATES = pa.schema([("part", pa.int32()), ("row", pa.int32()), ("state", pa.uint8())])
"""By part and row. Files without a better neighbour are in none: they are kept."""


def round_folder(number: int) -> str:
    """Where round `number` leaves the states of every group; round 0 decides nothing."""
    return f"{SETTLED_DIR}/{number:05d}"


def undecided(verified: pa.Table) -> pa.Table:
    """The states of the worse files of `verified` before any round."""
    node = sorted_distinct(nodes_of(verified, "part", "row"))
    return states_table(Settled(node, np.full(len(node), UNDECIDED, dtype=np.uint8)))


def states_table(settled: Settled) -> pa.Table:
    """`settled` in the schema `STATES`."""
    columns = [*unpack_nodes(settled.node), settled.state]
    return pa.table([pa.array(column) for column in columns], schema=STATES)


def nodes_of(table: pa.Table, part: str, row: str) -> np.ndarray:
    """The files that two columns of `table` name, as numbers."""
    return pack_nodes(table[part].to_numpy(), table[row].to_numpy())


def read_states(root: str, folder: str, name: str) -> Settled:
    """The states of one group as a round left them."""
    table = parts.read_table(root, f"{folder}/{name}.parquet")
    return Settled(nodes_of(table, "part", "row"), table["state"].to_numpy())


class StateReader:
    """Looks files up in the states that one round left."""

    def __init__(self, root: str, grouping: Grouping) -> None:
        """`grouping` has the round's folder."""
        self._root = root
        self._grouping = grouping

    def of(self, nodes: np.ndarray) -> States:
        """The state of each file, reading one group at a time."""
        states = np.full(len(nodes), KEPT, dtype=np.uint8)
        group = (nodes >> np.uint64(32)).astype(np.int64) % self._grouping.partitions
        for number in np.unique(group).tolist():
            mine = np.flatnonzero(group == number)
            name = self._grouping.group_of(number)
            settled = read_states(self._root, self._grouping.folder, name)
            states[mine] = known_states(settled, nodes[mine])
        return states
