"""Build: the build's life from files to stamp; load, check, name stale pages, remember."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sphinx.addnodes import toctree
from sphinx.util import logging

from surveyext import audit, files, library
from surveyext.model import Problem, digest
from surveyext.settings import paths, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from surveyext.domain import SurveyDomain
    from surveyext.survey import Survey

logger = logging.getLogger(__name__)


def load(app: Sphinx) -> None:
    """Read the data files before sphinxcontrib-bibtex does (builder-inited).

    :raises SystemExit: A .bib file is malformed; every problem was reported before. For
        any exception Sphinx would print a traceback and ask to report a bug of its own.
    """
    domain = _domain(app.env)
    domain.library = library.load(paths(app.config, Path(app.confdir)), shown)
    problems = audit.of_records(domain.library)
    fatal = [problem for problem in problems if problem.kind in audit.FATAL]
    if fatal:
        _warn(problems)
        sys.exit(f"{len(fatal)} problem(s) in the .bib files, listed above; mend them first")


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check everything and return the pages that show changed parts (env-updated).

    Warnings issued here appear in every build; those of the read phase only when a page
    is read.
    """
    domain = _domain(env)
    survey = domain.build_survey()
    data = domain.data
    prose = audit.Prose(data["cites"], data["roles"], data["problems"])
    _warn(audit.of_survey(survey, prose, lambda docname: shown(Path(env.doc2path(docname)))))
    digests = _page_digests(survey, domain)
    before = _read_stamp(app)
    return sorted(name for name, digest in digests.items() if before.get(name) != digest)


def _page_digests(survey: Survey, domain: SurveyDomain) -> dict[str, str]:
    everywhere = _navigation(domain.env)
    return {
        docname: digest(everywhere, survey.page_digest(docname, views))
        for docname, views in domain.data["views"].items()
    }


def _navigation(env: BuildEnvironment) -> list[str]:
    """Return what every page shows of the others, which Sphinx leaves stale: contents, titles."""
    contents = [env.tocs[name].findall(toctree) for name in sorted(env.toctree_includes)]
    titles = sorted(f"{name}: {title.astext()}" for name, title in env.titles.items())
    return [*(str(tree) for trees in contents for tree in trees), *titles]


def export(app: Sphinx, exception: Exception | None) -> None:
    """Write the exports beside the pages of a site (build-finished)."""
    builder = app.builder
    if exception is None and builder.format == "html" and builder.name != "epub":
        files.write(files.survey_files(_domain(app.env).site), Path(app.outdir))


def stamp(app: Sphinx, exception: Exception | None) -> None:
    """Remember what each page showed, for the next build with this builder (build-finished).

    Not in the environment: builders share it, and one must not hide a change from another.
    """
    if exception is None:
        domain = _domain(app.env)
        digests = _page_digests(domain.survey, domain)
        path = _stamp_path(app)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(digests, sort_keys=True, indent=0), encoding="utf-8")
        part.replace(path)


def _read_stamp(app: Sphinx) -> dict[str, str]:
    try:
        digests = json.loads(_stamp_path(app).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return digests if isinstance(digests, dict) else {}


def _stamp_path(app: Sphinx) -> Path:
    return Path(app.doctreedir) / f"survey-{app.builder.name}.json"


def _domain(env: BuildEnvironment) -> SurveyDomain:
    return cast("SurveyDomain", env.domains["survey"])


def _warn(problems: Iterable[Problem]) -> None:
    """Issue problems as Sphinx warnings: the one gate through which all go."""
    for problem in problems:
        # Sphinx takes a place without a line for a docname.
        place = f"{problem.file}:{max(problem.line, 1)}"
        logger.warning(
            "%s", problem.message, location=place, type="survey", subtype=problem.kind.value
        )
