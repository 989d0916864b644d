"""What every HTML page is made with: text escaped and made visible, no script, nothing loaded."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from codemill.pipeline.report import words


def environment() -> Environment:
    """Escapes whatever comes from a repository; has the filters that say amounts."""
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        whole=words.whole, size=words.size, percent=words.percent, measure=words.measure
    )
    return made


def resource(package: str | None, name: str) -> str:
    """A text file that lies beside the modules of `package`."""
    return files(package or "").joinpath(name).read_text(encoding="utf-8")


def _finalize(value: Any) -> Any:
    """What stands in {{ }}: text is made visible before it is escaped."""
    return words.visible(value) if isinstance(value, str) and type(value) is str else value
