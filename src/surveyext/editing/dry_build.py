"""Dry build: what Sphinx and its extensions say of the pages, with nothing kept.

The site's own builder reads, resolves and sets the pages, in a temporary folder and without
templates, assets and indexes. What views show is left out: the survey's own checks say all
there is to say of it, and without it half the time is enough.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
import warnings
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, cast

from docutils.parsers.rst import directives, roles
from docutils.parsers.rst.languages import en
from pygments.lexers import get_all_lexers
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import CONFIG_FILENAME
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import docutils_namespace, patch_docutils
from sphinx.util.logging import NAMESPACE, WarningStreamHandler
from sphinx.util.matching import get_matching_files

from surveyext.build.nodes import survey_view
from surveyext.editing.warning_advice import advise
from surveyext.exports.write import survey_files
from surveyext.library import redirects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from surveyext.build.domain import SurveyDomain

_LAST: Final = 10_000  #: A priority after those of extensions.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: The kind of the remark that Sphinx came to no end.
STOPPED: Final = "sphinx.stopped"


class Remark(NamedTuple):
    """A warning of Sphinx or of an extension."""

    path: Path
    line: int  #: 1-based; 0 when it concerns the whole file.
    kind: str  #: As ``suppress_warnings`` names it, "myst.xref_missing"; "" for one without.
    message: str  #: On one line, with what to do where that is known.


def rehearse(
    source: Path, extensions: Iterable[str], watch: Callable[[str], None] = lambda _docname: None
) -> list[Remark]:
    """Return all remarks; where Sphinx came to no end, the last one says why.

    :param source: The folder of conf.py and the pages.
    :param extensions: Those that conf.py sets.
    :param watch: Is told the name of each page that is looked at.
    """
    conf, said = source / CONFIG_FILENAME, StringIO()
    at = ""

    def look(docname: str) -> None:
        nonlocal at
        at = docname
        if docname:
            watch(docname)

    settings = {
        "extensions": [__name__, *extensions],
        "gettext_auto_build": False,  # it would write beside the catalogs
        "show_warning_types": False,  # they would be part of the messages
    }
    last: list[Remark] = []
    names: Mapping[str, Iterable[str]] = {}
    app = None
    try:
        with (
            tempfile.TemporaryDirectory(prefix="survey-") as folder,
            patch_docutils(source),
            docutils_namespace(),
            warnings.catch_warnings(),
        ):
            for category in (DeprecationWarning, PendingDeprecationWarning):
                warnings.simplefilter("ignore", category)  # nothing that a survey can mend
            places = source, source, Path(folder, "html"), Path(folder, "doctrees")
            app = Sphinx(*places, Rehearsal.name, settings, status=None, warning=said)
            cast("Rehearsal", app.builder).look = look
            app.connect("env-purge-doc", lambda _app, _env, docname: look(docname), priority=0)
            app.connect("doctree-read", lambda _app, _document: look(""), priority=_LAST)
            app.builder.build_update()
            look("")
            names = _names(app)
            last += _moved_files(app)
    except (Exception, SystemExit) as error:  # an extension may raise whatever it likes
        path = Path(app.env.doc2path(at)) if app and at else conf
        text = f"Sphinx stopped: {str(error) or type(error).__name__}"
        last.append(Remark(path, 0, STOPPED, advise(text, {})))
    printed = map(_read, said.getvalue().splitlines())
    remarks = [
        Remark(*_place(location, conf), kind, advise(message.removesuffix(f" [{kind}]"), names))
        for location, kind, message in printed
    ]
    return [*remarks, *last]


def setup(app: Sphinx) -> None:
    """Take the builder's place and have warnings printed as JSON; loaded before any other."""
    for handler in logging.getLogger(NAMESPACE).handlers:
        if isinstance(handler, WarningStreamHandler):
            handler.setFormatter(_AsJson())
    app.add_builder(Rehearsal, override=True)
    app.add_post_transform(KeepNotes)


