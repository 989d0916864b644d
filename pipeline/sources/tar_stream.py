"""Decompressed tar archives as forward-only streams that notice bombs."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from typing import BinaryIO, Protocol

import zstandard

from codemill.pipeline.sources.model import SourceRefused

CHUNK_BYTES = 1 << 20
MAX_RATIO = 1000
"""Decompressed bytes per compressed byte that only an attack has.

gzip's own limit is 1032, met by nothing but one byte repeated; source code compresses 3 to 10 fold.
"""
MAX_RATIO_FROM_BYTES = 4 << 20
"""Below this nothing is held against the ratio: a fixture of zeros does no harm."""
MAX_TOTAL_BYTES = 64 << 30
"""Most bytes an archive may unpack to."""
_MAX_WINDOW_BYTES = 128 << 20
"""zstd's window and xz's dictionary: what `zstd --long` and `xz -9` at most ask of a reader."""
_MAX_READ_BYTES = 16 << 20
"""A single read this long can only be a header that claims an absurd size."""


class Readable(Protocol):
    """What decompressors have in common."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


def check_expansion(num_out: int, num_in: int) -> None:
    """Raises `SourceRefused` (`archive_bomb`) where `num_in` bytes unpack to too many."""
    if num_out > MAX_TOTAL_BYTES:
        raise SourceRefused("archive_bomb", f"unpacks to more than {MAX_TOTAL_BYTES} bytes")
    if num_out > MAX_RATIO_FROM_BYTES and num_out > MAX_RATIO * num_in:
        raise SourceRefused("archive_bomb", f"{num_in} bytes unpack to {num_out} or more")


class TarStream:
    """A tar archive's decompressed bytes as `tarfile` needs them: read, tell, seek ahead."""

    def __init__(self, compressed: BinaryIO, name: str) -> None:
        self._compressed = compressed
        self._decompressed = _decompressor(compressed, name)
        self._position = 0
        self.last_read = b""
        """What the last read returned, to tell an archive's end from damage."""

    def tell(self) -> int:
        """Bytes read or passed over so far."""
        return self._position

    def seek(self, position: int) -> None:
        """Passes over bytes up to `position`; stops early at the end of the data."""
        while self._position < position:
            if not self.read(min(CHUNK_BYTES, position - self._position)):
                return
        if position < self._position:
            raise ValueError("a tar stream can't go back")

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end of the data."""
        if size > _MAX_READ_BYTES:
            raise SourceRefused("archive_bomb", f"a header of {size} bytes")
        pieces: list[bytes] = []
        missing = size
        while missing > 0 and (piece := self._decompressed.read(missing)):
            pieces.append(piece)
            missing -= len(piece)
            self._position += len(piece)
            # What has been read ahead counts as used, so the ratio is never overstated.
            check_expansion(self._position, self._compressed.tell())
        self.last_read = b"".join(pieces)
        return self.last_read


class XzReader:
    """Decompresses `.xz`, stream after stream, in bounded memory, which `lzma.open` can't."""

    def __init__(self, compressed: Readable) -> None:
        self._compressed = compressed
        self._decoder = self._new_decoder()

    @staticmethod
    def _new_decoder() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=2 * _MAX_WINDOW_BYTES)

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, none at the end; `EOFError` where the data end inside a stream."""
        while True:
            data = b""
            if self._decoder.eof:
                # Zeros may stand between streams and after the last.
                rest = self._decoder.unused_data.lstrip(b"\0")
                data = rest or self._compressed.read(CHUNK_BYTES).lstrip(b"\0")
                if not data:
                    return b""
                self._decoder = self._new_decoder()
            elif self._decoder.needs_input:
                data = self._compressed.read(CHUNK_BYTES)
                if not data:
                    raise EOFError("compressed data end early")
            if piece := self._decoder.decompress(data, size):
                return piece


def _zstd(compressed: BinaryIO) -> Readable:
    decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    return decoder.stream_reader(compressed, read_across_frames=True, closefd=False)


def _gzip(compressed: BinaryIO) -> Readable:
    return gzip.GzipFile(fileobj=compressed, mode="rb")


_DECOMPRESSORS: dict[str, Callable[[BinaryIO], Readable]] = {
    ".tar": lambda compressed: compressed,
    ".bz2": bz2.BZ2File,
    ".tbz2": bz2.BZ2File,
    ".gz": _gzip,
    ".tgz": _gzip,
    ".crate": _gzip,
    ".xz": XzReader,
    ".txz": XzReader,
    ".zst": _zstd,
}


def _decompressor(compressed: BinaryIO, name: str) -> Readable:
    suffix = "." + name.lower().rpartition(".")[2]
    return _DECOMPRESSORS[suffix](compressed)
