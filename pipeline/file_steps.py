"""Makes the steps of the `files` stage: loads what each needs, once a worker."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from codemill.language_configs import Languages, load_grammars, load_languages
from codemill.pipeline.benchmarks import read_benchmarks
from codemill.pipeline.config import Config, FilesConfig
from codemill.pipeline.licensing import load_licence_classes, load_licences
from codemill.pipeline.packaged import load_patterns, load_vocabulary
from codemill.pipeline.sources.moments import moment_of
from codemill.transforms import file_steps as steps
from codemill.transforms.decontaminate import Detector, OutlineReader, Remover, Thresholds
from codemill.transforms.dedup.minhash import permutations
from codemill.transforms.dedup.ranking import KeepRank
from codemill.transforms.learning_value import LearningValue
from codemill.transforms.quality import DEFAULT_RECIPE, Judge
from codemill.transforms.quality.fertility import Fertility
from codemill.transforms.redact import Redactor
from codemill.transforms.rewrite import Rewriter
from codemill.transforms.syntax import SyntaxKernel
from codemill.transforms.trees import Parsers


def make_judge(config: FilesConfig, languages: Languages) -> Judge:
    """The quality filters of the recipe with the thresholds of configuration and language."""
    thresholds: dict[str, float | None] = {**config.thresholds, **dict.fromkeys(config.off)}
    by_language = {x.name: dict(x.thresholds) for x in languages.languages}
    return Judge(config.filters or DEFAULT_RECIPE, thresholds, by_language)


def wanted_languages(config: FilesConfig, languages: Languages) -> pa.Array:
    """Names of the languages that the configuration keeps; `ValueError` for an unknown name."""
    names = {language.name for language in languages.languages}
    unknown = sorted(set(config.languages) - names)
    if unknown:
        raise ValueError(f"files.languages: no language {unknown[0]!r} is configured")
    of_type = [x.name for x in languages.languages if x.type in config.types]
    return pa.array([n for n in of_type if not config.languages or n in config.languages])


def make_learning_value(config: FilesConfig) -> LearningValue:
    """The learning value with the configuration's weights and reference date."""
    languages = load_languages().languages
    code, data = (
        pa.array([x.name for x in languages if x.type == kind]) for kind in ("programming", "data")
    )
    reference = moment_of(config.value_reference)
    assert reference is not None  # the configuration has been checked
    return LearningValue(config.value_weights, reference, code, data)


def _decode(config: Config) -> steps.Step:
    del config
    return steps.Decode()


def _identify(config: Config) -> steps.Step:
    languages = load_languages()
    kernel = SyntaxKernel(languages, load_grammars(languages))
    wanted = wanted_languages(config.files, languages)
    return steps.Identify(kernel, wanted, config.files.drop_unparsable)


def redactor(config: FilesConfig) -> Redactor | None:
    """What replaces secrets and addresses, in files and in licence texts; None if nothing does."""
    return Redactor(load_patterns(), config.redact_kinds) if config.redact else None


def _redact(config: Config) -> steps.Step:
    languages = load_languages()
    return steps.Redact(
        redactor(config.files), Rewriter(Parsers(languages, load_grammars(languages)))
    )


def _decontaminate(config: Config) -> steps.Step:
    wanted = config.decontaminate
    languages = load_languages()
    outline = OutlineReader(languages, load_grammars(languages))
    rows = read_benchmarks(wanted, outline)
    if not rows.num_rows:
        return steps.Decontaminate(None)
    thresholds = Thresholds(
        wanted.named, wanted.tokens, wanted.shape, wanted.prompt, wanted.function
    )
    detector = Detector(rows, outline, thresholds)
    remover = None
    if wanted.policy == "function":
        parsers = Parsers(languages, load_grammars(languages))
        remover = Remover(detector, outline, Rewriter(parsers))
    return steps.Decontaminate(detector, remover, drops=wanted.policy != "report")


def _read_header(config: Config) -> steps.Step:
    licences = load_licences(config.catalog.licences)
    programming = [x.name for x in load_languages().languages if x.type == "programming"]
    return steps.ReadHeader(
        licences.headers, licences.merge, licences.policy, pa.array(programming)
    )


def _judge(config: Config) -> steps.Step:
    judge = make_judge(config.files, load_languages())
    return steps.JudgeQuality(judge, Fertility(load_vocabulary()))


def _value(config: Config) -> steps.Step:
    return steps.Value(make_learning_value(config.files))


def _sign(config: Config) -> steps.Step:
    wanted = config.duplicates
    return steps.Sign(
        permutations(wanted.permutations, seed=wanted.seed),
        wanted.shingle_tokens,
        KeepRank(wanted.keep, load_licence_classes()),
    )


STEPS: dict[str, Callable[[Config], steps.Step]] = {
    "decode": _decode,
    "identify": _identify,
    "redact": _redact,
    "decontaminate": _decontaminate,
    "read header": _read_header,
    "judge": _judge,
    "value": _value,
    "sign": _sign,
}
"""Label and maker of every step, in order."""


def score_fields(config: Config) -> pa.DataType:
    """Arrow type of the struct `scores` under this configuration."""
    names = make_judge(config.files, load_languages()).score_names
    return pa.struct([pa.field(name, pa.float64()) for name in names])
