"""The tools compared: how each is run on a dataset, and which rows it removed.

Every tool reads the dataset's Parquet and writes the rows that stay; `settings` are those its
documentation shows ("as documented"), or as near codemill's as it allows. Peers tell which rows
stay, not in whose stead the others went.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.near_duplicates import environments
from benchmarks.near_duplicates.environments import Environment
from benchmarks.near_duplicates.measure import FailedError
from benchmarks.near_duplicates.rows import part_paths, read_column

BANDS, ROWS = 37, 6
"""What codemill takes for 0.99 at a similarity of 0.7."""
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

Removed = dict[int, int | None]
"""By id, the id kept in its stead, or None where the tool names none."""


@dataclass(frozen=True)
class Job:
    """One run: from `dataset` into the empty folder `out`."""

    python: str
    dataset: Path
    out: Path
    workers: int


@dataclass(frozen=True)
class Tool:
    """A tool under one setting."""

    name: str
    setting: str
    command: Callable[[Job], list[str]]
    """Made before the clock starts; it may prepare files in the job's `out`."""
    removed: Callable[[Job], Removed]
    environment: Environment | None = None
    """Where it is installed; None for codemill's own."""
    env: Mapping[str, str] = field(default_factory=dict)

    def python(self) -> str:
        """Its interpreter, its environment made where needed."""
        return environments.ready(self.environment) if self.environment else sys.executable


def codemill(setting: str, *changes: str) -> Tool:
    """codemill, with `--set` changes."""

    def command(job: Job) -> list[str]:
        module = "benchmarks.near_duplicates.codemill_run"
        given = [a for change in changes for a in ("--set", change)]
        places = [str(job.dataset), str(job.out / "build"), "--workers", str(job.workers)]
        return [job.python, "-m", module, *places, *given]

    def removed(job: Job) -> Removed:
        from benchmarks.near_duplicates.codemill_run import removed

        return removed(job.out / "build")

    return Tool("codemill", setting, command, removed)


def datatrove(setting: str, **config: object) -> Tool:
    """datatrove, with fields of its `MinhashConfig`."""

    def command(job: Job) -> list[str]:
        script = str(HERE / "peers" / "datatrove_minhash.py")
        places = [str(job.dataset), str(job.out)]
        return [job.python, script, *places, json.dumps(config), str(job.workers)]

    return Tool(
        "datatrove 0.10.1",
        setting,
        command,
        lambda job: _but_kept(job, parquet_ids(job.out / "kept", "id")),
        environments.DATATROVE,
    )


def text_dedup_0(setting: str, *arguments: str) -> Tool:
    """text-dedup 0.4.0, with arguments of its command."""

    def command(job: Job) -> list[str]:
        places = {
            "path": "parquet",
            "data_dir": str(job.dataset.resolve()),
            "split": "train",
            "cache_dir": str(job.out / "cache"),
            "output": str(job.out / "kept"),
            "column": "text",
            "num_proc": str(job.workers),
        }
        given = [part for name, value in places.items() for part in (f"--{name}", value)]
        return [job.python, "-m", "text_dedup.minhash", *given, *arguments]

    return Tool(
        "text-dedup 0.4.0",
        setting,
        command,
        lambda job: _but_kept(job, arrow_ids(job.out / "kept")),
        environments.TEXT_DEDUP_0,
        {"HF_HUB_OFFLINE": "1"},
    )


TOML = """\
[input]
input_type = "local_files"
file_type = "parquet"
[input.read_arguments]
path = "parquet"
data_dir = "{data}"
split = "train"
cache_dir = "cache"
[algorithm]
algorithm_name = "minhash"
text_column = "text"
seed = 42
num_proc = {workers}
batch_size = 10000
threshold = 0.7
ngram_size = 5
{settings}
[output]
output_dir = "kept"
[debug]
enable_profiling = false
"""


