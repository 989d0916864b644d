"""`duplicates`: near-duplicates, proposed by LSH, verified exactly, decided in keep order.

    signatures/ -> band -> exchange -> propose -> by part -> write     work/duplicates/proposed
    proposed -> verify (shingle sets read by row)                      work/duplicates/verified
    verified -> decide -> removals by part        work/duplicates/removals, ledger/duplicates

A file is removed only by a verified edge to a file that is kept. What crosses a shuffle is a
band's hash, a part, a row, a rank and an id; no content and no shingles.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts, storage
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import DuplicatesConfig
from codemill.pipeline.parts import PartFile, PartFiles
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages import catalog, exchange, files
from codemill.transforms.columns import equal_runs, with_constants
from codemill.transforms.dedup.bands import Banding, band_hashes, choose_bands
from codemill.transforms.dedup.candidates import propose
from codemill.transforms.dedup.decide import Removals, decide, number_nodes
from codemill.transforms.dedup.shingles import Shingles, shingles
from codemill.transforms.dedup.verify import jaccard, reaches, rounded_similarity
from codemill.transforms.schema import LEDGER, LOCATION, arrow_schema

STAGE_VERSION = 1

PROPOSED_DIR = "work/duplicates/proposed"
VERIFIED_DIR = "work/duplicates/verified"
REMOVALS_DIR = "work/duplicates/removals"
LEDGER_DIR = "ledger/duplicates"

KEYS = ("part", "row", "rank", "file_id")
ENTRY_BYTES = 32
"""What one band of one file takes in the exchange: hash 8, part 4, row 4, rank 8, id 8."""
BEAM_OVERHEAD = 2
"""Beam's local runner holds a grouped batch encoded and once more decoded."""

EDGES = pa.schema(
    [("part_a", pa.int32()), ("row_a", pa.int32()), ("part_b", pa.int32()), ("row_b", pa.int32())]
)
"""A pair to verify: rows of work content; a is the better ranked."""
VERIFIED = pa.schema([*EDGES, ("intersection", pa.int64()), ("union", pa.int64())])
COMPARED = "codemill.compared"
"""Footer key: pairs of a part that were compared; a pair proposed in two rounds counts once."""
REMOVALS = pa.schema([("row", pa.int32()), ("kept_part", pa.int32()), ("kept_row", pa.int32())])
"""A part's rows that go; read by every later stage beside the part's content."""


def threshold(config: DuplicatesConfig) -> Decimal:
    """The threshold with the 4 digits it is compared with."""
    return Decimal(str(config.threshold)).quantize(Decimal("0.0001"))


def part_weights(build: Build, names: list[str]) -> list[int]:
    """Bytes of the parts of these names."""
    sizes = {spec.name: spec.size_bytes for spec in catalog.load_parts(build)}
    return [sizes[name] for name in names]


def banding(config: DuplicatesConfig) -> Banding:
    """Bands and rows that find a pair at the threshold with the configured probability."""
    return choose_bands(config.permutations, threshold=config.threshold, detection=config.detection)


def propose_graph(
    build: Build, names: list[str], division: exchange.Exchange, number: int
) -> Graph:
    """Candidate edges of the partitions of one round, grouped by the part of their better file."""
    out = f"{PROPOSED_DIR}/{division.round_name(number)}.parquet"
    numbered = list(enumerate(names))
    keys = BandKeys(build.root, banding(build.config.duplicates), division, number)
    return lambda pipeline: (
        pipeline
        | "deal signatures" >> Deal(numbered, part_weights(build, names), build.settings)
        | "band" >> beam.ParDo(keys).with_output_types(exchange.KEYED)
        | "exchange" >> beam.GroupByKey()
        | "propose" >> beam.MapTuple(propose_edges).with_output_types(pa.RecordBatch)
        | "one part" >> beam.Map(lambda batch: (0, batch)).with_output_types(exchange.KEYED)
        | "collect" >> beam.GroupByKey()
        | "write" >> beam.ParDo(WriteProposed(build.root, out))
    )


