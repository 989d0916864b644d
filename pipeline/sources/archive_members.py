"""What tar and zip archives hold, member by member, in one shape."""

from __future__ import annotations

import contextlib
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Literal

import zstandard

from codemill.pipeline.sources.model import SourceRefused
from codemill.pipeline.sources.names import published_path
from codemill.pipeline.sources.tar_stream import CHUNK_BYTES, TarStream, check_expansion

MemberKind = Literal["file", "folder", "symlink", "hardlink", "device", "unknown"]

MAX_MEMBERS = 1_000_000
_MAX_DIRECTORY_BYTES = 128 * MAX_MEMBERS
"""Largest central directory of a zip that is parsed: it is held in memory whole."""
_LOCAL_HEADER_BYTES = 30
_MAX_LINK_BYTES = 4096

DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RecursionError,
)
"""What the readers raise on bytes that are not what they should be."""

Chunks = Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive as its header describes it."""

    name: str
    kind: MemberKind
    size_bytes: int
    link_target: str
    """Of a link, as written; empty for anything else."""
    chunks: Chunks
    """Reads its content, once, before the next member is asked for."""


def members(location: str) -> Iterator[Member]:
    """The members in the archive's order.

    Raises `SourceRefused` (`archive_bomb`, `archive_encrypted`, `archive_unsupported`,
    `archive_corrupt`) and, from damaged bytes, `DAMAGE`.
    """
    if location.lower().endswith((".zip", ".whl")):
        yield from _zip_members(location)
    else:
        yield from _tar_members(location)


def _tar_members(location: str) -> Iterator[Member]:
    with open(location, "rb") as compressed:
        stream = TarStream(compressed, location)
        with tarfile.TarFile(fileobj=stream, mode="r") as archive:  # type: ignore[arg-type]
            num_bytes = 0
            while (info := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # else all headers are kept
                num_bytes += info.size  # more than the stream has, where a file is sparse
                check_expansion(num_bytes, compressed.tell())
                yield _tar_member(archive, info)
        # tarfile takes a damaged header for the end; the real one is zeros, or no data at all.
        if stream.last_read.strip(b"\0"):
            raise EOFError("a damaged header")
        while stream.read(CHUNK_BYTES):  # the checksum of the compressed data is at its end
            pass


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def chunks() -> Iterator[bytes]:
        content = archive.extractfile(info)
        assert content is not None  # only asked of regular files
        return _chunks(content)

    return Member(
        name=published_path(info.name),
        kind=_tar_kind(info),
        size_bytes=info.size,
        link_target=published_path(info.linkname),
        chunks=chunks,
    )


def _tar_kind(info: tarfile.TarInfo) -> MemberKind:
    if info.isreg():
        return "file"
    if info.isdir():
        return "folder"
    if info.issym():
        return "symlink"
    if info.islnk():
        return "hardlink"
    return "device" if info.isdev() else "unknown"


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    while chunk := content.read(CHUNK_BYTES):
        yield chunk


def _zip_members(location: str) -> Iterator[Member]:
    _check_directory_size(location)
    with zipfile.ZipFile(location) as archive:
        infos = archive.infolist()
        _check_layout(infos, archive.start_dir)
        check_expansion(sum(info.file_size for info in infos), os.path.getsize(location))
        for info in infos:
            check_expansion(info.file_size, info.compress_size)
            if info.flag_bits & 0x1:
                raise SourceRefused("archive_encrypted", published_path(info.filename))
            yield _zip_member(archive, info)


def _check_directory_size(location: str) -> None:
    """Refuses a zip whose directory alone would fill memory; parsing it comes after.

    The end record is looked for as `zipfile` does: in the last 64 KiB and 22 bytes.
    """
    with open(location, "rb") as file:
        file.seek(max(0, os.path.getsize(location) - (1 << 16) - 22))
        tail = file.read()
    record = tail.rfind(b"PK\x05\x06")
    size_bytes = int.from_bytes(tail[record + 12 : record + 16], "little") if record >= 0 else 0
    wide = tail.rfind(b"PK\x06\x06")  # zip64 says it again in 8 bytes
    if wide >= 0:
        size_bytes = int.from_bytes(tail[wide + 40 : wide + 48], "little")
    if size_bytes > _MAX_DIRECTORY_BYTES:
        raise SourceRefused("archive_bomb", f"a directory of {size_bytes} bytes")


def _check_layout(infos: list[zipfile.ZipInfo], directory_start: int) -> None:
    """Refuses members that share bytes: how one file is made to unpack to petabytes."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            name = published_path(info.filename)
            raise SourceRefused("archive_bomb", f"{name} overlaps the entry before it")
        end = info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size
    if end > directory_start:
        raise EOFError("entries run into the directory")


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    def chunks() -> Iterator[bytes]:
        try:
            with archive.open(info) as content:
                yield from _chunks(content)
        except NotImplementedError as error:
            raise SourceRefused("archive_unsupported", str(error)) from error

    kind = _zip_kind(info)
    target = b""
    if kind == "symlink":
        if info.file_size > _MAX_LINK_BYTES:
            raise SourceRefused("archive_corrupt", f"a link of {info.file_size} bytes")
        target = b"".join(chunks())
    return Member(_zip_name(info), kind, info.file_size, published_path(target), chunks)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The member's name; unmarked names that are UTF-8 all the same are read as that."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    # 0 is MS-DOS, whose packers have written backslashes between folders.
    return name.replace("\\", "/") if info.create_system == 0 else name


def _zip_kind(info: zipfile.ZipInfo) -> MemberKind:
    mode = info.external_attr >> 16
    if info.is_dir() or stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISLNK(mode):
        return "symlink"
    is_device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISFIFO(mode)
    return "device" if is_device else "file"
