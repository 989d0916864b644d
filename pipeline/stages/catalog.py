"""`catalog`: every location of every source, and which of them are admitted.

    sources -> list -> exact duplicates -> deal
               |        |                   |
               |        work/catalog/copies |
               work/catalog/listed          work/catalog/admitted, ledger/catalog

A source is listed by one worker, which opens an archive once and spools what it holds. What
depends on the location is decided there, before a copy is chosen, so that a good copy is never
lost to a bad one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import licence_files, parts, storage
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import CatalogConfig, Config
from codemill.pipeline.licensing import load_licence_classes, policy_settings
from codemill.pipeline.listing import LISTED, SPOOL, Lister, refused_row, split_of
from codemill.pipeline.opt_out import lines_of, read_opt_out
from codemill.pipeline.parts import PartFile, PartFiles, PartSpec
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.sources import Discovery, Source
from codemill.pipeline.stages import exchange
from codemill.pipeline.versions import data_digest
from codemill.transforms.columns import with_constants
from codemill.transforms.dedup.exact import losers
from codemill.transforms.dedup.ranking import KeepRank
from codemill.transforms.identity import keyed_number
from codemill.transforms.schema import LEDGER, LOCATION, PATH_KIND, STANDING, arrow_schema

STAGE_VERSION = 4
SPLITS = ("train", "validation")

LICENCE_FILES_DIR = "work/catalog/licence_files"
LISTED_DIR = "work/catalog/listed"
SPOOL_DIR = "work/catalog/spool"
COPIES_DIR = "work/catalog/copies"
OPT_OUT = "work/catalog/opt_out.txt"
ADMITTED_DIR = "work/catalog/admitted"
LEDGER_DIR = "ledger/catalog"

COPIES = pa.schema(
    [
        ("part", pa.string()),
        ("row", pa.int64()),
        ("kept_file_id", pa.int64()),
        ("kept_repository", pa.string()),
        ("kept_path", pa.string()),
    ]
)
"""A copy to drop: its listing part and row, and the copy kept."""

KEY_COLUMNS = [
    *(column.name for column in (*LOCATION, *STANDING, *PATH_KIND) if column.name != "revision"),
    "split",
    "licence",
    "rule",
    "language_named",
]
"""What choosing among copies looks at."""

BYTES_PER_LOCATION = 150
"""Of a location in the exchange: blob id, repository, path, rank and ids."""


@dataclass(frozen=True)
class ListSpec:
    """Repositories listed as one unit of work, in the order of their keyed hash."""

    name: str
    sources: tuple[Source, ...]


def list_specs(sources: tuple[Source, ...], config: CatalogConfig) -> list[ListSpec]:
    """Sources dealt to a power of two of parts by a hash of their repository.

    Adding a repository changes the part it falls to and leaves the others as they were.
    """
    wanted = max(1, -(-len(sources) // config.repositories_per_part))
    count = 1 << (wanted - 1).bit_length()
    keyed = sorted(
        (keyed_number(config.seed, "part", s.repository), s.repository, s.revision, s)
        for s in sources
    )
    members: dict[int, list[Source]] = {}
    for number, _, _, source in keyed:
        members.setdefault(number % count, []).append(source)
    return [ListSpec(f"{part:05d}", tuple(members[part])) for part in sorted(members)]


def list_graph(build: Build, specs: list[ListSpec]) -> Graph:
    """Every repository's files, with everything that their location decides."""
    weights = [len(spec.sources) for spec in specs]
    return lambda pipeline: (
        pipeline
        | "deal sources" >> Deal(specs, weights, build.settings)
        | "list" >> beam.ParDo(ListSources(build.root, split_config(build)))
    )


def split_config(build: Build) -> Config:
    """The configuration, without a validation split where it would leave none to train on.

    Rows of Parquet name their own repositories, which are not known before they are read.
    """
    config = build.config
    sources = build.inputs.sources
    splits = {split_of(source.repository, config.catalog) for source in sources}
    if "train" in splits or any(source.kind == "parquet" for source in sources):
        return config
    return replace(config, catalog=replace(config.catalog, validation_share=0.0))


