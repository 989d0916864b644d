"""The one error that is the user's to mend."""

from __future__ import annotations


class UserError(Exception):
    """Something to tell the user in one line that says what to do; the command exits with 2."""
