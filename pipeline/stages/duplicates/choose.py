"""Names, for every near-duplicate that goes, the kept file it goes for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from codemill.pipeline import parts
from codemill.pipeline.build import Build
from codemill.pipeline.parts import PartFile
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn
from codemill.pipeline.stages.duplicates.members import Member
from codemill.pipeline.stages.duplicates.pairs import Grouping
from codemill.pipeline.stages.duplicates.sets import read_places
from codemill.pipeline.stages.duplicates.states import StateReader, nodes_of, read_states
from codemill.pipeline.stages.duplicates.steps import run_each
from codemill.transforms.dedup.settle import REMOVED, choose, known_states

CHOSEN_DIR = "work/duplicates/chosen"

CHOSEN = pa.schema(
    [
        ("part", pa.int32()),
        ("row", pa.int32()),
        ("kept_file_id", pa.int64()),
        ("kept_repository", pa.string()),
        ("kept_path", pa.string()),
        ("kept_earlier", pa.bool_()),
        ("intersection", pa.int64()),
        ("union", pa.int64()),
    ]
)
"""A file that goes, the file kept in its stead, and their similarity; by part and row."""


def choose_kept(
    build: Build, members: list[Member], verified: Grouping, settled: Grouping
) -> Grouping:
    """The removals of near-duplicates, grouped as `verified` is."""
    loads = {n: Load(parts.num_rows(build.root, verified.path(n))) for n in verified.names()}
    work = ChooseGroup(build.root, members, verified, settled)
    run_each(build, "choose", CHOSEN_DIR, {name: name for name in loads}, loads, work)
    return Grouping(CHOSEN_DIR, verified.partitions)


class ChooseGroup(CheckedDoFn):
    """Chooses for the files of one group."""

    def __init__(
        self, root: str, members: list[Member], verified: Grouping, settled: Grouping
    ) -> None:
        super().__init__()
        self._root = root
        self._members = members
        self._verified = verified
        self._settled = settled

    def process(self, name: str) -> Iterator[None]:
        """Write the removals of the group."""
        pairs = parts.read_table(self._root, self._verified.path(name)).combine_chunks()
        own = read_states(self._root, self._settled.folder, name)
        gone = known_states(own, nodes_of(pairs, "part", "row")) == REMOVED
        pairs = pairs.take(pa.array(np.flatnonzero(gone)))
        better = StateReader(self._root, self._settled).of(nodes_of(pairs, "kept_part", "kept_row"))
        counts = pairs["intersection"].to_numpy(), pairs["union"].to_numpy()
        chosen = choose(nodes_of(pairs, "part", "row"), better, *counts)
        table = pairs.take(pa.array(chosen))
        write_chosen(self._root, name, located(self._root, self._members, table))
        return iter(())


def located(root: str, members: list[Member], pairs: pa.Table) -> pa.Table:
    """`pairs` with repository, path and build of the kept files."""
    part, row = pairs["kept_part"].to_numpy(), pairs["kept_row"].to_numpy()
    places = read_places(root, members, part, row, ["repository", "path"])
    for name in places.column_names:
        pairs = pairs.append_column(f"kept_{name}", places[name])
    earlier = np.array([member.earlier for member in members])
    return pairs.append_column("kept_earlier", pa.array(earlier[part]))


def write_chosen(root: str, name: str, chosen: pa.Table) -> None:
    """Write the removals of one group."""
    file = PartFile(root, f"{CHOSEN_DIR}/{name}.parquet", CHOSEN)
    file.write_table(chosen.select(CHOSEN.names))
    file.commit()
