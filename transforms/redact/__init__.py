"""Addresses and secrets in text, replaced by typed placeholders."""

from codemill.transforms.redact.patterns import Patterns, parse_patterns
from codemill.transforms.redact.placing import placements
from codemill.transforms.redact.redactor import Redacted, Redactor, redaction_lists

__all__ = [
    "Patterns",
    "Redacted",
    "Redactor",
    "parse_patterns",
    "placements",
    "redaction_lists",
]
