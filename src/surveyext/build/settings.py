"""Settings: what conf.py says to us, for the build and the command line alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.errors import ConfigError

from surveyext.library.load import Paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.application import Sphinx
    from sphinx.config import Config

#: Our settings and their defaults; all are text.
SETTINGS: Mapping[str, str] = {
    "survey_techniques": "techniques/",  # how the docnames of technique pages start
    "survey_tags": "",
    "survey_venues": "",
    "survey_evidence": "",
    "survey_equation_checks": "",
    "survey_citation": "",
    "survey_repositories": "",
    "survey_source_lists": "",
    "survey_redirects": "",
    "survey_support": "",
    "survey_considered": "",
    "survey_results": "",  # the folder of the results ledger
    "survey_vocabularies": "",  # the folder of the names that its rows use
    "survey_repository": "",  # "https://github.com/OWNER/NAME"; "" leaves links to it out
    "survey_branch": "main",
}
#: What furo can make a link to edit for; at others it warns.
_FORGES = ("https://github.com/", "https://gitlab.com/", "https://bitbucket.org/")


def paths(config: Config, folder: Path) -> Paths:
    """Return where the data files are.

    :param folder: The folder of conf.py, which settings are relative to.
    """

    def path(name: str) -> Path | None:
        return folder / name if name else None

    return Paths(
        bib=tuple(folder / name for name in config.bibtex_bibfiles or ()),
        tags=path(config.survey_tags),
        venues=path(config.survey_venues),
        evidence=path(config.survey_evidence),
        source_lists=path(config.survey_source_lists),
        repositories=path(config.survey_repositories),
        equation_checks=path(config.survey_equation_checks),
        redirects=path(config.survey_redirects),
        citation=path(config.survey_citation),
        results=path(config.survey_results),
        support=path(config.survey_support),
        considered=path(config.survey_considered),
        vocabularies=path(config.survey_vocabularies),
    )


def check_lines(_app: Sphinx, config: Config) -> None:
    """Refuse a number of lines that no page can have (config-inited).

    :raises ConfigError: It is none, or below 1.
    """
    lines = config.survey_lines
    if not isinstance(lines, int) or lines < 1:
        raise ConfigError(f"conf.py: survey_lines is {lines!r}; write a whole number above 0")


def offer_editing(app: Sphinx, config: Config) -> None:
    """Let furo link each page's source, when the repository is known (config-inited)."""
    if config.survey_repository.startswith(_FORGES) and config.html_theme == "furo":
        options = {
            "source_repository": config.survey_repository.rstrip("/") + "/",
            "source_branch": config.survey_branch,
            "source_directory": _below_the_repository(Path(app.confdir)),
        }
        config.html_theme_options = {**options, **config.html_theme_options}


def _below_the_repository(folder: Path) -> str:
    """Return the way from the repository to the folder of conf.py, "docs/"."""
    for root in (folder, *folder.parents):
        if (root / ".git").exists() or (root / "pyproject.toml").exists():
            return f"{folder.relative_to(root).as_posix()}/".removeprefix("./")
    return f"{folder.name}/"


def shown(path: Path) -> str:
    """Return a path as somebody in the current folder would type it."""
    path = Path(os.path.normpath(path))
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