class ListSources(CheckedDoFn):
    """Lists the sources of one part."""

    def __init__(self, root: str, config: Config) -> None:
        super().__init__()
        self._root = root
        self._config = config

    def setup(self) -> None:
        """Load licence texts, patterns and the opt-out list once a worker."""
        super().setup()
        opt_out = read_opt_out(storage.join(self._root, OPT_OUT))
        self._lister = Lister(self._config, opt_out)

    def process(self, spec: ListSpec) -> Iterator[None]:
        """Write the listing of `spec` and the content of what is read only once."""
        spool = PartFile(self._root, f"{SPOOL_DIR}/{spec.name}.parquet", SPOOL, rows_per_group=64)
        path = f"{LICENCE_FILES_DIR}/{spec.name}.parquet"
        licences = PartFile(self._root, path, licence_files.SCHEMA, rows_per_group=64)
        writer = licence_files.LicenceFileWriter(licences)
        listed = PartFile(self._root, f"{LISTED_DIR}/{spec.name}.parquet", LISTED)
        with PartFiles(spool=spool, licences=licences, listed=listed) as files:
            for index, source in enumerate(spec.sources):
                for batch in self._lister.rows(source, index, spool, writer):
                    listed.write(batch)
            files.commit()
        return iter(())


def copies_graph(build: Build, names: list[str], division: exchange.Exchange, number: int) -> Graph:
    """Exact duplicates among admitted locations, by an exchange on the blob id."""
    weights = [1] * len(names)
    path = f"{COPIES_DIR}/{division.round_name(number)}.parquet"
    keys = BlobKeys(build.root, build.config.duplicates.keep, division, number)
    return lambda pipeline: (
        pipeline
        | "deal listings" >> Deal(names, weights, build.settings)
        | "keys" >> beam.ParDo(keys).with_output_types(exchange.KEYED)
        | "exchange" >> beam.GroupByKey()
        | "choose" >> beam.MapTuple(choose_copies).with_output_types(pa.RecordBatch)
        | "one part" >> beam.Map(lambda batch: (0, batch)).with_output_types(exchange.KEYED)
        | "collect" >> beam.GroupByKey()
        | "write" >> beam.ParDo(WriteCopies(build.root, path))
    )


class BlobKeys(CheckedDoFn):
    """Emits, for one listing and each partition of this round, one batch of keys."""

    def __init__(
        self, root: str, keep: tuple[str, ...], division: exchange.Exchange, number: int
    ) -> None:
        super().__init__()
        self._root = root
        self._keep = keep
        self._partitions = division.partitions
        self._wanted = division.round(number)

    def setup(self) -> None:
        """Load the classes of licences once a worker."""
        super().setup()
        self._keep_rank = KeepRank(self._keep, load_licence_classes())

    def process(self, name: str) -> Iterator[tuple[int, pa.RecordBatch]]:
        """(partition, blob id, rank, file id, repository, path, part, row)."""
        path = f"{LISTED_DIR}/{name}.parquet"
        table = parts.read_table(self._root, path, columns=KEY_COLUMNS)
        row = pa.array(range(table.num_rows), type=pa.int64())
        table = table.append_column("row", row).filter(pc.is_null(table["rule"]))
        keys = pa.table(
            {
                "blob_id": table["blob_id"],
                "unnamed": pc.invert(table["language_named"]),
                "rank": pa.array(self._keep_rank(exchange.one_batch(table))),
                "file_id": table["file_id"],
                "repository": table["repository"],
                "path": table["path"],
                "part": pa.repeat(pa.scalar(name), table.num_rows),
                "row": table["row"],
            }
        )
        first_bytes = pc.utf8_slice_codeunits(keys["blob_id"], 0, 4)
        numbers = pa.array([int(b, 16) for b in first_bytes.to_pylist()], type=pa.int64())
        yield from exchange.scattered(keys, numbers.to_numpy(), self._partitions, self._wanted)


def choose_copies(partition: int, batches: Any) -> pa.RecordBatch:
    """The copies to drop of one partition, in the COPIES schema."""
    del partition
    keys = pa.Table.from_batches(batches).combine_chunks()
    dropped, kept = losers(keys.select(["blob_id", "unnamed", "rank", "file_id"]))
    winner = keys.take(kept)
    loser = keys.take(dropped)
    columns = [
        loser["part"],
        loser["row"],
        winner["file_id"],
        winner["repository"],
        winner["path"],
    ]
    table = pa.table(columns, schema=COPIES).combine_chunks()
    return exchange.one_batch(table)


class WriteCopies(CheckedDoFn):
    """Writes the copies of one round, ordered by part and row."""

    def __init__(self, root: str, path: str) -> None:
        super().__init__()
        self._root = root
        self._path = path

    def process(self, keyed: tuple[int, Any]) -> Iterator[None]:
        """One file of copies."""
        table = pa.Table.from_batches(keyed[1], schema=COPIES)
        table = table.sort_by([("part", "ascending"), ("row", "ascending")])
        file = PartFile(self._root, self._path, COPIES)
        file.write_table(table)
        file.commit()
        return iter(())


