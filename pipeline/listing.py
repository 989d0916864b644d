"""One source to rows of the catalog: what it holds, its licences, what is admitted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

import pyarrow as pa
import pyarrow.compute as pc

from codemill.language_configs import load_languages
from codemill.pipeline.config import CatalogConfig, Config
from codemill.pipeline.file_steps import wanted_languages
from codemill.pipeline.licence_files import LicenceFileWriter, governing_ids
from codemill.pipeline.licensing import MAX_LICENCE_BYTES, UNREAD_LICENCE, load_licences
from codemill.pipeline.parts import PartFile
from codemill.pipeline.sources import (
    ENTRIES_SCHEMA,
    LISTING_SCHEMA,
    Source,
    SourceRefused,
    entry_batches,
    iterate_entries,
    list_files,
    read_blobs,
)
from codemill.transforms.admission import Admission
from codemill.transforms.columns import equal_runs, with_columns, with_constants
from codemill.transforms.identity import file_ids, keyed_share
from codemill.transforms.language import LanguageIdentifier
from codemill.transforms.licences.licence_paths import is_licence_bearing
from codemill.transforms.licences.resolve import columns_of
from codemill.transforms.opt_out import OptOut
from codemill.transforms.paths import path_kinds
from codemill.transforms.project_prefix import project_prefixes
from codemill.transforms.repository_signs import repository_signs
from codemill.transforms.schema import CATALOG, CONTENT, Column, arrow_schema

LISTED = arrow_schema(
    (
        *CATALOG,
        Column("source", pa.int32(), "index into the sources of the listing part"),
        Column("spool_row", pa.int64(), "row of the content in the spool; null for a clone's"),
    )
)
"""CATALOG with where the content is to be read."""

SPOOL = arrow_schema(CONTENT)


def meet(named: Iterable[tuple[str, ...]], wanted: AbstractSet[str]) -> pa.BooleanArray:
    """Which of the lists of languages have one that is wanted."""
    return pa.array([not wanted.isdisjoint(names) for names in named], pa.bool_())


class Lister:
    """Lists sources; made once a worker."""

    def __init__(self, config: Config, opt_out: OptOut) -> None:
        self._config = config.catalog
        self._licences = load_licences(self._config.licences)
        self._admission = Admission(
            self._licences.policy, self._config.drop, self._config.max_file_bytes, opt_out
        )
        languages = load_languages()
        self._identifier = LanguageIdentifier(languages)
        self._wanted = set(wanted_languages(config.files, languages).to_pylist())
        self._programming = {x.name for x in languages.languages if x.type == "programming"}

    def rows(
        self, source: Source, index: int, spool: PartFile, licences: LicenceFileWriter
    ) -> Iterator[pa.RecordBatch]:
        """Rows of LISTED for every entry of `source`.

        Content read only once goes to `spool`, licence files that govern what is admitted to
        `licences`.
        """
        try:
            entries, licence_files = self._entries(source, spool)
            if not entries.num_rows:
                raise SourceRefused("no_files", "it holds no file")
        except SourceRefused as refused:
            yield refused_row(source.repository, source.revision, refused.rule, refused.detail)
            return
        order = pa.array(range(entries.num_rows), type=pa.int64())
        entries = entries.append_column("order", order).sort_by(
            [("repository", "ascending"), ("order", "ascending")]
        )
        rows = pa.concat_tables(
            self._repository(source, index, mine, licence_files, licences)
            for mine in _by_repository(entries)
        )
        yield from rows.sort_by("order").select(LISTED.names).cast(LISTED).to_batches()

    def _entries(
        self, source: Source, spool: PartFile
    ) -> tuple[pa.Table, dict[str, dict[str, bytes]]]:
        if source.kind == "git":
            return self._clone(source)
        return self._opened_once(source, spool)

    def _clone(self, source: Source) -> tuple[pa.Table, dict[str, dict[str, bytes]]]:
        listed = pa.Table.from_batches(list_files(source), LISTING_SCHEMA)
        listed = with_constants(
            listed,
            repository=(source.repository, pa.string()),
            declared_licence=(source.declared_licence, pa.string()),
            stars=(source.stars, pa.int64()),
            forks=(source.forks, pa.int64()),
            fork=(source.fork, pa.bool_()),
            committed_at=(source.committed_at, pa.int64()),
            spool_row=(None, pa.int64()),
        )
        bearing = listed.filter(_bears_licence(listed))
        contents = read_blobs(source, bearing["blob_id"].to_pylist()).content.to_pylist()
        found = zip(bearing["path"].to_pylist(), contents, strict=True)
        return listed, {source.repository: {p: c for p, c in found if c is not None}}

    def _opened_once(
        self, source: Source, spool: PartFile
    ) -> tuple[pa.Table, dict[str, dict[str, bytes]]]:
        batches = []
        licence_files: dict[str, dict[str, bytes]] = {}
        entries_of = iterate_entries(source, max_entry_bytes=self._config.max_file_bytes)
        for entries in entry_batches(entries_of):
            named = _with_defaults(pa.Table.from_batches([entries]), source)
            has_content = pc.is_valid(named["content"])
            for row in named.filter(pc.and_(has_content, _bears_licence(named))).to_pylist():
                licence_files.setdefault(row["repository"], {})[row["path"]] = row["content"]
            opted_out = self._admission.opted_out(named, whole=source.opt_out)
            spooled = pc.and_(has_content, pc.is_null(opted_out))
            batches.append(_with_spool_rows(named, spooled, spool.num_rows).drop_columns("content"))
            spool.write_table(named.filter(spooled))
        nothing = with_constants(ENTRIES_SCHEMA.empty_table(), spool_row=(None, pa.int64()))
        return pa.concat_tables([nothing.drop_columns("content"), *batches]), licence_files

    def _repository(
        self,
        source: Source,
        index: int,
        entries: pa.Table,
        licence_files: dict[str, dict[str, bytes]],
        licences: LicenceFileWriter,
    ) -> pa.Table:
        name = entries["repository"][0].as_py()
        rows = with_constants(
            entries,
            revision=(source.revision, pa.string()),
            split=(split_of(name, self._config), pa.string()),
            source=(index, pa.int32()),
            kept_file_id=(None, pa.int64()),
            kept_repository=(None, pa.string()),
            kept_path=(None, pa.string()),
        )
        path = rows["path"].combine_chunks()
        kinds = path_kinds(path)
        added = dict(zip(kinds.schema.names, kinds.columns, strict=True))
        regular = _is_regular(rows)
        added["project_prefix"] = project_prefixes(path, regular)
        named = [self._identifier.by_name(p).names for p in path.to_pylist()]
        # Of two copies the one whose name alone gives a wanted language is kept.
        added["language_named"] = meet(named, self._wanted)
        code = meet(named, self._programming)
        signs = repository_signs(path, regular=regular, code=code, kinds=kinds)
        # Rows of Parquet are seldom all of their repository.
        added["repository_signs"] = (
            signs if source.kind != "parquet" else pa.nulls(len(path), signs.type)
        )
        unread = path.filter(_bears_licence(rows, read=False))
        contents = dict.fromkeys(unread.to_pylist(), UNREAD_LICENCE) | licence_files.get(name, {})
        resolved = self._licences.repositories.resolve(contents)
        found, at = resolved.governing(path)
        added["licence"], added["licence_by"] = self._licence(rows, *columns_of(found, at))
        added["licence_texts"] = governing_ids(found, at, contents)
        keys = (rows[c].combine_chunks() for c in ("repository", "revision", "path", "blob_id"))
        added["file_id"] = file_ids(*keys)
        rows = with_columns(rows, added)
        rows = with_columns(rows, self._admission(rows, opt_out=source.opt_out))
        admitted = rows.filter(pc.is_null(rows["rule"]))["licence_texts"]
        wanted = set(pc.list_flatten(admitted).to_pylist())
        licences.write(name, source.revision, contents, resolved.stated, wanted)
        return rows

    def _licence(
        self, rows: pa.Table, licence: pa.Array, licence_by: pa.Array
    ) -> tuple[pa.Array, pa.Array]:
        """What governs from inside the repository, with what a manifest declares."""
        declared = self._declared(rows["declared_licence"].combine_chunks())
        by = pc.if_else(pc.is_valid(declared), "manifest", None)
        return self._licences.merge.apply(licence, licence_by, declared, by)

    def _declared(self, stated: pa.Array) -> pa.Array:
        """What a manifest states, as SPDX expressions; null for what is none."""
        encoded = stated.dictionary_encode()
        parsed = [self._licences.expressions.parse(text) for text in encoded.dictionary.to_pylist()]
        return pa.array(parsed, pa.string()).take(encoded.indices)


def split_of(repository: str, config: CatalogConfig) -> str:
    """`train` or `validation`: the repository's own, whatever others there are."""
    share = keyed_share(config.seed, "split", repository)
    return "validation" if share < config.validation_share else "train"


