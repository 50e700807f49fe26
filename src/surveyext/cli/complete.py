"""Complete: what the shell offers when somebody presses the tab key; nothing on a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.cli.exits import CommandError

if TYPE_CHECKING:
    from surveyext.editing.read_survey import Reading


def keys(incomplete: str) -> list[str]:
    """Return the keys of entries that start so."""
    reading = _reading()
    return [key for key in reading.survey.items if key.startswith(incomplete)] if reading else []


def pages(incomplete: str) -> list[str]:
    """Return the technique pages that start so, as ``--to`` names them."""
    reading = _reading()
    names = [name.rpartition("/")[2] for name in reading.survey.titles] if reading else []
    return [name for name in names if name.startswith(incomplete)]


def _reading() -> Reading | None:
    from surveyext.cli.locate import find, load

    try:
        return load(find())
    except CommandError:
        return None
