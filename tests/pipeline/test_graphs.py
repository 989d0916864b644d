"""The graphs: record batches travel by the Arrow coder, and content crosses no shuffle."""

from __future__ import annotations

from dataclasses import asdict

import apache_beam as beam
import pytest

from codemill.pipeline import arrow_coder, storage
from codemill.pipeline.build import Build
from codemill.pipeline.config import Config
from codemill.pipeline.progress import Reporter
from codemill.pipeline.runner import RunSettings
from codemill.pipeline.sources import Discovery
from codemill.pipeline.stages import catalog, files
from codemill.pipeline.stages.duplicates import propose
from codemill.pipeline.stages.duplicates.members import own_members
from codemill.pipeline.stages.exchange import Exchange
from codemill.transforms.dedup.bands import Banding

SPEC = catalog.PartSpec("train-00000-0000", "train", "a-00000.parquet", 0, 1, 1)
WHOLE = Exchange(8, 1)
GRAPHS = {
    "exact duplicates": lambda build: catalog.copies_graph(build, ["00000"], WHOLE, 0),
    "files": lambda build: files.graph(build, [SPEC]),
    "propose": lambda build: propose.propose_graph(
        build, own_members(build), propose.Search(Banding(2, 3), WHOLE), [0]
    ),
}
BATCHES = {
    "exact duplicates": {"keys", "exchange", "choose", "one part", "collect"},
    "files": {"read", "decode", "redact", "identify", "read header", "judge", "sign"},
    "propose": {"band", "exchange"},
}


def coders(proto, coder_id):
    coder = proto.components.coders[coder_id]
    yield coder.spec.payload.decode("latin-1")
    for component in coder.component_coder_ids:
        yield from coders(proto, component)


def proto_of(name, root):
    arrow_coder.register()
    storage.write_json(f"{root}/work/catalog/parts.json", [asdict(SPEC)])
    reporter = Reporter(quiet=True)
    build = Build(str(root), Config(), Discovery((), (), 0), RunSettings(), reporter)
    pipeline = beam.Pipeline()
    GRAPHS[name](build)(pipeline)
    return pipeline.to_runner_api()


@pytest.mark.parametrize("name", GRAPHS)
def test_every_batch_travels_by_the_arrow_coder(name, tmp_path):
    proto = proto_of(name, tmp_path)
    seen = set()
    for transform in proto.components.transforms.values():
        if transform.unique_name in BATCHES[name]:
            seen.add(transform.unique_name)
            for output in transform.outputs.values():
                used = coders(proto, proto.components.pcollections[output].coder_id)
                assert any("RecordBatchCoder" in payload for payload in used), transform.unique_name
    assert seen == BATCHES[name]


def test_nothing_is_grouped_between_reading_content_and_writing_it(tmp_path):
    proto = proto_of("files", tmp_path)
    labels = [t.unique_name for t in proto.components.transforms.values()]
    grouped = [name for name in labels if name.endswith("GroupByKey")]
    assert all(name.startswith("deal parts/") for name in grouped)