def deal_graph(build: Build, names: list[str], copies: list[str]) -> Graph:
    """Admitted rows by split, and ledger rows for the others."""
    return lambda pipeline: (
        pipeline
        | "deal listings" >> Deal(names, [1] * len(names), build.settings)
        | "admit" >> beam.ParDo(AdmitRows(build.root, copies))
    )


class AdmitRows(CheckedDoFn):
    """Parts one listing's rows into admitted ones and ledger rows."""

    def __init__(self, root: str, copies: list[str]) -> None:
        super().__init__()
        self._root = root
        self._copies = copies

    def process(self, name: str) -> Iterator[None]:
        """Write the admitted rows by split, then the ledger."""
        table = with_copies(
            parts.read_table(self._root, f"{LISTED_DIR}/{name}.parquet"),
            [
                batch
                for path in self._copies
                for batch in parts.read_where(self._root, path, "part", name).to_batches()
            ],
        )
        admitted = {
            split: PartFile(self._root, admitted_path(split, name), LISTED) for split in SPLITS
        }
        ledger = PartFile(self._root, f"{LEDGER_DIR}/{name}.parquet", arrow_schema(LEDGER))
        with PartFiles(**admitted, ledger=ledger) as files:
            for split in SPLITS:
                kept = pc.and_(pc.is_null(table["rule"]), pc.equal(table["split"], split))
                files[split].write_table(table.filter(kept))
            dropped = table.filter(pc.is_valid(table["rule"]))
            ledger.write_table(with_constants(dropped, similarity=(None, pa.float64())))
            files.commit()
        return iter(())


def with_copies(table: pa.Table, copies: list[pa.RecordBatch]) -> pa.Table:
    """`table` with the rule `exact_duplicate` and the kept copy on the rows of `copies`."""
    marks = pa.Table.from_batches(copies, schema=COPIES)
    mask = pc.is_in(pa.array(range(table.num_rows), type=pa.int64()), marks["row"].combine_chunks())
    order = marks.sort_by("row")
    given = {n: order[n].combine_chunks() for n in ("kept_file_id", "kept_repository", "kept_path")}
    given["stage"] = pa.repeat(pa.scalar("catalog"), len(order))
    given["rule"] = pa.repeat(pa.scalar("exact_duplicate"), len(order))
    for column, values in given.items():
        index = table.schema.get_field_index(column)
        old = table[column].combine_chunks()
        new = pc.replace_with_mask(old, mask, values.cast(old.type))
        table = table.set_column(index, table.schema.field(index), new)
    return table


def admitted_path(split: str, name: str) -> str:
    """The admitted rows of one listing in one split."""
    return f"{ADMITTED_DIR}/{split}-{name}.parquet"


def listing_of(spec: PartSpec) -> str:
    """The listing part that the rows of `spec` come from."""
    return spec.admitted.rsplit("-", 1)[1].removesuffix(".parquet")


def cut_parts(build: Build, names: list[str]) -> list[PartSpec]:
    """Contiguous runs of admitted rows of about `part_bytes`, at least one a split."""
    specs: list[PartSpec] = []
    for split in SPLITS:
        before = len(specs)
        for name in names:
            specs += _cut(build.root, split, name, build.config.catalog.part_bytes)
        if len(specs) == before:
            specs.append(PartSpec(f"{split}-none", split, "", 0, 0, 0))
    return specs


def _cut(root: str, split: str, name: str, part_bytes: int) -> list[PartSpec]:
    path = admitted_path(split, name)
    sizes = parts.read_table(root, path, columns=["size_bytes"])["size_bytes"].to_pylist()
    specs: list[PartSpec] = []
    start = total = 0
    for row, size in enumerate([*sizes, part_bytes]):
        if total and (total + size > part_bytes or row == len(sizes)):
            part = f"{split}-{name}-{len(specs):04d}"
            specs.append(PartSpec(part, split, path, start, row - start, total))
            start, total = row, 0
        total += size
    return specs


def load_parts(build: Build) -> list[PartSpec]:
    """The parts that `catalog` cut, train first."""
    specs = storage.read_json(build.path("work", "catalog", "parts.json"))
    return [PartSpec(**spec) for spec in specs]


