"""E-mail addresses and keys in text, replaced by typed placeholders."""

from codemill.transforms.redact.patterns import Patterns, parse_patterns
from codemill.transforms.redact.redactor import Redacted, Redactor

__all__ = ["Patterns", "Redacted", "Redactor", "parse_patterns"]