def text_dedup_1(setting: str, **settings: object) -> Tool:
    """text-dedup 0.4.1, with settings of its algorithm."""

    def command(job: Job) -> list[str]:
        lines = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
        data = str(job.dataset.resolve())
        toml = TOML.format(data=data, workers=job.workers, settings=lines)
        (job.out / "config.toml").write_text(toml)
        return [job.python, "-m", "text_dedup.minhash"]

    return Tool(
        "text-dedup 0.4.1",
        setting,
        command,
        lambda job: _but_kept(job, arrow_ids(job.out / "kept")),
        environments.TEXT_DEDUP_1,
        {"HF_HUB_OFFLINE": "1"},
    )


def data_prep_kit(setting: str, *arguments: str) -> Tool:
    """data-prep-kit's fuzzy deduplication, its Python runtime, with arguments of its command."""

    def command(job: Job) -> list[str]:
        _renamed(job.dataset, job.out / "input")
        places = ["--input_folder", str(job.out / "input"), "--output_folder", str(job.out / "out")]
        module = "dpk_fdedup.transform_python"
        mode = ["--contents_column", "text", "--operation_mode", "filter_duplicates"]
        return [job.python, "-m", module, *places, *mode, *arguments]

    return Tool(
        "data-prep-kit 1.1.8",
        setting,
        command,
        lambda job: _but_kept(job, parquet_ids(job.out / "out" / "cleaned", "int_id_column")),
        environments.DATA_PREP_KIT,
    )


def _renamed(dataset: Path, out: Path) -> None:
    """Copy the dataset with the name of the id column that data-prep-kit's second step wants."""
    out.mkdir()
    for path in part_paths(dataset):
        table = pq.read_table(path)
        names = ["int_id_column" if name == "id" else name for name in table.schema.names]
        pq.write_table(table.rename_columns(names), out / path.name)


def _but_kept(job: Job, kept: set[int]) -> Removed:
    if not kept:
        raise FailedError("it kept nothing")
    return dict.fromkeys(i for i in read_column(job.dataset, "id") if i not in kept)


def parquet_ids(folder: Path, column: str) -> set[int]:
    """Ids in a column of the Parquet files of `folder`."""
    paths = sorted(folder.rglob("*.parquet"))
    return {int(i) for p in paths for i in pq.read_table(p, columns=[column])[column].to_pylist()}


def arrow_ids(folder: Path) -> set[int]:
    """Ids in the Arrow streams of a saved Hugging Face dataset."""
    found: set[int] = set()
    for path in sorted(folder.glob("data-*.arrow")):
        with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as stream:
            found.update(stream.read_all()["id"].to_pylist())
    return found


def _banding(bands: str, rows: str, permutations: str) -> tuple[str, ...]:
    values = (str(BANDS), str(ROWS), str(BANDS * ROWS))
    names = (bands, rows, permutations)
    return tuple(x for name, value in zip(names, values, strict=True) for x in (name, value))


TOOLS: tuple[Tool, ...] = (
    codemill("default"),
    datatrove("as documented: 14 x 8, words", num_buckets=14, hashes_per_bucket=8),
    datatrove("25 x 10, words", num_buckets=25, hashes_per_bucket=10),
    datatrove(
        f"{BANDS} x {ROWS}, punctuation and case kept",
        num_buckets=BANDS,
        hashes_per_bucket=ROWS,
        normalise=False,
    ),
    text_dedup_0("as documented: 0.7, 25 x 10"),
    text_dedup_0(
        f"{BANDS} x {ROWS}, xxh3", *_banding("--b", "--r", "--num_perm"), "--hash_func", "xxh3"
    ),
    text_dedup_1("as documented: 0.7, 240, checked", num_perm=240, check_false_positive=True),
    text_dedup_1(
        f"{BANDS} x {ROWS}, checked",
        num_perm=BANDS * ROWS,
        bands=BANDS,
        rows=ROWS,
        check_false_positive=True,
    ),
    data_prep_kit("as documented: 0.75, 14 x 8"),
    data_prep_kit(
        f"0.7, {BANDS} x {ROWS}",
        *_banding("--num_bands", "--num_minhashes_per_band", "--num_permutations"),
        *("--jaccard_similarity_threshold", "0.7"),
    ),
)
