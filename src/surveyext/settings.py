"""Settings: what conf.py says to us, for the build and the command line alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from surveyext.library import Paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.config import Config

#: Our settings and their defaults; all are text.
SETTINGS: Mapping[str, str] = {
    "survey_techniques": "techniques/",  # how the docnames of technique pages start
    "survey_tags": "",
    "survey_venues": "",
    "survey_evidence": "",
    "survey_repositories": "",
    "survey_source_lists": "",
}


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
    )


def shown(path: Path) -> str:
    """Return a path as somebody in the current folder would type it."""
    path = Path(os.path.normpath(path))
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
