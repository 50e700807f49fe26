"""Services: the client for outside services, set up from options and variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from surveyext.cli.exits import CommandError, Exit
from surveyext.sources.client import Fault, Manners, Web

if TYPE_CHECKING:
    from pathlib import Path

    from surveyext.cli.locate import Place
    from surveyext.sources.client import WebError

#: Variables that hold for every command; documented in the manual.
MAILTO, GATEWAY, PACE, TIMEOUT, TOKEN = (
    "SURVEY_MAILTO",
    "SURVEY_GATEWAY",
    "SURVEY_PACE",
    "SURVEY_TIMEOUT",
    "GITHUB_TOKEN",
)


def state(place: Place) -> Path:
    """Return the folder for what need not be kept: answers, and how far a command came."""
    return place.root / ".survey"


def client(place: Place, mailto: str) -> Web:
    """Return the client.

    :raises CommandError: A variable is no number.
    """
    usual = Manners()
    manners = Manners(
        mailto=mailto or os.environ.get(MAILTO, ""),
        token=os.environ.get(TOKEN, ""),
        gateway=os.environ.get(GATEWAY, ""),
        pace=_number(PACE, usual.pace),
        timeout=_number(TIMEOUT, usual.timeout),
    )
    try:
        return Web(manners, state(place) / "answers.sqlite")
    except OSError as error:
        raise CommandError(f"cannot write {state(place)}: {error}; make it writable") from None


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        number = float(text or default)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise CommandError(f"{variable} is '{text}', no number; write one, as 1", Exit.USAGE)
    return number


def failure(error: WebError, more: str = "") -> CommandError:
    """Return how a command ends when a service gives no answer."""
    code = Exit.UNREACHABLE if error.fault is not Fault.GONE else Exit.PROBLEMS
    return CommandError(f"{error}{more}", code)
