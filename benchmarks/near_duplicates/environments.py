"""The peers' virtual environments, made from PyPI where they are not there yet.

They lie in `.peers/` of the checkout, by the digest of what is in them.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".peers"


class MissingPeerError(Exception):
    """An environment could not be made; the text has what the installer said."""


@dataclass(frozen=True)
class Environment:
    """What to install, and under which Python."""

    name: str
    python: str
    packages: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where it lies."""
        key = "\0".join([self.python, *self.packages])
        return CACHE / f"{self.name}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"

    @property
    def interpreter(self) -> str:
        """Its Python."""
        return str(self.folder / "bin" / "python")


DATATROVE = Environment("datatrove", "3.11", ("datatrove[io,processing]==0.10.1", "spacy==3.8.18"))
"""The English word tokenizer, its default, needs spaCy, which no small extra brings."""
TEXT_DEDUP_0 = Environment("text-dedup-0.4.0", "3.11", ("text-dedup==0.4.0",))
TEXT_DEDUP_1 = Environment("text-dedup-0.4.1", "3.12", ("text-dedup==0.4.1",))
DATA_PREP_KIT = Environment(
    "data-prep-kit",
    "3.11",
    ("data-prep-toolkit==1.1.8", "data-prep-toolkit-transforms[fdedup]==1.1.8", "pyarrow==20.0.0"),
)
"""Its pin numpy<=1.26.4 and today's pyarrow, which it does not pin, do not import together."""


def ready(environment: Environment) -> str:
    """The environment's Python; raises `MissingPeerError` where it can't be made."""
    folder = environment.folder
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = _uv()
        _run([uv, "venv", "--quiet", "--python", environment.python, str(folder)])
        target = ["--python", environment.interpreter]
        _run(
            [uv, "pip", "install", "--quiet", "--compile-bytecode", *target, *environment.packages]
        )
        (folder / ".complete").touch()
    return environment.interpreter


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        raise MissingPeerError("uv is not installed: pip install uv")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingPeerError(f"{' '.join(command)}\n{done.stdout}{done.stderr}"[-2000:])
