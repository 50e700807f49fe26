"""Read survey: a whole survey from its files, without a build, and all that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.project import Project
from sphinx.util import docname_join
from sphinx.util.matching import patfilter
from sphinx.util.nodes import explicit_title_re

from surveyext.build.settings import paths, shown
from surveyext.editing.markdown_pages import Page, Reader
from surveyext.library import load, redirects
from surveyext.library.model import Kind, Problem
from surveyext.survey import audit
from surveyext.survey.survey import Survey

if TYPE_CHECKING:
    from sphinx.config import Config


@dataclass(frozen=True)
class Reading:
    """A survey as its files say it."""

    survey: Survey
    pages: dict[str, Page]  #: By docname, in reading order.
    files: dict[str, Path]  #: Of the pages.
    texts: dict[str, str]  #: Of the pages that can be read.
    reader: Reader

    @cached_property
    def problems(self) -> list[Problem]:
        """All that the build would report of the survey."""
        of_pages = {name: page.problems for name, page in self.pages.items()}
        of_records = audit.of_records(self.survey.library)
        if any(problem.kind in audit.FATAL for problem in of_records):
            # Keys mean nothing now, but what pages say by themselves does.
            own = (
                replace(each, file=self.path(name)) for name in of_pages for each in of_pages[name]
            )
            return sorted({*of_records, *own})
        prose = audit.Prose(
            {name: page.cites for name, page in self.pages.items()},
            {name: page.links for name, page in self.pages.items()},
            of_pages,
        )
        moves = redirects.check(self.survey.library.redirects, self.pages)
        return sorted({*of_records, *audit.of_pages(self.survey, prose, self.path), *moves})

    def path(self, docname: str) -> str:
        """Return a page's file as problems name it."""
        return shown(self.files[docname])


def read(config: Config, source: Path) -> Reading:
    """Read a survey.

    :param config: Its conf.py.
    :param source: The folder of conf.py and the pages.
    :raises ValueError: A MyST setting in conf.py is wrong.
    """
    known = load.load(paths(config, source), shown)
    project = Project(source, {".md": "markdown"})
    project.discover((*config.exclude_patterns, *config.templates_path), config.include_patterns)
    files = {name: Path(project.doc2path(name, absolute=True)) for name in sorted(project.docnames)}
    reader = Reader(config)
    texts: dict[str, str] = {}
    found: dict[str, Page] = {}
    for name, path in files.items():
        try:
            texts[name] = path.read_text(encoding="utf-8-sig")
            found[name] = reader.read(texts[name], name)
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot be read: {error}; save it as UTF-8"
            found[name] = Page(name, problems=[Problem(name, 1, Kind.BAD_DATA, message)])
    pages = {name: found[name] for name in _order(found, config.root_doc)}
    prefix = config.survey_techniques
    survey = Survey(
        library=known,
        entries=tuple(entry for page in pages.values() for entry in page.entries),
        titles={name: page.title for name, page in pages.items() if name.startswith(prefix)},
        cites={
            name: tuple(dict.fromkeys(key for key, _ in page.cites)) for name, page in pages.items()
        },
        index_pages={},
        equations=tuple(each for page in pages.values() for each in page.equations),
    )
    return Reading(survey, pages, files, texts, reader)


def _order(pages: dict[str, Page], root: str) -> list[str]:
    """Return all docnames as the table of contents walks them, then the rest by name."""
    order: dict[str, None] = {}
    stack = [root]
    while stack:
        name = stack.pop()
        if name in pages and name not in order:
            order[name] = None
            children = [
                child for text, _ in pages[name].contents for child in _children(text, name, pages)
            ]
            stack.extend(reversed(children))
    return [*order, *sorted(pages.keys() - order.keys())]


def _children(text: str, docname: str, pages: dict[str, Page]) -> list[str]:
    """Return the pages that a line of a table of contents names, as Sphinx reads it."""
    match = explicit_title_re.match(text)
    target = match[2] if match else text
    if target == "self":
        return [docname]
    if "://" in target:
        return [target]
    name = docname_join(docname, target)
    name = name if name in pages else name.rpartition(".")[0] or name
    return [name] if name in pages else sorted(patfilter(pages, docname_join(docname, target)))
