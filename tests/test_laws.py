"""The three laws of the house: pure transforms, Beam in one folder, imports that point one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pipeline", "transforms", "language_configs", "tokenizer_training", "training")
MAY_IMPORT = {
    "pipeline": {"pipeline", "transforms", "language_configs", "tokenizer_training", "training"},
    "transforms": {"transforms", "language_configs"},
    "language_configs": {"language_configs"},
    "tokenizer_training": {"tokenizer_training", "transforms"},
    "training": {"training", "transforms", "tokenizer_training"},
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_only_the_pipeline_imports_beam(package):
    beam = {p.name for p in modules(package) if any("apache_beam" in n for n in imported(p))}
    assert bool(beam) == (package == "pipeline")


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package):
    for path in modules(package):
        own = {n.split(".")[1] for n in imported(path) if n.startswith("codemill.")}
        assert own <= MAY_IMPORT[package], path


def test_only_the_command_line_reaches_the_training_module():
    reaching = {
        path.name
        for path in modules("pipeline")
        if any(n.startswith("codemill.training") for n in imported(path))
    }
    assert reaching <= {"cli.py"}


def test_transforms_name_no_clock_no_randomness_and_no_processes():
    forbidden = {"time", "datetime", "random", "socket", "subprocess", "threading", "tempfile"}
    for path in modules("transforms"):
        assert not imported(path) & forbidden, path


AUDITED = """
import sys
import pyarrow as pa
from codemill.pipeline.config import Config
from codemill.pipeline.file_steps import STEPS
from codemill.pipeline.inspect import Inspector, Named
from codemill.transforms.decision import Decisions
from codemill.transforms.schema import REPOSITORY_SIGNS

texts = {
    "a.py": b'def f(x):\\n    "Return x, doubled and then some."\\n    y = x * 2\\n    return y\\n',
    "b.h": b"#include <vector>\\nnamespace a { class B { public: int c; }; }\\n",
    "c.js": "// caf\\u00e9 ada@analytical-engines.com\\nlet a = 1;\\n".encode("latin-1"),
    "d.bin": bytes(range(256)),
}
batch = pa.record_batch({
    "file_id": pa.array(range(4), pa.int64()),
    "repository": pa.array(["r"] * 4), "path": pa.array(list(texts)),
    "content": pa.array(list(texts.values()), pa.large_binary()),
    "licence": pa.array(["MIT"] * 4), "licence_by": pa.array(["folder:LICENSE"] * 4),
    "split": pa.array(["train"] * 4), "stars": pa.nulls(4, pa.int64()),
    "forks": pa.nulls(4, pa.int64()), "fork": pa.nulls(4, pa.bool_()),
    "committed_at": pa.nulls(4, pa.int64()), "project_prefix": pa.nulls(4, pa.int32()),
    "repository_signs": pa.nulls(4, REPOSITORY_SIGNS),
    **{
        k: pa.array([False] * 4)
        for k in ("vendored", "generated", "lock", "test", "fixture", "minified")
    },
})
steps = [make(Config()) for make in STEPS.values()]
for step in steps:  # grammars and lazily imported modules are loaded on the first batch
    batch_of_first = step(batch) if step is steps[0] else step(batch_of_first)

def refuse(event, arguments):
    if event.startswith(("open", "socket", "subprocess", "os.", "shutil", "tempfile")):
        raise RuntimeError(f"a kernel asked for {event} {arguments}")

sys.addaudithook(refuse)
for step in steps:
    batch = step(batch)
print(batch.num_rows)
"""


def test_no_kernel_touches_files_sockets_or_processes():
    ran = subprocess.run(
        [sys.executable, "-c", AUDITED], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout.strip() == "4", ran.stderr


def test_transforms_read_no_files():
    for path in modules("transforms"):
        reading = {"json.load", "open", "importlib.resources", "resources"} & imported(path)
        calls = {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not reading, path
        assert "open" not in calls, path