class _AsJson(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return ``[location, kind, message]``."""
        parts = getattr(record, "type", ""), getattr(record, "subtype", "")
        kind = ".".join(part for part in parts if part)
        message = logging.LogRecord.getMessage(record)  # Sphinx's puts the location before it
        return json.dumps([getattr(record, "location", None) or "", kind, message])


def _read(line: str) -> list[str]:
    """Return what :class:`_AsJson` printed; conf.py is read before that is in place."""
    try:
        return [str(part) for part in json.loads(line)]
    except ValueError:
        return ["", "", _COLOUR.sub("", line).removeprefix("WARNING: ")]


class Rehearsal(StandaloneHTMLBuilder):
    """The site's builder up to each page's HTML, which is thrown away."""

    search = False
    look: Callable[[str], None]

    def get_outdated_docs(self) -> set[str]:  # type: ignore[override]  # as DummyBuilder
        """Return all pages."""
        return self.env.found_docs

    def copy_assets(self) -> None:
        """Copy nothing."""

    def handle_page(self, *args: Any, **kwargs: Any) -> None:
        """Write nothing."""

    def finish(self) -> None:
        """Make no index."""


class KeepNotes(SphinxPostTransform):
    """Replace each view by what was typed in it: the first thing done with a page read."""

    default_priority: ClassVar[int] = 2  # before anything looks at views

    def run(self, **kwargs: Any) -> None:
        """Lift the note of each entry into its page."""
        cast("Rehearsal", self.env._app.builder).look(self.env.current_document.docname)
        for view in list(self.document.findall(survey_view)):
            note, view.children = view.children, []
            view.replace_self(note)


def _place(location: str, conf: Path) -> tuple[Path, int]:
    """Return file and line of a location as Sphinx writes it, "FILE:3", "FILE:" or "FILE"."""
    file, colon, line = location.rpartition(":")
    if not colon or not (line.isdecimal() or not line):
        file, line = location, ""
    return Path(file) if file else conf, int(line or 0)


def _names(app: Sphinx) -> dict[str, set[str]]:
    """Return what is known of each sort that a remedy looks names up in."""
    env = app.env
    domains = {domain.name: domain for domain in env.domains.sorted()}
    bare = {"std", app.config.primary_domain}

    def all_of(sort: str, own: Mapping[str, object], builtin: Mapping[str, object]) -> set[str]:
        of_domains = {
            name if domain in bare else f"{domain}:{name}"
            for domain, each in domains.items()
            for name in getattr(each, sort)
        }
        return {*own, *builtin, *of_domains} - {""}

    std = env.domains.standard_domain
    labels = {*std.labels, *std.anonlabels}
    pages = [env.doc2path(name, base=False) for name in env.found_docs]
    excluded = app.config.exclude_patterns
    return {
        "directive": all_of("directives", directives._directives, en.directives),  # type: ignore[attr-defined]
        "role": all_of("roles", roles._roles, en.roles),  # type: ignore[attr-defined]
        "label": labels,
        "page": set(env.found_docs),
        "target": {*labels, *(page.as_posix() for page in pages), *(page.name for page in pages)},
        "equation": set(env.domains.math_domain.equations),
        "term": {name for kind, name in std.objects if kind == "term"},
        "language": {alias for _, aliases, *_ in get_all_lexers() for alias in aliases},
        "file": {f"/{name}" for name in get_matching_files(app.srcdir, exclude_patterns=excluded)},
    }


def _moved_files(app: Sphinx) -> Iterator[Remark]:
    """Yield what the build says of files that moved, whose names only a whole survey tells."""
    domain = cast("SurveyDomain", app.env.domains["survey"])
    moves = domain.library.redirects
    if any(redirects.check_files(moves, ())):  # it would say so of each
        for problem in redirects.check_files(moves, {*dict(survey_files(domain.site))}):
            yield Remark(Path(problem.file), 0, f"survey.{problem.kind}", problem.message)
