"""datatrove's four stages of MinHash deduplication, as its own example runs them.

    PYTHON-OF-DATATROVE datatrove_minhash.py DATASET OUT '{"num_buckets": 14, ...}' WORKERS

Fields of the JSON are those of `MinhashConfig`, plus `normalise`: false keeps case, digits and
punctuation. What stays is written to OUT/kept as Parquet.
"""

import json
import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
)
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.text import TextNormConfig

RAW = TextNormConfig(
    lowercase=False,
    norm_whitespace=True,
    remove_punctuation=False,
    norm_unicode_diacritics=False,
    norm_numbers=False,
)


def text_and_id(reader: ParquetReader, row: dict, path: str, number: int) -> dict:
    """A document of a row; an id must be a text that is not empty, or the writer leaves it out."""
    del reader, path, number
    return {"text": row["text"], "id": str(row["id"])}


def main() -> None:
    dataset, out, given, workers = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    settings = json.loads(given)
    norm = TextNormConfig() if settings.pop("normalise", True) else RAW
    config = MinhashConfig(**settings, norm_config=norm)
    tasks = len(list(Path(dataset).glob("*.parquet")))
    folders = {name: str(out / name) for name in ("signatures", "buckets", "remove", "kept")}

    def reader() -> ParquetReader:
        return ParquetReader(
            dataset, glob_pattern="*.parquet", read_metadata=False, adapter=text_and_id
        )

    stages = [
        ([reader(), MinhashDedupSignature(folders["signatures"], config=config)], tasks),
        (
            [MinhashDedupBuckets(folders["signatures"], folders["buckets"], config=config)],
            config.num_buckets,
        ),
        ([MinhashDedupCluster(folders["buckets"], folders["remove"], config=config)], 1),
        (
            [
                reader(),
                MinhashDedupFilter(folders["remove"]),
                ParquetWriter(folders["kept"]),
            ],
            tasks,
        ),
    ]
    for number, (pipeline, stage_tasks) in enumerate(stages):
        LocalPipelineExecutor(
            pipeline=pipeline,
            tasks=stage_tasks,
            workers=workers,
            logging_dir=str(out / "logs" / str(number)),
        ).run()


if __name__ == "__main__":
    main()
