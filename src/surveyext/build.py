"""Build: the build's life from files to stamp; load, check, name stale pages, remember."""

from __future__ import annotations

import datetime
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sphinx.errors import ConfigError
from sphinx.util import logging

from surveyext import checks, library
from surveyext.model import Kind, Problem
from surveyext.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from surveyext.domain import SurveyDomain
    from surveyext.survey import Survey

logger = logging.getLogger(__name__)

#: A .bib file with one of these would end sphinxcontrib-bibtex in a traceback.
_FATAL = {Kind.BIB_SYNTAX, Kind.DUPLICATE_KEY}


def load(app: Sphinx) -> None:
    """Read the data files before sphinxcontrib-bibtex does (builder-inited).

    :raises ConfigError: A .bib file is malformed; every problem was reported before.
    """
    config = app.config
    confdir = Path(app.confdir)
    bibfiles = [confdir / name for name in config.bibtex_bibfiles or ()]
    tags = confdir / config.survey_tags if config.survey_tags else None
    venues = confdir / config.survey_venues if config.survey_venues else None
    paths = [path for path in (*bibfiles, tags, venues) if path]
    domain = _domain(app.env)
    domain.library = library.load(bibfiles, tags, venues, {path: _shown(path) for path in paths})
    fatal = [problem for problem in domain.library.problems if problem.kind in _FATAL]
    if fatal:
        _warn(domain.library.problems)
        raise ConfigError(
            f"{len(fatal)} problem(s) in the .bib files, listed above; mend them first"
        )


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check everything and return the pages that show changed parts (env-updated).

    Warnings issued here appear in every build; those of the read phase only when a page
    is read.
    """
    domain = _domain(env)
    survey = domain.build_survey()
    _warn(sorted(set(_problems(survey, domain, env))))
    digests = _page_digests(survey, domain)
    before = _read_stamp(app)
    return sorted(name for name, digest in digests.items() if before.get(name) != digest)


def _problems(survey: Survey, domain: SurveyDomain, env: BuildEnvironment) -> Iterator[Problem]:
    records = survey.library.records
    used = {key for keys in survey.cites.values() for key in keys}
    used |= {entry.key for entry in survey.entries}
    yield from survey.library.problems
    yield from checks.check_records(records, survey.library.rules, _today())
    yield from checks.check_entries(
        survey.entries,
        records,
        survey.library.tags.values(),
        survey.titles,
        lambda docname: _shown(Path(env.doc2path(docname))),
    )
    yield from checks.check_use(records, used)
    for docname, problems in domain.data["problems"].items():
        file = _shown(Path(env.doc2path(docname)))
        yield from (Problem(file, fault.line, fault.kind, fault.message) for fault in problems)
    for docname, cites in domain.data["cites"].items():
        for key, line in cites:
            if key not in records:
                hint = did_you_mean(key, records) or "add the record to the .bib file"
                message = f"cited key '{key}' is in no .bib file; {hint.strip()}"
                yield Problem(_shown(Path(env.doc2path(docname))), line, Kind.UNKNOWN_KEY, message)


def _page_digests(survey: Survey, domain: SurveyDomain) -> dict[str, str]:
    return {
        docname: survey.page_digest(docname, views)
        for docname, views in domain.data["views"].items()
        if views or survey.cites.get(docname)
    }


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
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        logger.warning(
            "%s", problem.message, location=place, type="survey", subtype=problem.kind.value
        )


def _shown(path: Path) -> str:
    """Return a path as somebody in the current folder would type it."""
    path = Path(os.path.normpath(path))
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _today() -> datetime.date:
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).date()
