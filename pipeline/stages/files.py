"""`files`: read, decode, identify, redact, decontaminate, judge, value and sign, in one fused pass.

    work/catalog/admitted -> read -> decode -> identify -> redact -> decontaminate -> read header
                          -> judge -> value -> sign -> write
                                 -> files/  ledger/files/  signatures/  work/files/content/

A part's batches follow each other through the steps, the last one marked, so a part is written
as it is read and only one batch of content is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs import load_grammars, load_languages
from codemill.pipeline import parts, storage
from codemill.pipeline.benchmarks import MADE, read_benchmarks
from codemill.pipeline.benchmarks import told as told_benchmarks
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import Config
from codemill.pipeline.earlier import PART as PART_KEY
from codemill.pipeline.earlier import SIGNATURES_DIR, signature_footer
from codemill.pipeline.file_steps import STEPS, score_fields
from codemill.pipeline.listing import LISTED
from codemill.pipeline.parts import PartFile, PartFiles, PartSpec
from codemill.pipeline.progress import Load
from codemill.pipeline.retention import MOST_SAID, REDACTED, Finding, Guards, Tally, read_tally
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.sources import Discovery, Source, read_blobs
from codemill.pipeline.stages import catalog
from codemill.pipeline.stages.exchange import one_batch
from codemill.pipeline.versions import data_digest
from codemill.transforms.columns import equal_runs, with_columns, with_constants
from codemill.transforms.decontaminate import FINGERPRINTS, OutlineReader
from codemill.transforms.file_steps import Step
from codemill.transforms.schema import (
    DECISION,
    FILES_HEAD,
    LEDGER,
    SIGNATURES_HEAD,
    WORK_CONTENT,
    arrow_schema,
)

STAGE_VERSION = 8

FILES_DIR = "files"
LEDGER_DIR = "ledger/files"
CONTENT_DIR = "work/files/content"
JUDGED = "work/files/judged.json"
"""The section of the configuration that all parts were judged under."""

BATCH_BYTES = 2 << 20
"""Content in one batch. Kernels reach 95% of their speed at 1 MB; memory grows with it."""
CONTENT_ROWS_PER_GROUP = 64
"""Rows of content read together when one is wanted: about half a megabyte."""

PART, NUMBER, LAST = b"codemill.part", b"codemill.batch", b"codemill.last"
"""Schema metadata of a batch: its part, its number there, and whether it is the part's last."""


def files_schema(config: Config) -> pa.Schema:
    """The schema of `files/` under this configuration."""
    fields = [*arrow_schema(FILES_HEAD), pa.field("scores", score_fields(config))]
    return pa.schema([*fields, *arrow_schema(DECISION)])


def signatures_schema(config: Config) -> pa.Schema:
    """The schema of `signatures/` under this configuration."""
    signature = pa.list_(pa.uint32(), config.duplicates.permutations)
    return pa.schema([*arrow_schema(SIGNATURES_HEAD), pa.field("signature", signature)])


def graph(build: Build, specs: list[PartSpec]) -> Graph:
    """The fused pass, a labelled step a kernel."""

    def steps(pipeline: beam.Pipeline) -> Any:
        weights = [spec.size_bytes for spec in specs]
        batches = (
            pipeline
            | "deal parts" >> Deal(specs, weights, build.settings)
            | "read" >> beam.ParDo(ReadPart(build.root)).with_output_types(pa.RecordBatch)
        )
        config = with_shipped_benchmarks(build)
        for label in STEPS:
            step = beam.ParDo(RunStep(label, config)).with_output_types(pa.RecordBatch)
            batches = batches | label >> step
        return batches | "write" >> beam.ParDo(WritePart(build.root, build.config))

    return steps


def with_shipped_benchmarks(build: Build) -> Config:
    """The configuration with the user's benchmarks where every worker can read them."""
    wanted = build.config.decontaminate
    if not wanted.benchmarks:
        return build.config
    languages = load_languages()
    outline = OutlineReader(languages, load_grammars(languages))
    made = read_benchmarks(replace(wanted, defaults=False), outline)
    file = PartFile(build.root, MADE, FINGERPRINTS)
    file.write_table(made)
    file.commit()
    shipped = replace(wanted, benchmarks=(build.path(MADE),))
    return replace(build.config, decontaminate=shipped)


