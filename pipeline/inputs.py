"""What a build was made of, in words that hold on any machine."""

from __future__ import annotations

from codemill.pipeline.sources import Discovery


def revisions(inputs: Discovery) -> list[list[str]]:
    """(repository, revision) of every source, and (repository, rule) of what was unreadable."""
    read = [[source.repository, source.revision] for source in inputs.sources]
    return read + [[unreadable.repository, unreadable.rule] for unreadable in inputs.unreadable]


def described(inputs: Discovery) -> list[dict[str, str]]:
    """The same for the manifest."""
    return [
        {"repository": repository, "revision": revision}
        for repository, revision in revisions(inputs)
    ]
