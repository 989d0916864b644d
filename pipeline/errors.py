"""What the command line tells in a line: errors that are the user's to mend, and Ctrl-C."""

from __future__ import annotations


class UserError(Exception):
    """Something to tell the user in one line that says what to do; the command exits with 2."""


class StoppedError(UserError):
    """A build ended for a reason outside it; once that is mended, the same command goes on."""


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """The user asked to stop; the message says how to go on, and the command exits with 130."""