def make(build: Build) -> Counts:
    """List, choose among copies, deal."""
    specs = list_specs(build.inputs.sources, build.config.catalog)
    names = [spec.name for spec in specs]
    storage.write_json(
        build.path("work", "catalog", "sources.json"),
        {spec.name: [asdict(s) for s in spec.sources] for spec in specs},
    )
    opt_out = lines_of(read_opt_out(build.config.catalog.opt_out))
    storage.write_bytes(build.path(OPT_OUT), opt_out.encode())
    by_name = {spec.name: spec for spec in specs}
    loads = {spec.name: Load(len(spec.sources)) for spec in specs}
    build.run_parts(
        "list", LISTED_DIR, loads, lambda missing: list_graph(build, [by_name[n] for n in missing])
    )
    copies = choose(build, names)
    loads = {name: Load(1) for name in names}
    build.run_parts("deal", LEDGER_DIR, loads, lambda missing: deal_graph(build, missing, copies))
    write_unreadable(build)
    cut = cut_parts(build, names)
    storage.write_json(build.path("work", "catalog", "parts.json"), [asdict(s) for s in cut])
    return count(build, names, cut)


def choose(build: Build, names: list[str]) -> list[str]:
    """Exact duplicates, in as many rounds as memory asks for; the files that name them.

    None where repositories are to stay whole: then their copies are.
    """
    if build.config.duplicates.whole_repositories:
        return []
    locations = sum(parts.num_rows(build.root, f"{LISTED_DIR}/{name}.parquet") for name in names)
    volume = locations * BYTES_PER_LOCATION
    division = exchange.Exchange.of(volume, build.settings)
    rounds = {division.round_name(number): number for number in range(division.rounds)}
    for name, number in rounds.items():
        load = {name: Load(locations, volume // division.rounds)}
        graph = copies_graph(build, names, division, number)
        build.run_parts("exact duplicates", COPIES_DIR, load, _whole(graph))
    return [f"{COPIES_DIR}/{name}.parquet" for name in rounds]


def _whole(graph: Graph) -> Callable[[list[str]], Graph]:
    """`graph`, whatever is missing: a round is one part, made whole or not at all."""
    return lambda _missing: graph


def write_unreadable(build: Build) -> None:
    """Ledger rows for the sources that could not even be opened."""
    ledger = PartFile(build.root, f"{LEDGER_DIR}/unreadable.parquet", arrow_schema(LEDGER))
    for u in build.inputs.unreadable:
        detail = f"{u.location_label}: {u.detail}"
        row = refused_row(u.repository, None, u.rule, detail)
        ledger.write(with_constants(row, similarity=(None, pa.float64())))
    ledger.commit()


def count(build: Build, names: list[str], cut: list[PartSpec]) -> Counts:
    """Locations, what is admitted, and what each rule dropped."""
    ledger = [f"{LEDGER_DIR}/{name}.parquet" for name in (*names, "unreadable")]
    listed = [f"{LISTED_DIR}/{name}.parquet" for name in names]
    rules = parts.count_values(build.root, ledger, "rule")
    admitted = sum(spec.num_rows for spec in cut)
    return {
        "repositories": len(parts.count_values(build.root, listed, "repository")),
        "locations": admitted + sum(rules.values()),
        "admitted": admitted,
        "size_bytes": sum(spec.size_bytes for spec in cut),
        "dropped": {str(rule): number for rule, number in sorted(rules.items())},
    }


def _data(config: Config, inputs: Discovery) -> Mapping[str, Any]:
    """What decides rows beside the section: policies, languages, what a manifest declares."""
    policy = policy_settings(config.catalog.licences)
    return {
        "policy": [policy.everything, sorted(policy.ids), sorted(policy.exceptions)],
        "notices": data_digest("codemill.transforms.licences"),
        "languages": [
            data_digest("codemill.language_configs"),
            config.files.languages,
            config.files.types,
        ],
        "whole_repositories": config.duplicates.whole_repositories,
        "keep": config.duplicates.keep,
        "declared": [_declared(source) for source in inputs.sources],
    }


def _declared(source: Source) -> dict[str, Any]:
    """What a source is and what is said of it, without where it lies."""
    return {name: value for name, value in asdict(source).items() if name != "location"}


STAGE = Stage(
    name="catalog",
    version=STAGE_VERSION,
    inputs=(),
    libraries=(
        "pygit2",
        "pyarrow",
        "google-re2",
        "licensedcode-data",
        "licenseid",
        "license-expression",
    ),
    outputs=(LEDGER_DIR,),
    needs_work=(),
    make=make,
    data=_data,
)