def _is_regular(entries: pa.Table) -> pa.Array:
    """Which entries are regular files that could be read, small enough or not."""
    rule = entries["rule"].combine_chunks()
    return pc.or_(pc.is_null(rule), pc.fill_null(pc.equal(rule, "too_large"), False))


def _bears_licence(entries: pa.Table, *, read: bool = True) -> pa.Array:
    """Which entries may state a licence: those that are read, or those too large to be."""
    named = is_licence_bearing(entries["path"].combine_chunks())
    small = pc.less_equal(entries["size_bytes"].combine_chunks(), MAX_LICENCE_BYTES)
    if not read:
        return pc.fill_null(pc.and_not(named, small), False)
    readable = pc.is_null(entries["rule"].combine_chunks())
    return pc.fill_null(pc.and_(pc.and_(named, small), readable), False)


def _with_defaults(entries: pa.Table, source: Source) -> pa.Table:
    """What a row does not say of itself is what its source says."""
    given = {
        "repository": source.repository,
        "declared_licence": source.declared_licence,
        "stars": source.stars,
        "forks": source.forks,
        "fork": source.fork,
        "committed_at": source.committed_at,
    }
    filled = {
        name: pc.fill_null(entries[name].combine_chunks(), value)
        for name, value in given.items()
        if value is not None
    }
    return with_columns(entries, filled)


def _with_spool_rows(entries: pa.Table, spooled: pa.ChunkedArray, start: int) -> pa.Table:
    there = spooled.combine_chunks().cast(pa.int64())
    numbers = pc.add(pc.cumulative_sum(there), start - 1)
    spool_row = pc.if_else(spooled.combine_chunks(), numbers, pa.scalar(None, pa.int64()))
    return with_columns(entries, {"spool_row": spool_row})


def _by_repository(entries: pa.Table) -> Iterator[pa.Table]:
    codes = entries["repository"].combine_chunks().dictionary_encode().indices.to_numpy()
    for start, end in equal_runs(codes):
        yield entries.slice(start, end - start)


def refused_row(repository: str, revision: str | None, rule: str, detail: str) -> pa.RecordBatch:
    """One row of LISTED for a whole source that could not be read; it has no file id."""
    row = {
        "repository": repository,
        "revision": revision,
        "stage": "catalog",
        "rule": rule,
        "detail": detail,
    }
    return pa.RecordBatch.from_pylist([row], schema=LISTED)
