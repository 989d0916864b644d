"""A few small repositories that show every way a file can go, and builds of them."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pygit2
import pytest

MIT = """MIT License

Copyright (c) 2024 Ada Example

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def python_module(topic: str, functions: int = 12) -> str:
    """Source that differs by topic in nearly every shingle."""
    parts = [f'"""Everything about {topic}."""\n\nimport math\n']
    for number in range(functions):
        name = f"{topic}_{number}"
        parts.append(
            f"\n\ndef {name}(first_{topic}, second_{topic}):\n"
            f'    """Return the {topic} of order {number}, scaled by what came before it."""\n'
            f"    scaled_{topic} = first_{topic} * {number + 3} + second_{topic}\n"
            f"    if scaled_{topic} > {number * 7}:\n"
            f"        return math.sqrt(scaled_{topic} - {number})\n"
            f"    return scaled_{topic} % {number + 2}\n"
        )
    return "".join(parts)


GO_MODULE = """package shapes

import "math"

// Area returns the area of a circle with the given radius, in square units of it.
func Area(radius float64) float64 {
	squared := radius * radius
	scaled := math.Pi * squared
	return scaled
}

// Ring returns the area between two circles that share their centre, never negative.
func Ring(inner, outer float64) float64 {
	if inner > outer {
		inner, outer = outer, inner
	}
	return Area(outer) - Area(inner)
}
"""

JAVASCRIPT_MODULE = """'use strict';

/**
 * Returns the items of a list that occur in it once, in the order they came in.
 * @param {Array} items any values that can be compared
 * @returns {Array} the values that stand alone
 */
function singles(items) {
  const counts = new Map();
  for (const item of items) {
    counts.set(item, (counts.get(item) || 0) + 1);
  }
  return items.filter((item) => counts.get(item) === 1);
}

module.exports = { singles };
"""


def commit(
    folder: Path,
    files: dict[str, bytes | str],
    origin: str | None = None,
    committed_at: int = 1_700_000_000,
) -> str:
    """Make `folder` a clone whose one commit holds `files`; the commit's id."""
    repository = pygit2.init_repository(str(folder), initial_head="main")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        repository.index.add(name)
    tree = repository.index.write_tree()
    repository.index.write()
    who = pygit2.Signature("Ada", "ada@example.org", committed_at, 0)
    made = repository.create_commit("HEAD", who, who, "All of it", tree, [])
    if origin:
        repository.remotes.create("origin", origin)
    return str(made)


def write_tar(path: Path, files: dict[str, bytes]) -> None:
    """A .tar.gz with these members and no times in it."""
    with (
        gzip.GzipFile(path, "wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as archive,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def make_sources(folder: Path) -> Path:
    """Clones and an archive: see the names of their files for what becomes of them."""
    near = python_module("gravity").replace("gravity_3", "gravity_three")
    commit(
        folder / "physics",
        {
            "LICENSE": MIT,
            "physics/gravity.py": python_module("gravity"),
            "physics/light.py": python_module("light"),
            "physics/latin.py": "# -*- coding: latin-1 -*-\n# déjà vu\n".encode("latin-1")
            + python_module("sound").encode(),
            "physics/contact.py": python_module("contact")
            + '\nOWNER = "ada.lovelace@analytical-engines.com"\n',
            "vendor/other/copied.py": python_module("vendored"),
            "web/app.min.js": "var a=1;" * 200,
            "data/blob.bin": bytes(range(256)) * 8,
            "empty.py": "",
            "tiny.py": "x = 1\n",
            "package-lock.json": '{"lockfileVersion": 3}\n',
        },
        origin="https://user:secret@git.example.com/ada/physics.git",
    )
    commit(
        folder / "fork",
        {
            "LICENSE": MIT,
            "physics/gravity.py": python_module("gravity"),
            "physics/gravity_again.py": near,
            "go/shapes.go": GO_MODULE,
            "lib/singles.js": JAVASCRIPT_MODULE,
        },
    )
    commit(folder / "unlicensed", {"main.py": python_module("nothing")})
    commit(folder / "large", {"LICENSE": MIT, "big.py": python_module("big", 9000)})
    for number, topic in enumerate(("wood", "stone", "water", "fire", "metal", "glass")):
        files = {f"{topic}/{topic}_{i}.py": python_module(f"{topic}{i}") for i in range(4)}
        commit(folder / f"element{number}", {"LICENSE": MIT, **files})
    write_tar(
        folder / "released-1.0.tar.gz",
        {
            "released-1.0/LICENSE": MIT.encode(),
            "released-1.0/released/core.py": python_module("released").encode(),
        },
    )
    (folder / "broken-2.0.zip").write_bytes(b"PK\x03\x04 this is no archive")
    return folder


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sources; tests copy it before they change it."""
    return make_sources(tmp_path_factory.mktemp("given") / "sources")