class BandKeys(CheckedDoFn):
    """Emits one batch of band hashes per signature part and partition."""

    def __init__(self, root: str, bands: Banding, division: exchange.Exchange, number: int) -> None:
        super().__init__()
        self._root = root
        self._bands = bands
        self._round = (division, number)

    def process(self, numbered: tuple[int, str]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(partition, band hash, part, row, rank, file id), files without shingles left out."""
        part, name = numbered
        with storage.open_parquet(storage.join(self._root, files.signatures_path(name))) as file:
            for batch in file.iter_batches(batch_size=4096):
                signed = batch.filter(pc.greater(batch.column("num_shingles"), 0))
                if signed.num_rows:
                    yield from self._scattered(part, signed)

    def _scattered(self, part: int, signed: pa.RecordBatch) -> Iterator[tuple[int, pa.RecordBatch]]:
        flat = signed.column("signature").flatten().to_numpy()
        hashes = band_hashes(flat.reshape(signed.num_rows, -1), self._bands)
        rows = np.repeat(np.arange(signed.num_rows), hashes.shape[1])
        keys = signed.select(["row", "rank", "file_id"]).take(pa.array(rows))
        table = pa.Table.from_batches([keys])
        table = with_constants(table, part=(part, pa.int32()))
        table = table.append_column("hash", pa.array(hashes.reshape(-1)))
        # The top bits choose the partition; the whole hash is compared within it.
        numbers = (hashes.reshape(-1) >> np.uint64(33)).astype(np.int64)
        yield from exchange.scattered(table, numbers, *self._round)


def propose_edges(partition: int, batches: Any) -> pa.RecordBatch:
    """The candidate edges of one partition."""
    del partition
    table = pa.Table.from_batches(batches)
    hashes, *keys = (table[name].to_numpy() for name in ("hash", *KEYS))
    edges = propose(hashes, *keys)
    return pa.RecordBatch.from_arrays([pa.array(c) for c in edges[:4]], schema=EDGES)


class WriteProposed(CheckedDoFn):
    """Writes the distinct edges of a round, in order."""

    def __init__(self, root: str, path: str) -> None:
        super().__init__()
        self._root = root
        self._path = path

    def process(self, keyed: tuple[int, Any]) -> Iterator[None]:
        """One file of edges, by (part, row) of the better file."""
        table = pa.Table.from_batches(keyed[1], schema=EDGES)
        file = PartFile(self._root, self._path, EDGES, rows_per_group=65536)
        file.write_table(distinct(table))
        file.commit()
        return iter(())


def distinct(edges: pa.Table) -> pa.Table:
    """Each edge once, in order."""
    return (
        edges.group_by(EDGES.names).aggregate([]).sort_by([(n, "ascending") for n in EDGES.names])
    )


def verify_graph(build: Build, names: list[str], missing: list[str], proposed: list[str]) -> Graph:
    """Exact similarity of every proposed pair, dealt by the part of the better file."""
    wanted = [(names.index(name), name) for name in missing]
    return lambda pipeline: (
        pipeline
        | "deal parts" >> Deal(wanted, part_weights(build, missing), build.settings)
        | "verify" >> beam.ParDo(VerifyPart(build.root, names, proposed, build.config.duplicates))
    )


class VerifyPart(CheckedDoFn):
    """Verifies the edges whose better file is in one part."""

    def __init__(
        self, root: str, names: list[str], proposed: list[str], config: DuplicatesConfig
    ) -> None:
        super().__init__()
        self._root = root
        self._names = names
        self._proposed = proposed
        self._config = config

    def process(self, numbered: tuple[int, str]) -> Iterator[None]:
        """Write the edges that reach the threshold, with both integers of their similarity."""
        part, name = numbered
        file = PartFile(self._root, f"{VERIFIED_DIR}/{name}.parquet", VERIFIED)
        edges = distinct(self._edges_of(part))
        if edges.num_rows:
            ours = self._shingles(part, edges["row_a"])
            for other in pc.unique(edges["part_b"]).to_pylist():
                chosen = edges.filter(pc.equal(edges["part_b"], other))
                file.write_table(self._verified(chosen, ours, other))
        file.commit({COMPARED: str(edges.num_rows)})
        return iter(())

    def _edges_of(self, part: int) -> pa.Table:
        tables = [parts.read_where(self._root, path, "part_a", part) for path in self._proposed]
        return pa.concat_tables([EDGES.empty_table(), *tables])

    def _shingles(self, part: int, rows: pa.ChunkedArray) -> tuple[np.ndarray, Shingles]:
        wanted = np.unique(rows.to_numpy())
        text = parts.read_some_rows(
            self._root, files.content_path(self._names[part]), wanted, columns=["text"]
        )
        return wanted, shingles(
            text["text"].combine_chunks(), shingle_tokens=self._config.shingle_tokens
        )

    def _verified(self, edges: pa.Table, ours: tuple[np.ndarray, Shingles], other: int) -> pa.Table:
        rows_a, sets_a = ours
        rows_b, sets_b = self._shingles(other, edges["row_b"])
        intersection, union = jaccard(
            sets_a.values,
            sets_a.offsets,
            sets_b.values,
            sets_b.offsets,
            np.searchsorted(rows_a, edges["row_a"].to_numpy()),
            np.searchsorted(rows_b, edges["row_b"].to_numpy()),
        )
        edges = edges.append_column("intersection", pa.array(intersection))
        edges = edges.append_column("union", pa.array(union))
        return edges.filter(pa.array(reaches(intersection, union, threshold(self._config))))


def decide_graph(build: Build, names: list[str]) -> Graph:
    """The removals of every part, decided in one place over all verified edges."""
    return lambda pipeline: (
        pipeline
        | "edges" >> beam.Create([names], reshuffle=False)
        | "decide" >> beam.ParDo(DecideRemovals(build.root, build.config.duplicates))
    )


class DecideRemovals(CheckedDoFn):
    """Greedy in keep order over the verified edges, about 300 bytes each in memory."""

    def __init__(self, root: str, config: DuplicatesConfig) -> None:
        super().__init__()
        self._root = root
        self._config = config

    def process(self, names: list[str]) -> Iterator[None]:
        """Write each part's removals and ledger rows."""
        paths = [f"{VERIFIED_DIR}/{name}.parquet" for name in names]
        batches = list(parts.iterate_parts(self._root, paths))
        edges = pa.Table.from_batches(batches, schema=VERIFIED)
        columns = [edges[name].to_numpy() for name in VERIFIED.names]
        nodes = number_nodes(*columns[:4])
        rank, file_id = self._order_of(names, nodes.part, nodes.row)
        removals = decide(
            rank, file_id, nodes.a, nodes.b, *columns[4:], threshold=threshold(self._config)
        )
        for part, name in enumerate(names):
            mine = np.flatnonzero(nodes.part[removals.removed] == part)
            chosen = Removals(*(column[mine] for column in removals))
            self._write(names, name, nodes, chosen)
        return iter(())

    def _order_of(
        self, names: list[str], part: np.ndarray, row: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        rank = np.zeros(len(part), dtype=np.uint64)
        file_id = np.zeros(len(part), dtype=np.int64)
        for number in np.unique(part).tolist():
            mine = part == number
            path = files.signatures_path(names[number])
            table = parts.read_table(self._root, path, columns=["rank", "file_id"])
            rank[mine] = table["rank"].to_numpy()[row[mine]]
            file_id[mine] = table["file_id"].to_numpy()[row[mine]]
        return rank, file_id

    def _write(self, names: list[str], name: str, nodes: Any, removals: Removals) -> None:
        order = np.argsort(nodes.row[removals.removed])
        removed, kept = removals.removed[order], removals.kept[order]
        columns = [nodes.row[removed], nodes.part[kept], nodes.row[kept]]
        table = pa.table([pa.array(c) for c in columns], schema=REMOVALS)
        similarity = rounded_similarity(removals.intersection, removals.union)[order]
        with PartFiles(
            ledger=PartFile(self._root, f"{LEDGER_DIR}/{name}.parquet", arrow_schema(LEDGER)),
            removals=PartFile(self._root, removals_path(name), REMOVALS),
        ) as out:
            out["ledger"].write_table(self._ledger(names, name, table, similarity))
            out["removals"].write_table(table)
            out.commit()

    def _ledger(
        self, names: list[str], name: str, removals: pa.Table, similarity: np.ndarray
    ) -> pa.Table:
        places = self._places(name, removals["row"].to_numpy())
        kept = self._places_over(
            names, removals["kept_part"].to_numpy(), removals["kept_row"].to_numpy()
        )
        rows = with_constants(
            places,
            stage=("duplicates", pa.string()),
            rule=("near_duplicate", pa.string()),
            threshold=(self._config.threshold, pa.float64()),
            detail=(None, pa.string()),
        )
        for column in ("file_id", "repository", "path"):
            rows = rows.append_column(f"kept_{column}", kept[column])
        for column in ("similarity", "value"):
            rows = rows.append_column(column, pa.array(similarity))
        return rows

    def _places_over(self, names: list[str], part: np.ndarray, row: np.ndarray) -> pa.Table:
        order = np.argsort(part, kind="stable")
        runs = [order[start:end] for start, end in equal_runs(part[order])]
        found = [self._places(names[part[run[0]]], row[run]) for run in runs]
        empty = arrow_schema(LOCATION).empty_table()
        return pa.concat_tables([empty, *found]).take(pa.array(np.argsort(order)))

    def _places(self, name: str, rows: np.ndarray) -> pa.Table:
        columns = [column.name for column in LOCATION]
        return parts.read_some_rows(self._root, files.content_path(name), rows, columns=columns)


def removals_path(part: str) -> str:
    """The rows of a part's content that near-duplicates take away."""
    return f"{REMOVALS_DIR}/{part}.parquet"


def removed_rows(root: str, part: str) -> pa.Array:
    """The rows of a part's content that are near-duplicates."""
    removed = parts.read_table(root, removals_path(part), columns=["row"])["row"]
    return pa.concat_arrays([pa.array([], pa.int32()), *removed.chunks])


def make(build: Build) -> Counts:
    """Propose in rounds, verify by part, decide."""
    names = [spec.name for spec in catalog.load_parts(build)]
    proposed: list[str] = []
    if build.config.duplicates.enabled:
        proposed = propose_rounds(build, names)
    loads = {name: Load(1) for name in names}
    build.run_parts(
        "verify", VERIFIED_DIR, loads, lambda missing: verify_graph(build, names, missing, proposed)
    )
    build.run_parts("decide", REMOVALS_DIR, loads, lambda _: decide_graph(build, names))
    return count(build, names)


def propose_rounds(build: Build, names: list[str]) -> list[str]:
    """Candidate edges, in as many rounds as memory asks for; the files that hold them."""
    bands = banding(build.config.duplicates)
    signed = sum(parts.num_rows(build.root, files.signatures_path(name)) for name in names)
    volume = signed * bands.bands * ENTRY_BYTES * BEAM_OVERHEAD
    division = exchange.Exchange.of(volume, build.settings.memory_bytes)
    build.reporter.say(
        f"  near-duplicates: {bands.bands} bands of {bands.rows} rows, "
        f"{division.rounds} round{'s' if division.rounds > 1 else ''}"
    )
    rounds = {division.round_name(number): number for number in range(division.rounds)}
    for name, number in rounds.items():
        load = {name: Load(signed, volume // division.rounds)}
        graph = propose_graph(build, names, division, number)
        build.run_parts("propose", PROPOSED_DIR, load, exchange.whole(graph))
    return [f"{PROPOSED_DIR}/{name}.parquet" for name in rounds]


def count(build: Build, names: list[str]) -> Counts:
    """Distinct pairs proposed, pairs verified, files removed."""
    verified = [f"{VERIFIED_DIR}/{name}.parquet" for name in names]
    return {
        "proposed": sum(int(parts.read_footer(build.root, path)[COMPARED]) for path in verified),
        "verified": sum(parts.num_rows(build.root, path) for path in verified),
        "removed": sum(parts.num_rows(build.root, removals_path(n)) for n in names),
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
