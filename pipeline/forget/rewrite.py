"""Rewriting the files of a corpus that hold something of theirs, and no others.

A file is written anew under a temporary name and renamed; its row groups, columns and footer are
as the build writes them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from codemill.pipeline import parts, storage
from codemill.pipeline.config import Config
from codemill.pipeline.earlier import BYTES_BY_LANGUAGE
from codemill.pipeline.parts import PartFile
from codemill.pipeline.stages.exchange import one_batch
from codemill.pipeline.stages.pretrain import CHECKED_TEXTS, DOCUMENT, FOOTER_STATS, packings
from codemill.pipeline.stages.text import add_bytes, text_path
from codemill.pipeline.stages.tokenizer import load_spec
from codemill.transforms.forget import (
    FileIds,
    forget_files,
    forget_ledger,
    forget_packed,
    forget_signatures,
    is_forgotten,
)
from codemill.transforms.opt_out import OptOut
from codemill.transforms.packing import PackingStats
from codemill.transforms.schema import TEXT, arrow_schema
from codemill.transforms.tokens import Encoder

FOLDERS = ("pretrain", "instruct", "attribution", "signatures", "text", "files", "ledger")
"""Folders with rows of files, in the order they are rewritten: the statistics of a shard of
`pretrain/` are counted anew from the text that leaves, so that goes later."""

LEDGER_COLUMNS = [
    "file_id",
    "blob_id",
    "repository",
    "path",
    "rule",
    "kept_file_id",
    "kept_repository",
    "kept_path",
]


@dataclass(frozen=True)
class Theirs:
    """What is to be forgotten: by the ids found, and by the list itself."""

    file_ids: FileIds
    """Sorted, each once."""
    opt_out: OptOut

    def is_whole(self, repository: str) -> bool:
        """Whether all of `repository` is theirs."""
        return self.opt_out.of_repository(repository) is not None

    def own(self, ledger: pa.RecordBatch) -> pa.BooleanArray:
        """Rows of the ledger that are theirs; one of a whole source goes by its name."""
        file_id = ledger.column("file_id")
        columns = (ledger.column(name) for name in ("repository", "path", "blob_id"))
        named = pc.and_(pc.is_null(file_id), pc.is_valid(self.opt_out.match(*columns)))
        return pc.or_(named, is_forgotten(file_id, self.file_ids))

    def twin(self, ledger: pa.RecordBatch) -> pa.BooleanArray:
        """Rows of the ledger that name one of their files as the one kept."""
        name, path = ledger.column("kept_repository"), ledger.column("kept_path")
        by_name = self.opt_out.match(pc.fill_null(name, ""), path, pa.nulls(len(path), pa.string()))
        by_id = is_forgotten(ledger.column("kept_file_id"), self.file_ids)
        return pc.or_(by_id, pc.and_(pc.is_valid(name), pc.is_valid(by_name)))


def files_of(root: str, folder: str) -> list[str]:
    """The Parquet files below a folder of the corpus, sorted."""
    return [f"{folder}/{name}.parquet" for name in sorted(parts.committed(root, folder))]


def row_groups(root: str, path: str, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a file, a row group at a time."""
    with storage.open_parquet(storage.join(root, path)) as file:
        for group in range(file.metadata.num_row_groups):
            yield from file.read_row_group(group, columns=columns).combine_chunks().to_batches()


def count_in(root: str, path: str, theirs: Theirs) -> Counter[str]:
    """What a file holds of theirs, by what is counted; empty where nothing is."""
    folder = path.split("/")[0]
    counts: Counter[str] = Counter()
    if folder == "ledger":
        for rows in row_groups(root, path, LEDGER_COLUMNS):
            counts += _count_ledger(rows, theirs)
    elif folder == "pretrain":
        for rows in row_groups(root, path, ["seq_lengths", "file_ids"]):
            counts += _count_packed(rows, theirs)
    elif "file_id" in _columns(root, path):
        for rows in row_groups(root, path, ["file_id"]):
            number = pc.sum(is_forgotten(rows.column(0), theirs.file_ids)).as_py() or 0
            counts += Counter({f"{folder}_rows": number})
    return counts


def _columns(root: str, path: str) -> list[str]:
    with storage.open_parquet(storage.join(root, path)) as file:
        return list(file.schema_arrow.names)


def _count_ledger(rows: pa.RecordBatch, theirs: Theirs) -> Counter[str]:
    own, twin = theirs.own(rows), theirs.twin(rows)
    copy = pc.equal(rows.column("rule"), "exact_duplicate")
    sums = {
        "ledger_rows": own,
        "twins": pc.and_not(twin, own),
        "copies_elsewhere": pc.and_(pc.and_not(own, twin), copy),
    }
    return Counter({name: pc.sum(mask).as_py() or 0 for name, mask in sums.items()})


