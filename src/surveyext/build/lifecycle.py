"""Lifecycle: load, check, find stale pages, export and remember, in the order of a build."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sphinx.addnodes import toctree
from sphinx.util import logging

from surveyext.build import kept_state, stale_pages
from surveyext.build.failures import all_or_message
from surveyext.build.settings import SETTINGS, paths, shown
from surveyext.exports import write
from surveyext.exports.reference_lines import formatted
from surveyext.library import load as library
from surveyext.library import redirects
from surveyext.library.model import Problem, digest
from surveyext.survey import audit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from surveyext.build.bibtex_domain import IndexedBibtexDomain
    from surveyext.build.domain import SurveyDomain
    from surveyext.library.load import Library, Paths

logger = logging.getLogger(__name__)

#: Characters of a message that are shown.
_LONGEST = 1000


def load(app: Sphinx) -> None:
    """Get the data files ready before sphinxcontrib-bibtex does (builder-inited).

    Files that were right in the last build and have not changed are read when something of
    them is to be shown.

    :raises SystemExit: A .bib file is malformed; every problem was reported before. For
        any exception Sphinx would print a traceback and ask to report a bug of its own.
    """
    domain, places = _domain(app.env), paths(app.config, Path(app.confdir))
    bibliography = cast("IndexedBibtexDomain", app.env.domains["cite"])
    domain.forget()
    formatted.keep_in(Path(app.doctreedir) / "lines.pickle")
    domain.source = _source(app)
    domain.before = kept_state.read(_memory_path(app))
    if not app.env.all_docs:  # -E, or the first build: whatever was kept shall not matter
        _library_path(app).unlink(missing_ok=True)
    domain.read_library = partial(_read, places, domain.source, _library_path(app))
    known = domain.source == domain.before.source
    bibs = {shown(path): Path(os.path.realpath(path)) for path in places.bib}  # no error in loops
    if not (known and bibliography.keep(lambda: domain.library.records, list(bibs.values()))):
        keys: dict[Path, list[str]] = {path: [] for path in bibs.values()}
        for record in domain.library.records.values():
            keys[bibs[record.file]].append(record.key)
        bibliography.take(lambda: domain.library.records, keys)


def _source(app: Sphinx) -> str:
    """Return a digest of all files beside the pages, as they are now, and of the day."""
    return digest(library.source(paths(app.config, Path(app.confdir)), shown), str(audit.today()))


def _read(places: Paths, source: str, path: Path) -> Library:
    """Read the files, or what an earlier build kept of the same; end with what is wrong in them."""
    if library.is_kept(source, path) and (found := library.kept(path)):
        return found
    known = library.load(places, shown)
    problems = audit.of_records(known)
    fatal = [problem for problem in problems if problem.kind in audit.FATAL]
    if fatal:
        _warn(problems)
        sys.exit(f"{len(fatal)} problem(s) in the .bib files, listed above; mend them first")
    return replace(known, problems=tuple(problems))


def check(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Check everything and return the pages that show changed parts (env-updated).

    Warnings issued here appear in every build; those of the read phase only when a page
    is read.
    """
    domain = _domain(env)
    domain.forget("survey", "site", "lines", "paging", "shown", "sidebar")
    state = digest(domain.source, domain.said(), _navigation(env), _settings(app))
    domain.memory = domain.before
    if domain.memory.state != state:
        domain.memory = replace(_found(domain), state=state)
    _warn(domain.memory.problems)
    with all_or_message(Path(app.doctreedir)):
        domain.there, stale = stale_pages.begin(app, _page_digests(domain))
        return sorted({*stale, *_torn(app, domain.memory.parts)})
    return []


def _found(domain: SurveyDomain) -> kept_state.Memory:
    """Return what follows from files and pages now, and what was exported before."""
    survey, data, env = domain.survey, domain.data, domain.env
    prose = audit.Prose(data["cites"], data["roles"], data["problems"])
    moves = survey.library.redirects
    problems = {
        *survey.library.problems,
        *audit.of_pages(survey, prose, lambda name: shown(Path(env.doc2path(name)))),
        *redirects.check(moves, env.found_docs),
    }
    paging = domain.paging
    pages = {
        name: digest(survey.page_digest(name, views), paging and paging.landings(views))
        for name, views in data["views"].items()
    }
    further = paging.further if paging else {}
    return replace(
        domain.memory,
        source=domain.source,
        pages=pages,
        problems=tuple(sorted(problems)),
        moves=tuple(moves),
        parts={owner: [part.docname for part in parts] for owner, parts in further.items()},
        objects=tuple(domain.cards()),
    )


def _settings(app: Sphinx) -> list[str]:
    """Return the configuration that views and exports show."""
    config = app.config
    names = ("html_title", "project", "author", "html_baseurl", "language", "survey_lines")
    return [app.builder.name, *(str(config[name]) for name in (*names, *SETTINGS))]


def _torn(app: Sphinx, parts: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield pages with a part that is not there: Sphinx looks for the pages of sources alone."""
    for owner, docnames in parts.items():
        if not all(stale_pages.place(app, docname).is_file() for docname in docnames):
            yield owner


def _page_digests(domain: SurveyDomain) -> dict[str, str]:
    env = domain.env
    everywhere = [*_navigation(env), *domain.memory.moves]
    return {
        docname: digest(everywhere, shows, _shown_of(env, docname))
        for docname, shows in domain.memory.pages.items()
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
    """Write what changed of the exports beside the pages of a site (build-finished)."""
    builder, domain = app.builder, _domain(app.env)
    if exception is not None or builder.format != "html" or builder.name == "epub":
        return
    out, before = Path(app.outdir), domain.before
    known = before.exports if before.folder == str(out) else {}
    moves = domain.memory.moves
    whole = bool(known) and domain.there >= known.keys()
    if before.state == domain.memory.state and whole and not moves:
        return
    exports = write.survey_files(domain.site)
    if moves:
        found = dict(exports)
        _warn(redirects.check_files(moves, found))
        exports = iter((found | redirects.copies(moves, found)).items())
    with all_or_message(out):
        # Should this build end early, the next must not take for written what is not.
        domain.before = replace(before, exports={})
        kept_state.write(domain.before, _memory_path(app))
        written = write.write(exports, out, known)
        domain.memory = replace(domain.memory, folder=str(out), exports=written)


def stamp(app: Sphinx, exception: Exception | None) -> None:
    """Remember what each page showed, for the next build with this builder (build-finished)."""
    if exception is None:
        domain = _domain(app.env)
        with all_or_message(Path(app.doctreedir)):
            stale_pages.end(app, _page_digests(domain))
            if domain.memory != domain.before:
                kept_state.write(domain.memory, _memory_path(app))
            known, path = vars(domain).get("library"), _library_path(app)
            if known and not library.is_kept(domain.source, path) and domain.source == _source(app):
                library.keep(known, domain.source, path)
            formatted.write(keep=4 * len(domain.memory.objects) + 100)


def _library_path(app: Sphinx) -> Path:
    return Path(app.doctreedir) / "library.pickle"


def _memory_path(app: Sphinx) -> Path:
    return Path(app.doctreedir) / f"memory-{app.builder.name}.json"


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
