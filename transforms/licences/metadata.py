"""Licences declared in package metadata: `package.json`, `Cargo.toml`, `pom.xml` and the like."""

from __future__ import annotations

from dataclasses import dataclass

from codemill.transforms.licences.expressions import UNRECOGNISED
from codemill.transforms.licences.metadata_formats import PARSE_ERRORS, Declared, reader_of
from codemill.transforms.licences.notices import NamedLicence
from codemill.transforms.licences.recognise import LicenceRecogniser
from codemill.transforms.licences.values import ValueReader

MAX_METADATA_BYTES = 1_000_000
"""Hand-written metadata is a few kilobytes; above this the file is data that has its name."""


@dataclass(frozen=True)
class Declaration:
    """What one metadata file says: a licence, or the file that holds the terms, or both."""

    licence: NamedLicence | None = None
    file: str | None = None
    """A path from the metadata's folder; None where it points to no file."""


class MetadataReader:
    """Reads the licence that a package's metadata declares."""

    def __init__(self, recogniser: LicenceRecogniser) -> None:
        self._values = ValueReader(recogniser)
        self._expressions = recogniser.expressions

    def declared(self, path: str, content: bytes) -> Declaration:
        """What the metadata file at `path` declares; empty where it declares nothing.

        A value that is there and means no known licence gives `LicenseRef-codemill-unrecognised`.
        """
        read = reader_of(path)
        if read is None or len(content) > MAX_METADATA_BYTES:
            return Declaration()
        try:
            found = read(content.decode("utf-8", "replace").lstrip("\ufeff"))
        except PARSE_ERRORS:
            return Declaration()
        files = filter(None, map(self._values.file_named, found.values))
        return Declaration(self._licence(found), found.file or next(files, None))

    def _licence(self, found: Declared) -> NamedLicence | None:
        stated = map(self._values.named, found.values)
        named = [licence for licence in stated if licence is not None]
        if not named:
            return None
        join = self._expressions.any_of if found.alternatives else self._expressions.all_of
        joined = join([licence.expression for licence in named])
        return NamedLicence(joined or UNRECOGNISED, vague=all(licence.vague for licence in named))


def is_metadata(path: str) -> bool:
    """Whether `path` is package metadata that can be read."""
    return reader_of(path) is not None