def _count_packed(rows: pa.RecordBatch, theirs: Theirs) -> Counter[str]:
    mine = is_forgotten(rows.column("file_ids").flatten(), theirs.file_ids)
    lengths = rows.column("seq_lengths").flatten().filter(mine)
    return Counter({"segments": len(lengths), "tokens": pc.sum(lengths).as_py() or 0})


class Rewriter:
    """Rewrites single files of one corpus."""

    def __init__(self, root: str, theirs: Theirs, config: Config) -> None:
        self._root = root
        self._theirs = theirs
        self._config = config

    def rewrite(self, path: str) -> None:
        """Take theirs out of the file `path` of the corpus."""
        folder, name = path.split("/", 1)
        forgotten = self._theirs.file_ids
        if folder == "pretrain":
            self._pretrain(path, name.removesuffix(".parquet"))
        elif folder == "text":
            self._text(path)
        elif folder == "signatures":
            first = [0]

            def signatures(rows: pa.RecordBatch) -> pa.RecordBatch:
                left = forget_signatures(rows, forgotten, first[0])
                first[0] += left.num_rows
                return left

            self._write(path, signatures)
        elif folder == "ledger":
            own, twin = self._theirs.own, self._theirs.twin
            self._write(path, lambda rows: forget_ledger(rows, own(rows), twin(rows)))
        else:
            self._write(path, lambda rows: forget_files(rows, forgotten))

    def _write(
        self,
        path: str,
        change: Callable[[pa.RecordBatch], pa.RecordBatch],
        footer: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """Write `path` anew, each row group changed; `footer` is asked for keys at the end."""
        with storage.open_parquet(storage.join(self._root, path)) as file:
            schema = file.schema_arrow.remove_metadata()
            rows_per_group = file.metadata.row_group(0).num_rows
        before = parts.read_footer(self._root, path)
        new = PartFile(self._root, path, schema, rows_per_group=rows_per_group)
        try:
            for rows in row_groups(self._root, path):
                new.write(change(rows))
            new.commit({**before, **footer()})
        except BaseException:
            new.discard()
            raise

    def _text(self, path: str) -> None:
        sizes: dict[str, int] = {}

        def change(rows: pa.RecordBatch) -> pa.RecordBatch:
            left = forget_files(rows, self._theirs.file_ids)
            add_bytes(sizes, pa.Table.from_batches([left]))
            return left

        self._write(path, change, lambda: {BYTES_BY_LANGUAGE: json.dumps(sizes, sort_keys=True)})

    def _pretrain(self, path: str, shard: str) -> None:
        stats = json.loads(parts.read_footer(self._root, path)[FOOTER_STATS])
        stats = _less(stats, self._packed_of_theirs(shard))
        left = Counter({"n_rows": 0, "n_row_tokens": 0, "n_pad": 0})

        def change(rows: pa.RecordBatch) -> pa.RecordBatch:
            new = forget_packed(rows, self._theirs.file_ids, self._encoder.spec.padding)
            left["n_rows"] += new.num_rows
            left["n_row_tokens"] += len(new.column("input_ids").flatten())
            left["n_pad"] += pc.sum(new.column("n_pad")).as_py() or 0
            return new

        self._write(
            path, change, lambda: {FOOTER_STATS: json.dumps({**stats, **left}, sort_keys=True)}
        )

    @cached_property
    def _encoder(self) -> Encoder:
        return Encoder(load_spec(self._root), check=_some_texts(self._root))

    def _packed_of_theirs(self, shard: str) -> PackingStats:
        """What packing counted of their files.

        Cutting and rearranging one does not depend on the others, so packing them alone counts
        the same. No rows are made.
        """
        theirs = pa.Table.from_batches(
            (
                rows.filter(is_forgotten(rows.column("file_id"), self._theirs.file_ids))
                for rows in row_groups(self._root, text_path(shard), DOCUMENT)
            ),
            _DOCUMENT_SCHEMA,
        )
        packed = packings(one_batch(theirs), shard, self._encoder, self._config.pretrain)
        return sum((each.stats for each in packed), PackingStats())


def _some_texts(root: str) -> list[str]:
    """Texts on which the fast encoder must agree with the tokenizer's own."""
    for path in files_of(root, "text"):
        for rows in row_groups(root, path, ["text"]):
            texts: list[str] = rows.column(0).slice(0, CHECKED_TEXTS).to_pylist()
            return texts
    return []


_DOCUMENT_SCHEMA = pa.schema([arrow_schema(TEXT).field(name) for name in DOCUMENT])


def _less(stats: Mapping[str, int], theirs: PackingStats) -> dict[str, int]:
    return {name: stats[name] - number for name, number in asdict(theirs).items()}
