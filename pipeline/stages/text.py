"""`text`: the kept files' cleaned text, with location, licence and language; and attribution.

    work/files/content - work/duplicates/removals -> text/SPLIT-i-of-n, attribution/SPLIT-i-of-n
    work/catalog/licence_files -> work/text/licences -> attribution/texts, attribution/NOTICE

One shard per part, so that every later stage finds a part's text by its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import apache_beam as beam
import numpy as np
import pyarrow as pa

from codemill.pipeline import licence_files, notice, parts, storage
from codemill.pipeline.build import Build, Counts, Stage
from codemill.pipeline.config import FilesConfig
from codemill.pipeline.earlier import BYTES_BY_LANGUAGE, PART, TEXT_DIR
from codemill.pipeline.file_steps import redactor
from codemill.pipeline.parts import PartFile, PartFiles, PartSpec
from codemill.pipeline.progress import Load
from codemill.pipeline.runner import CheckedDoFn, Deal, Graph
from codemill.pipeline.stages import catalog, files
from codemill.pipeline.stages.duplicates import removed_rows
from codemill.transforms.columns import with_columns, with_constants
from codemill.transforms.licences.copyrights import copyrights
from codemill.transforms.licences.governing_texts import NOTED, GoverningTexts
from codemill.transforms.schema import ATTRIBUTION, CORPUS_VERSION, TEXT, arrow_schema

STAGE_VERSION = 3

ATTRIBUTION_DIR = "attribution"
LICENCES_DIR = "work/text/licences"
ROWS_PER_GROUP = 256
"""Rows a reader holds at a time: 1 to 4 MB of text, so streaming starts at once."""


@dataclass(frozen=True)
class Shard:
    """One shard of every later output, and the part it is made of."""

    name: str
    """`train-00000-of-00042`."""
    split: str
    spec: PartSpec


def text_path(shard: str) -> str:
    """The text of a shard."""
    return f"{TEXT_DIR}/{shard}.parquet"


def shards(build: Build) -> list[Shard]:
    """The shards that the parts become: numbered within their split, in the parts' order."""
    named = []
    for split in catalog.SPLITS:
        specs = [spec for spec in catalog.load_parts(build) if spec.split == split]
        named += [
            Shard(f"{split}-{number:05d}-of-{len(specs):05d}", split, spec)
            for number, spec in enumerate(specs)
        ]
    return named


def shard_loads(build: Build) -> dict[str, Load]:
    """How much work each shard is, as far as the catalog knows."""
    return {s.name: Load(s.spec.num_rows, s.spec.size_bytes) for s in shards(build)}


def chosen(build: Build, names: list[str]) -> list[Shard]:
    """The shards of these names."""
    return [shard for shard in shards(build) if shard.name in set(names)]


def graph(build: Build, wanted: list[Shard]) -> Graph:
    """Copy what stays."""
    weights = [shard.spec.size_bytes for shard in wanted]
    return lambda pipeline: (
        pipeline
        | "deal shards" >> Deal(wanted, weights, build.settings)
        | "keep" >> beam.ParDo(KeepText(build.root, build.config.files))
    )


class KeepText(CheckedDoFn):
    """Writes one shard's text and attribution, reading a few rows at a time."""

    def __init__(self, root: str, config: FilesConfig) -> None:
        super().__init__()
        self._root = root
        self._config = config

    def setup(self) -> None:
        """Compile what licence files are redacted by, once a worker."""
        super().setup()
        self._redactor = redactor(self._config)

    def process(self, shard: Shard) -> Iterator[None]:
        """One shard."""
        bytes_by_language: dict[str, int] = {}
        path = f"{ATTRIBUTION_DIR}/{shard.name}.parquet"
        licences = self._licences(shard.spec)
        with PartFiles(
            attribution=PartFile(self._root, path, arrow_schema(ATTRIBUTION)),
            licences=PartFile(self._root, licences_path(shard.name), NOTED),
            text=PartFile(
                self._root, text_path(shard.name), arrow_schema(TEXT), rows_per_group=ROWS_PER_GROUP
            ),
        ) as out:
            for rows in iterate_kept(self._root, shard.spec.name):
                out["text"].write_table(rows)
                out["attribution"].write_table(attribution(rows, shard.name, licences))
                add_bytes(bytes_by_language, rows)
            out["licences"].write_table(licences.used())
            out.commit(
                {
                    "codemill.corpus_version": CORPUS_VERSION,
                    PART: shard.spec.name,
                    BYTES_BY_LANGUAGE: json.dumps(bytes_by_language, sort_keys=True),
                }
            )
        return iter(())

    def _licences(self, spec: PartSpec) -> GoverningTexts:
        if not spec.num_rows:
            return GoverningTexts(licence_files.SCHEMA.empty_table(), self._redactor)
        path = f"{catalog.LICENCE_FILES_DIR}/{catalog.listing_of(spec)}.parquet"
        return GoverningTexts(parts.read_table(self._root, path), self._redactor)


