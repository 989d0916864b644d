"""Files of a build, on this machine or behind a URL that Beam's `FileSystems` knows.

A path with `://` in it is remote. Nothing here is safe against two builds writing into one
folder at a time.
"""

from __future__ import annotations

import json
import os
import shutil
from typing import IO, Any, cast

import pyarrow.parquet as pq
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems


def is_remote(path: str) -> bool:
    """Whether `path` is a URL."""
    return "://" in path


def join(root: str, *names: str) -> str:
    """`names` below `root`, with / between."""
    return "/".join([root.rstrip("/"), *names])


def open_read(path: str) -> IO[bytes]:
    """A seekable reader of `path`. Raises `OSError` where there is no such file."""
    if is_remote(path):
        raw = FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)
        return cast("IO[bytes]", raw)
    return open(path, "rb")


def open_write(path: str) -> IO[bytes]:
    """A writer of `path`, whose folders are made."""
    if is_remote(path):
        raw = FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED)
        return cast("IO[bytes]", raw)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return open(path, "wb")


def exists(path: str) -> bool:
    """Whether there is a file at `path`."""
    return bool(FileSystems.exists(path)) if is_remote(path) else os.path.exists(path)


def rename(source: str, target: str) -> None:
    """Give `source` the name `target`, replacing what is there; atomic on one machine."""
    if is_remote(target):
        if exists(target):
            FileSystems.delete([target])
        FileSystems.rename([source], [target])
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.replace(source, target)


def files_below(folder: str) -> list[str]:
    """Sorted paths, relative to `folder`, of all files below it; empty where there is none."""
    if is_remote(folder):
        found = FileSystems.match([join(folder, "**")])[0].metadata_list
        return sorted(m.path[len(folder.rstrip("/")) + 1 :] for m in found)
    names = []
    for top, _, files in os.walk(folder):
        below = os.path.relpath(top, folder)
        names += [name if below == "." else f"{below}/{name}" for name in files]
    return sorted(names)


def remove(path: str) -> None:
    """Delete the file or the folder `path`, if there is one."""
    if is_remote(path):
        found = [join(path, name) for name in files_below(path)] or [path]
        FileSystems.delete([f for f in found if exists(f)])
    elif os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def write_bytes(path: str, content: bytes) -> None:
    """Write a small file under a temporary name, then give it its own."""
    temporary = f"{path}.tmp"
    with open_write(temporary) as file:
        file.write(content)
    rename(temporary, path)


def write_json(path: str, value: Any) -> None:
    """Write `value` as JSON with sorted keys, the same bytes for the same value."""
    write_bytes(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def read_json(path: str) -> Any:
    """What the JSON file `path` holds, or None where there is no such file."""
    if not exists(path):
        return None
    with open_read(path) as file:
        return json.loads(file.read())


def open_parquet(path: str) -> pq.ParquetFile:
    """The Parquet file at `path`."""
    return pq.ParquetFile(open_read(path) if is_remote(path) else path)
