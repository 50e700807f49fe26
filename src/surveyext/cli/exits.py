"""Exits: how a command ends; documented on the site from here."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """What an exit code of ``survey`` says to a script."""

    about: str  #: A sentence for the manual.

    def __new__(cls, value: int, about: str) -> Self:
        """Let each member carry its sentence."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.about = about
        return member

    FINE = 0, "Success."
    PROBLEMS = 1, "Action needed: a problem was found, or nothing could be written."
    USAGE = 2, "Invalid command, or not run inside a survey."
    UNREACHABLE = 3, "No required service could be reached; nothing was changed."
    INTERRUPTED = 130, "Interrupted with Ctrl-C; no file is half-written."


class CommandError(Exception):
    """A command cannot go on: one message that says what is wrong and what to do."""

    def __init__(self, message: str, code: Exit = Exit.PROBLEMS) -> None:
        super().__init__(message)
        self.code = code