def licences_path(shard: str) -> str:
    """The licence files that govern a shard's rows."""
    return f"{LICENCES_DIR}/{shard}.parquet"


def iterate_kept(root: str, part: str) -> Iterator[pa.Table]:
    """A part's work content without its near-duplicates, some rows at a time."""
    first = 0
    with storage.open_parquet(storage.join(root, files.content_path(part))) as file:
        stays = np.ones(file.metadata.num_rows, dtype=np.bool_)
        stays[removed_rows(root, part).to_numpy()] = False
        for group in range(file.metadata.num_row_groups):
            rows = file.read_row_group(group)
            mine = pa.array(stays[first : first + rows.num_rows])
            yield rows.filter(mine).combine_chunks()
            first += rows.num_rows


def attribution(rows: pa.Table, shard: str, licences: GoverningTexts) -> pa.Table:
    """What the licences of `rows` ask to be kept."""
    text, repository, governing = (
        pa.concat_arrays([pa.array([], rows.schema.field(name).type), *rows[name].chunks])
        for name in ("text", "repository", "licence_texts")
    )
    lines = licences.with_their_lines(copyrights(text), repository, governing)
    rows = with_columns(rows, {"copyright": lines})
    return with_constants(rows, shard=(shard, pa.string()))


def add_bytes(totals: dict[str, int], rows: pa.Table) -> None:
    """Add the bytes of `rows` by language to `totals`."""
    sums = rows.group_by("language").aggregate([("size_bytes", "sum")])
    for language, size in zip(
        sums["language"].to_pylist(), sums["size_bytes_sum"].to_pylist(), strict=True
    ):
        totals[language] = totals.get(language, 0) + size


def written(build: Build) -> dict[str, Load]:
    """The shards of text that there are, by name, with their rows and bytes."""
    loads = {}
    for name in sorted(parts.committed(build.root, TEXT_DIR)):
        path = text_path(name)
        sizes = json.loads(parts.read_footer(build.root, path)[BYTES_BY_LANGUAGE])
        loads[name] = Load(parts.num_rows(build.root, path), sum(sizes.values()))
    return loads


def bytes_by_language(build: Build, split: str) -> dict[str, int]:
    """Bytes of text by language over the shards of a split, from their footers."""
    totals: dict[str, int] = {}
    for name in written(build):
        if name.startswith(f"{split}-"):
            footer = parts.read_footer(build.root, text_path(name))
            for language, size in json.loads(footer[BYTES_BY_LANGUAGE]).items():
                totals[language] = totals.get(language, 0) + size
    return dict(sorted(totals.items()))


def make(build: Build) -> Counts:
    """Write every shard."""
    build.run_parts(
        "text",
        TEXT_DIR,
        shard_loads(build),
        lambda missing: graph(build, chosen(build, missing)),
    )
    written_shards = map(licences_path, sorted(shard_loads(build)))
    notice.write_bundle(build.root, written_shards, build.settings.memory_bytes)
    return count(build)


def count(build: Build) -> Counts:
    """Files and bytes, from the shards alone."""
    sizes = {split: bytes_by_language(build, split) for split in catalog.SPLITS}
    return {
        "files": sum(load.files for load in written(build).values()),
        "size_bytes": sum(sum(by.values()) for by in sizes.values()),
        "bytes_by_language": sizes,
    }


STAGE = Stage(
    name="text",
    version=STAGE_VERSION,
    inputs=("duplicates",),
    libraries=("pyarrow", "google-re2", "hyperscan"),
    outputs=(TEXT_DIR, ATTRIBUTION_DIR),
    needs_work=("catalog", "files", "duplicates"),
    make=make,
)
