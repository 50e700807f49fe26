"""Further pages: the later pages of an index or table, which have no source file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from docutils import nodes

from surveyext.build.nodes import survey_view
from surveyext.i18n import _
from surveyext.survey.facets import FACETS
from surveyext.survey.paging import TABLE
from surveyext.survey.survey import View
from surveyext.views.page_links import label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

    from surveyext.build.domain import SurveyDomain
    from surveyext.survey.paging import Part

#: What a page has that no source is behind, in place of what its owner has.
_OF_NO_SOURCE: Mapping[str, object] = {
    "toc": "",
    "display_toc": False,
    "sourcename": "",
    "page_source_suffix": "",
    "has_maths_elements": True,  # scripts that set formulas may be needed
}


def write(app: Sphinx) -> Iterable[tuple[str, dict[str, object], str]]:
    """Write the parts of all pages that this build has written (html-collect-pages).

    They go through the same transforms, templates and handlers as any page.
    """
    domain = cast("SurveyDomain", app.env.domains["survey"])
    builder = cast("StandaloneHTMLBuilder", app.builder)
    for owner in sorted(domain.shown & domain.memory.parts.keys()):
        for part in domain.paging.further[owner] if domain.paging else ():
            document = _document(app, owner, part)
            app.env.apply_post_transforms(document, part.docname)
            builder.current_docname = part.docname
            body = builder.render_partial(document[0])["fragment"]
            context = {**_around(app, owner, part), "body": body}
            builder.handle_page(part.docname, context, event_arg=document)
    return ()


def _document(app: Sphinx, owner: str, part: Part) -> nodes.document:
    """Return a page of placeholders, as reading a source would; its settings are the owner's."""
    document = app.env.get_doctree(owner)
    document.children = []
    section = nodes.section("", nodes.title(text=_title(app, owner, part)), ids=["part"])
    kind, argument = ("entry-index", part.kind) if part.kind in FACETS else (part.kind, "")
    views = [survey_view(kind=kind, argument=argument, docname=part.docname, part=part.number)]
    of_owner = app.env.domaindata["survey"]["views"][owner]
    if part.kind == TABLE and View("filter") in of_owner:
        views.insert(0, survey_view(kind="filter", argument="", docname=part.docname))
    document += section
    section += views
    return document


def _around(app: Sphinx, owner: str, part: Part) -> dict[str, Any]:
    """Return what templates and other extensions read of a page: all that Sphinx gives a page."""
    domain = cast("SurveyDomain", app.env.domains["survey"])
    builder = cast("StandaloneHTMLBuilder", app.builder)
    parts = domain.paging.parts[part.kind] if domain.paging else ()

    def lead(docname: str, title: str) -> dict[str, str]:
        return {"link": builder.get_relative_uri(part.docname, docname), "title": title}

    near = {each.number: lead(each.docname, label(each)) for each in parts}
    of_owner = {"toctree": _contents(app, owner, part)} if _beside(app, owner, part) else {}
    return {
        **builder.get_doc_context(owner, "", ""),
        **_OF_NO_SOURCE,
        "rellinks": builder.globalcontext["rellinks"],
        **of_owner,
        "title": _title(app, owner, part),
        "parents": [lead(owner, app.env.titles[owner].astext())],
        "prev": near.get(part.number - 1),
        "next": near.get(part.number + 1),
    }


def _beside(app: Sphinx, owner: str, part: Part) -> bool:
    """Tell whether links lead from a part as they do from the page that it goes on from."""
    depths = {app.builder.get_target_uri(name).count("/") for name in (owner, part.docname)}
    return len(depths) == 1


def _contents(app: Sphinx, owner: str, part: Part) -> Callable[..., str]:
    """Return what gives a template the contents of the site, with the owner as the place."""
    domain, builder = cast("SurveyDomain", app.env.domains["survey"]), app.builder
    own = f'href="{builder.get_relative_uri(part.docname, owner)}"'

    def toctree(**options: Any) -> str:
        return domain.sidebar.html(owner, **options).replace('href="#"', own)

    return toctree


def _title(app: Sphinx, owner: str, part: Part) -> str:
    return _("%s, part %d") % (app.env.titles[owner].astext(), part.number)
