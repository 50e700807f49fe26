"""Build: the build's life from files to stamp; load, check, name stale pages, remember."""

from __future__ import annotations

import datetime
import os
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sphinx.addnodes import toctree
from sphinx.util import logging

from surveyext import checks, equations, files, library, rows
from surveyext import memory
from surveyext.mathml import fault
from surveyext.model import Kind, Problem, digest
from surveyext.text import runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from surveyext.bibtex_domain import IndexedBibtexDomain
    from surveyext.domain import SurveyDomain
    from surveyext.model import Record
    from surveyext.survey import Survey

logger = logging.getLogger(__name__)

#: A .bib file with one of these would end sphinxcontrib-bibtex in a traceback.
_FATAL = {Kind.BIB_SYNTAX, Kind.DUPLICATE_KEY}


def load(app: Sphinx) -> None:
    """Read the data files before sphinxcontrib-bibtex does (builder-inited).

    :raises SystemExit: A .bib file is malformed; every problem was reported before. For
        any exception Sphinx would print a traceback and ask to report a bug of its own.
    """
    domain, paths = _domain(app.env), _paths(app)
    domain.forget()
    domain.read_library = partial(_read, app, paths)
    domain.source = digest(library.source(paths, _shown), str(_today()), __name__)
    bibliography = cast("IndexedBibtexDomain", app.env.domains["cite"])
    known = domain.source == memory.read(_stamp_path(app)).source
    absolute = [path.resolve() for path in paths.bib]
    if not (known and bibliography.keep(lambda: domain.library.records, absolute)):
        keys: dict[Path, list[str]] = {path: [] for path in absolute}
        shown = {_shown(path): path.resolve() for path in paths.bib}
        for record in domain.library.records.values():
            keys[shown[record.file]].append(record.key)
        bibliography.take(lambda: domain.library.records, keys)


def _read(app: Sphinx, paths: library.Paths) -> library.Library:
    """Read the files, or report what is wrong with them and end."""
    known = library.load(paths, _shown)
    problems = {*known.problems, *checks.check_records(known.records, known.rules, _today())}
    fatal = [problem for problem in problems if problem.kind in _FATAL]
    if fatal:
        # What could not be read would seem to be evidence of nothing.
        _warn(sorted(each for each in problems if each.kind is not Kind.BAD_EVIDENCE))
        sys.exit(f"{len(fatal)} problem(s) in the .bib files, listed above; mend them first")
    return known


def _paths(app: Sphinx) -> library.Paths:
    confdir = Path(app.confdir)
    config = app.config

    def path(name: str) -> Path | None:
        return confdir / name if name else None

    return library.Paths(
        bib=tuple(confdir / name for name in config.bibtex_bibfiles or ()),
        tags=path(config.survey_tags),
        venues=path(config.survey_venues),
        evidence=path(config.survey_evidence),
        source_lists=path(config.survey_source_lists),
        equation_checks=path(config.survey_equation_checks),
        citation=path(config.survey_citation),
    )


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check everything and return the pages that show changed parts (env-updated).

    Warnings issued here appear in every build; those of the read phase only when a page
    is read.
    """
    domain = _domain(env)
    domain.__dict__.pop("survey", None)
    domain.__dict__.pop("site", None)
    state = digest(domain.source, domain.said(), _navigation(env), _settings(app))
    before = memory.read(_stamp_path(app))
    if before.state == state:  # nothing that is shown has changed
        _warn(before.problems)
        domain.memory = before
        return []
    problems = tuple(sorted(set(_problems(domain.survey, domain, env))))
    _warn(problems)
    pages = _page_digests(domain.survey, domain)
    domain.memory = replace(
        before,
        source=domain.source,
        state=state,
        pages=pages,
        problems=problems,
        objects=tuple(domain.cards()),
    )
    # Should this build end early, the next must not take for written what half is.
    same = {name: digest for name, digest in pages.items() if before.pages.get(name) == digest}
    memory.write(memory.Memory(pages=same), _stamp_path(app))
    return sorted(pages.keys() - same.keys())


def _settings(app: Sphinx) -> list[str]:
    """Return the configuration that exports show; a page's is Sphinx's own concern."""
    config = app.config
    values = (config.html_title, config.project, config.author, config.html_baseurl)
    return [str(value) for value in (*values, app.builder.name, config.survey_techniques)]


def _problems(survey: Survey, domain: SurveyDomain, env: BuildEnvironment) -> Iterator[Problem]:
    def path(docname: str) -> str:
        return _shown(Path(env.doc2path(docname)))

    known = survey.library
    used = {key for keys in survey.cites.values() for key in keys}
    used |= {entry.key for entry in survey.entries}
    yield from known.problems
    yield from checks.check_records(known.records, known.rules, _today())
    yield from _bad_titles(known.records.values())
    yield from checks.check_entries(
        survey.entries, known.records, known.tags.values(), survey.titles, path
    )
    yield from checks.check_use(known.records, used)
    yield from rows.check(known.lists, survey.items)
    if known.checks is not None:
        yield from equations.compare(survey.equations, known.checks, path)
    for docname, cites in domain.data["cites"].items():
        yield from checks.check_cites(cites, known.records, path(docname))
    for docname, links in domain.data["roles"].items():
        yield from checks.check_links(links, survey.items, path(docname))
    for docname, problems in domain.data["problems"].items():
        yield from (replace(problem, file=path(docname)) for problem in problems)


def _bad_titles(records: Iterable[Record]) -> Iterator[Problem]:
    for record in records:
        for run in runs(record.field("title")):
            if run.kind == "math" and (message := fault(run.text, display=False)):
                text = f"record '{record.key}': {message}"
                yield Problem(record.file, record.line, Kind.BAD_TEX, text)


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
    builder, domain = app.builder, _domain(app.env)
    if exception is not None or builder.format != "html" or builder.name == "epub":
        return
    folder, before = Path(app.outdir), memory.read(_stamp_path(app))
    known = domain.memory.exports if domain.memory.folder == str(folder) else {}
    if before.state == domain.memory.state and files.all_there(known, folder):
        return
    written = files.write(files.survey_files(domain.site), folder, known)
    domain.memory = replace(domain.memory, folder=str(folder), exports=written)


def stamp(app: Sphinx, exception: Exception | None) -> None:
    """Remember what each page showed, for the next build with this builder (build-finished).

    Not in the environment: builders share it, and one must not hide a change from another.
    """
    if exception is None and _domain(app.env).memory != memory.read(_stamp_path(app)):
        memory.write(_domain(app.env).memory, _stamp_path(app))


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


def _shown(path: Path) -> str:
    """Return a path as somebody in the current folder would type it."""
    path = Path(os.path.normpath(path))
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _today() -> datetime.date:
    moment = int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(moment, tz=datetime.UTC).date()