class ReadPart(CheckedDoFn):
    """Reads a part's content in batches of about `BATCH_BYTES`."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root = root

    def setup(self) -> None:
        """Read where the sources are, once a worker."""
        super().setup()
        listed = storage.read_json(storage.join(self._root, "work", "catalog", "sources.json"))
        self._sources = {name: [Source(**s) for s in given] for name, given in listed.items()}

    def process(self, spec: PartSpec) -> Iterator[pa.RecordBatch]:
        """Batches of the part's admitted rows with `content`, at least one."""
        rows = self._admitted(spec)
        bounds = _bounds(rows["size_bytes"].to_numpy())
        for number, (start, end) in enumerate(bounds, start=1):
            chunk = rows.slice(start, end - start).combine_chunks()
            chunk = with_columns(chunk, {"content": self.content(spec, chunk)})
            yield marked(chunk, spec.name, number, last=number == len(bounds))

    def _admitted(self, spec: PartSpec) -> pa.Table:
        if not spec.num_rows:
            return LISTED.empty_table()
        return parts.read_rows(self._root, spec.admitted, spec.start, spec.num_rows)

    def content(self, spec: PartSpec, chunk: pa.Table) -> pa.Array:
        """What the sources hold of rows of the part, in its order."""
        if not spec.num_rows:
            return pa.nulls(0, pa.large_binary())
        name = catalog.listing_of(spec)
        source = chunk["source"].to_numpy()
        return pa.concat_arrays(
            [
                self._content_of(name, chunk.slice(start, end - start), int(source[start]))
                for start, end in equal_runs(source)
            ]
        )

    def _content_of(self, name: str, rows: pa.Table, source: int) -> pa.Array:
        spooled = rows["spool_row"].combine_chunks()
        if spooled.null_count == len(spooled):
            return read_blobs(self._sources[name][source], rows["blob_id"].to_pylist()).content
        wanted = spooled.to_numpy()
        first, last = int(wanted.min()), int(wanted.max())
        path = f"{catalog.SPOOL_DIR}/{name}.parquet"
        content = parts.read_rows(self._root, path, first, last - first + 1)["content"]
        return content.combine_chunks().take(pa.array(wanted - first))


def _bounds(sizes: np.ndarray) -> list[tuple[int, int]]:
    """Runs of rows of about `BATCH_BYTES` each; one empty run where there are no rows."""
    group = (np.cumsum(sizes) - sizes) // BATCH_BYTES
    return list(equal_runs(group)) or [(0, 0)]


def marked(rows: pa.Table, part: str, number: int, *, last: bool) -> pa.RecordBatch:
    """`rows` as one batch that says which of its part's it is, from 1."""
    return one_batch(rows).replace_schema_metadata(
        {PART: part.encode(), NUMBER: str(number).encode(), LAST: b"1" if last else b"0"}
    )


