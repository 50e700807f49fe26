"""Locate: find the survey that a command works on, and read its conf.py."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.config import CONFIG_FILENAME, Config
from sphinx.errors import ConfigError
from sphinx.util.logging import suppress_logging
from sphinx.util.tags import Tags

from surveyext.build.settings import SETTINGS, paths, shown
from surveyext.cli.atomic_write import recover
from surveyext.cli.console import hint
from surveyext.cli.exits import CommandError, Exit
from surveyext.editing.read_survey import Reading, read

if TYPE_CHECKING:
    from surveyext.library.load import Paths


#: Settings of Sphinx and sphinxcontrib-bibtex that are read here as lists.
_LISTS = (
    *("extensions", "exclude_patterns", "include_patterns", "templates_path"),
    "bibtex_bibfiles",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A survey on disk."""

    root: Path  #: The folder that was found by walking up.
    source: Path  #: The folder of conf.py and the pages.
    config: Config  #: conf.py, read as Sphinx reads it.
    paths: Paths  #: The data files.


def find(start: Path | None = None) -> Place:
    """Return the survey around a folder, the current one by default.

    :raises CommandError: There is none, or its conf.py cannot be read.
    """
    start = (start or Path.cwd()).absolute()
    around = (start, *start.parents)
    found = [(root, source) for root in around if (source := _source(root)) is not None]
    # Last, so that in docs/ the survey is the folder above, with all of its files.
    found += [(root, root) for root in around if _loads_us(root / CONFIG_FILENAME)]
    for root, source in found:
        for path in recover(root):
            hint(f"completed {path}, which an interrupted command had left to write")
        config = _read(source)
        return Place(root, source, config, paths(config, source))
    raise CommandError(
        f"{start} is in no survey: neither it nor a folder above has docs/conf.py, a conf.py that "
        "loads surveyext, or a pyproject.toml with [tool.survey]; change into the survey's folder "
        "first",
        Exit.USAGE,
    )


def load(place: Place) -> Reading:
    """Read a survey's files.

    :raises CommandError: A MyST setting in conf.py is wrong.
    """
    try:
        with suppress_logging():  # files that Sphinx leaves out; 'survey check' says which
            return read(place.config, place.source)
    except ValueError as error:
        conf = shown(place.source / CONFIG_FILENAME)
        raise CommandError(f"{conf}: {error}; mend the setting", Exit.USAGE) from None


def _loads_us(conf: Path) -> bool:
    try:
        return "surveyext" in conf.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _source(root: Path) -> Path | None:
    """Return the folder of conf.py when ``root`` is the folder of a survey."""
    project = root / "pyproject.toml"
    if project.is_file():
        try:
            table = tomllib.loads(project.read_text(encoding="utf-8")).get("tool", {})
        except (OSError, ValueError) as error:
            raise CommandError(f"{project} cannot be read: {error}; mend it", Exit.USAGE) from None
        if "survey" in table:
            return root / str(table["survey"].get("source", "docs"))
    return root / "docs" if (root / "docs" / CONFIG_FILENAME).is_file() else None


def _read(source: Path) -> Config:
    conf = source / CONFIG_FILENAME
    try:
        with suppress_logging():  # 'survey check' says it, with the file
            config = Config.read(source, overrides={}, tags=Tags())
    except ConfigError as error:  # its text ends with what Python said
        what = str(error).strip().splitlines()[-1]
        raise CommandError(f"{conf} cannot be read: {what}; mend it", Exit.USAGE) from None
    for name, default in {**SETTINGS, "bibtex_bibfiles": []}.items():
        config.add(name, default, "env", ())
    for name in _LISTS:
        if not isinstance(config[name], list | tuple | set) or not all(map(_is_text, config[name])):
            raise CommandError(f"{conf}: '{name}' is no list of texts; mend it", Exit.USAGE)
    for name in SETTINGS:
        if not _is_text(config[name]):
            raise CommandError(f"{conf}: '{name}' is no text; mend it", Exit.USAGE)
    if "surveyext" not in config.extensions:
        message = f"{conf} does not load surveyext; add it to 'extensions' there"
        raise CommandError(message, Exit.USAGE)
    return config


def _is_text(value: object) -> bool:
    return isinstance(value, str)
