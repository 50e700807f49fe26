"""Build: the build's life from files to stamp; load, check, name stale pages, remember."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sphinx.addnodes import toctree
from sphinx.util import logging

from surveyext import audit, files, library, rebuild, redirects
from surveyext.model import Problem, digest
from surveyext.settings import paths, shown
from surveyext.writing import all_or_message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from surveyext.domain import SurveyDomain
    from surveyext.survey import Survey

logger = logging.getLogger(__name__)

#: Characters of a message that are shown.
_LONGEST = 1000


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
    found = audit.of_survey(survey, prose, lambda docname: shown(Path(env.doc2path(docname))))
    _warn(sorted({*found, *redirects.check(survey.library.redirects, env.found_docs)}))
    with all_or_message(Path(app.doctreedir)):
        return rebuild.begin(app, _page_digests(survey, domain))
    return []


def _page_digests(survey: Survey, domain: SurveyDomain) -> dict[str, str]:
    env = domain.env
    everywhere = [*_navigation(env), *domain.library.redirects]
    return {
        docname: digest(everywhere, survey.page_digest(docname, views), _shown_of(env, docname))
        for docname, views in domain.data["views"].items()
    }


def _navigation(env: BuildEnvironment) -> list[str]:
    """Return what every page shows of the others, which Sphinx leaves stale: contents, titles."""
    contents = [env.tocs[name].findall(toctree) for name in sorted(env.toctree_includes)]
    titles = sorted(f"{name}: {title.astext()}" for name, title in env.titles.items())
    return [*(str(tree) for trees in contents for tree in trees), *titles]


def _shown_of(env: BuildEnvironment, docname: str) -> list[object]:
    """Return what a page shows of other pages by references that are not the survey's."""
    std, equations = env.domains.standard_domain, env.domains.math_domain.equations
    shown: list[object] = [env.toc_secnumbers.get(docname), env.toc_fignumbers.get(docname)]
    for name in sorted(env.domaindata["survey"]["refs"][docname]):
        label = std.labels.get(name.lower()), std.anonlabels.get(name.lower())
        page = label[1][0] if label[1] else ""
        shown.append((name, *label, equations.get(name), env.toc_fignumbers.get(page)))
    return shown


def export(app: Sphinx, exception: Exception | None) -> None:
    """Write the exports beside the pages of a site (build-finished)."""
    builder = app.builder
    if exception is None and builder.format == "html" and builder.name != "epub":
        found = files.survey_files(_domain(app.env).site)
        moves = _domain(app.env).library.redirects
        _warn(redirects.check_files(moves, found))
        out = Path(app.outdir)
        with all_or_message(out):
            files.write(found | redirects.copies(moves, found), out)


def stamp(app: Sphinx, exception: Exception | None) -> None:
    """Remember what each page showed, for the next build with this builder (build-finished)."""
    if exception is None:
        domain = _domain(app.env)
        with all_or_message(Path(app.doctreedir)):
            rebuild.end(app, _page_digests(domain.survey, domain))


def _domain(env: BuildEnvironment) -> SurveyDomain:
    return cast("SurveyDomain", env.domains["survey"])


def _warn(problems: Iterable[Problem]) -> None:
    """Issue problems as Sphinx warnings: the one gate through which all go."""
    for problem in problems:
        # Sphinx takes a place without a line for a docname.
        place = f"{problem.file}:{max(problem.line, 1)}"
        message = problem.message
        if len(message) > _LONGEST:  # it quotes what somebody pasted
            message = f"{message[: _LONGEST // 2]} [...] {message[-_LONGEST // 2 :]}"
        logger.warning("%s", message, location=place, type="survey", subtype=problem.kind.value)