class RunStep(CheckedDoFn):
    """Runs one step of `STEPS` on batch after batch."""

    def __init__(self, label: str, config: Config) -> None:
        super().__init__()
        self._label = label
        self._config = config

    def setup(self) -> None:
        """Make the step, once a worker."""
        super().setup()
        self._step: Step = STEPS[self._label](self._config)

    def process(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The batch as the step leaves it, still marked."""
        yield self._step(batch).replace_schema_metadata(batch.schema.metadata)


class WritePart(CheckedDoFn):
    """Writes a part's four files as its batches come, `files/` last.

    The batches of a part come in order and in one bundle, because the graph has no shuffle
    between reading and writing; where a runner breaks that, this raises.
    """

    def __init__(self, root: str, config: Config) -> None:
        super().__init__()
        self._root = root
        self._config = config

    def start_bundle(self) -> None:
        """No part is open yet."""
        self._open: dict[str, PartFiles] = {}
        self._written: dict[str, int] = {}

    def process(self, batch: pa.RecordBatch) -> Iterator[None]:
        """Add the batch; after the last one, commit."""
        name = batch.schema.metadata[PART].decode()
        if name not in self._open:
            self._open[name] = self._files(name)
            self._written[name] = 0
        files = self._open[name]
        self._written[name] += 1
        try:
            if int(batch.schema.metadata[NUMBER]) != self._written[name]:
                raise RuntimeError(f"the runner changed the order of the part {name}")
            write_batch(files, batch.replace_schema_metadata(None))
            if batch.schema.metadata[LAST] == b"1":
                footer = {PART_KEY: name, **signature_footer(self._config.duplicates)}
                self._open.pop(name).commit(footer)
        except BaseException:
            files.discard()
            raise
        return iter(())

    def finish_bundle(self) -> None:
        """Every part that was begun must be complete."""
        if self._open:
            for files in self._open.values():
                files.discard()
            raise RuntimeError(f"the runner divided the parts {sorted(self._open)}")

    def _files(self, name: str) -> PartFiles:
        return PartFiles(
            content=PartFile(
                self._root,
                content_path(name),
                arrow_schema(WORK_CONTENT),
                rows_per_group=CONTENT_ROWS_PER_GROUP,
            ),
            signatures=PartFile(
                self._root,
                signatures_path(name),
                signatures_schema(self._config),
                rows_per_group=4096,
                random=("file_id", "text_hash", "set_hash", "signature"),
            ),
            ledger=PartFile(self._root, f"{LEDGER_DIR}/{name}.parquet", arrow_schema(LEDGER)),
            files=PartFile(self._root, f"{FILES_DIR}/{name}.parquet", files_schema(self._config)),
        )


def write_batch(files: PartFiles, batch: pa.RecordBatch) -> None:
    """Add a judged batch to a part's files."""
    files["files"].write(batch)
    kept = batch.filter(pc.is_null(batch.column("rule")))
    first = files["content"].num_rows
    rows = pa.array(range(first, first + kept.num_rows), type=pa.int32())
    files["signatures"].write(with_columns(kept, {"row": rows}))
    size = pc.binary_length(kept.column("text"))
    files["content"].write(with_columns(kept, {"size_bytes": size.cast(pa.int64())}))
    dropped = batch.filter(pc.is_valid(batch.column("rule")))
    files["ledger"].write(
        with_constants(
            dropped,
            kept_file_id=(None, pa.int64()),
            kept_repository=(None, pa.string()),
            kept_path=(None, pa.string()),
            similarity=(None, pa.float64()),
        )
    )


def content_path(part: str) -> str:
    """The cleaned text of a part's kept files."""
    return f"{CONTENT_DIR}/{part}.parquet"


def signatures_path(part: str) -> str:
    """Their signatures."""
    return f"{SIGNATURES_DIR}/{part}.parquet"


def make(build: Build) -> Counts:
    """Judge every part."""
    specs = {spec.name: spec for spec in catalog.load_parts(build)}
    loads = {name: Load(spec.num_rows, spec.size_bytes) for name, spec in specs.items()}
    build.run_parts(
        "files", FILES_DIR, loads, lambda missing: graph(build, [specs[n] for n in missing])
    )
    # Kept apart from the manifest, which a build that stops here has not: `study` reads both.
    storage.write_json(build.path(JUDGED), {"files": build.config.section("files")})
    tally = read_tally(build.root, FILES_DIR, specs)
    guards = Guards(build.config.files, load_languages())
    outside = guards.findings(tally)
    guards.check(build.root, tally, outside)
    for each in outside[:MOST_SAID]:
        build.reporter.say(f"  warning: {each.told('files.')}")
    if len(outside) > MOST_SAID:
        build.reporter.say(f"  {len(outside) - MOST_SAID} more such warnings are in the report")
    return _counts(tally, outside)


def count(build: Build, names: list[str]) -> Counts:
    """Files judged and kept, what each rule dropped, and what lies outside its range."""
    tally = read_tally(build.root, FILES_DIR, names)
    return _counts(tally, Guards(build.config.files, load_languages()).findings(tally))


def _counts(tally: Tally, outside: list[Finding]) -> Counts:
    dropped = {rule: n for rule, n in sorted(tally.all.dropped.items()) if rule != REDACTED}
    return {
        "files": tally.all.files,
        "kept": tally.all.files - sum(dropped.values()),
        "redactions": tally.redactions,
        "taken_out": tally.taken_out,
        "dropped": dropped,
        "outside": [asdict(each) for each in outside],
    }


def _data(config: Config, inputs: Discovery) -> Mapping[str, Any]:
    del inputs
    wanted = config.duplicates
    return {
        "languages": data_digest("codemill.language_configs"),
        "benchmarks": [
            told_benchmarks(config.decontaminate),
            data_digest("codemill.transforms.decontaminate"),
        ],
        "patterns": data_digest("codemill.transforms.redact"),
        "vocabulary": data_digest("codemill.transforms.quality"),
        "licences": [config.catalog.licences, data_digest("codemill.transforms.licences")],
        "signature": [wanted.permutations, wanted.shingle_tokens, wanted.seed],
        "keep": wanted.keep,
    }


STAGE = Stage(
    name="files",
    version=STAGE_VERSION,
    inputs=("catalog",),
    libraries=(
        "pyarrow",
        "numpy",
        "google-re2",
        "hyperscan",
        "tree-sitter",
        "tree-sitter-language-pack",
        "tree-sitter-languages",
        "license-expression",
        "licensedcode-data",
        "identify",
        "licenseid",
        "datasketch",
        "tiktoken",
    ),
    outputs=(FILES_DIR, LEDGER_DIR, SIGNATURES_DIR),
    needs_work=("catalog",),
    make=make,
    data=_data,
)
