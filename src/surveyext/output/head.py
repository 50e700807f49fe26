"""Head: what programs read in the head of a page: feeds, schema.org, Highwire (write phase)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, cast

from sphinx.util.osutil import relative_uri

from surveyext.exports import metadata
from surveyext.exports.feeds import ALL, feed_path, has_feed
from surveyext.library.text import plain
from surveyext.survey.selections import of_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx

    from surveyext.build.domain import SurveyDomain
    from surveyext.survey.site import Site


def fill(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Add to the head of each page (html-page-context)."""
    builder = app.builder
    if builder.name == "epub" or doctree is None:
        return
    domain = cast("SurveyDomain", app.env.domains["survey"])
    site = domain.site
    lines = [*_feeds(site, pagename)]
    if pagename not in domain.memory.parts:  # it shows a part of what is on it
        lines += _described(site, pagename)
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])
    page = next((name for name in site.titles if _has(site, name, "basket")), "")
    address = (
        {"data-basket": relative_uri(site.target(pagename), site.target(page))} if page else {}
    )
    # Before other scripts, so that it hears which entries a filter shows at first.
    app.add_js_file("basket.js", priority=400, loading_method="defer", **address)


def _feeds(site: Site, docname: str) -> Iterator[str]:
    """Yield a link to the feed of everything and one to that of a technique page."""
    feeds = [(ALL, site.title)] if has_feed(site.survey) else []
    if docname in site.survey.titles and has_feed(site.survey, docname):
        feeds.append((feed_path(docname), f"{site.survey.titles[docname]} \u2013 {site.title}"))
    for path, title in feeds:
        href = escape(relative_uri(site.target(docname), path))
        kind = "application/atom+xml"
        yield f'<link rel="alternate" type="{kind}" title="{escape(title)}" href="{href}">'


def _described(site: Site, docname: str) -> Iterator[str]:
    survey = site.survey
    here = site.target(docname)
    title = site.titles.get(docname, "")
    if _has(site, docname, "cite-survey") and survey.library.citation:
        about = survey.library.citation
        yield metadata.highwire(about, survey.as_of, site.base)
        yield metadata.script(metadata.dataset(about, survey.as_of, site.base))
    elif survey.entered_on(docname):
        return  # each card says what it is about
    elif keys := of_page(survey, docname, site.views.get(docname, ())).keys:
        entries = [survey.items[key] for key in keys if key in survey.items]
        shown = [
            (
                plain(record.field("title")),
                f"{relative_uri(here, site.target(entry.docname))}#{entry.anchor}",
            )
            for entry, record in entries
        ]
        yield metadata.script(metadata.listing(title, site.title, shown))


def _has(site: Site, docname: str, kind: str) -> bool:
    return any(view.kind == kind for view in site.views.get(docname, ()))
