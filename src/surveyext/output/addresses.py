"""Addresses: the site map, and redirects from where pages and places once were."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from sphinx.util.osutil import relative_uri

from surveyext.library import redirects

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

    from surveyext.build.domain import SurveyDomain
    from surveyext.library.redirects import Move


def setup(app: Sphinx) -> None:
    """Connect to the phases that need addresses."""
    app.connect("html-page-context", _keep_places)
    app.connect("build-finished", _write_redirects)
    app.connect("build-finished", _write_site_map)


def _keep_places(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Let a page answer to names that its places had (html-page-context).

    Those that are on the page need no script; one follows those that are on another.
    """
    moved = redirects.places(_moves(app), pagename) if doctree else {}
    here = {old: new for old, new in moved.items() if new.partition("#")[0] == pagename}
    if here:
        names = {old: new.partition("#")[2] for old, new in here.items()}
        context["body"] = redirects.named_anew(context["body"], names)
    elsewhere = {old: new for old, new in moved.items() if old not in here}
    if elsewhere and app.builder.name != "epub":
        app.add_js_file(None, body=redirects.page_script(_from(app, pagename, elsewhere)))


def _write_redirects(app: Sphinx, exception: Exception | None) -> None:
    """Write a page at each address that a page had (build-finished)."""
    if exception is not None or not _is_site(app):
        return
    moves = _moves(app)
    domain = cast("SurveyDomain", app.env.domains["survey"])
    known = {*app.env.found_docs, *chain(*domain.memory.parts.values())}
    gone = {
        old: new
        for old, new, _ in moves
        if "#" not in old and old not in known and new.partition("#")[0] in known
    }
    for old, new in gone.items():
        places = _from(app, old, redirects.places(moves, old))
        target = _from(app, old, {"": new})[""]
        base = app.config.html_baseurl
        canonical = urljoin(base, redirects.address(new, app.builder.get_target_uri))
        path = Path(cast("StandaloneHTMLBuilder", app.builder).get_outfilename(old))
        path.parent.mkdir(parents=True, exist_ok=True)
        text = redirects.page(target, canonical if base else "", places)
        path.write_text(text, encoding="utf-8")


def _from(app: Sphinx, docname: str, places: dict[str, str]) -> dict[str, str]:
    """Return addresses of the table as they are from a page."""
    uri = app.builder.get_target_uri

    def away(page: str) -> str:
        return relative_uri(uri(docname), uri(page))

    return {key: redirects.address(new, away) for key, new in places.items()}


def _write_site_map(app: Sphinx, exception: Exception | None) -> None:
    """Write the site map and who may read it, where the site has an address (build-finished).

    https://www.sitemaps.org/protocol.html
    """
    base = app.config.html_baseurl
    if exception is not None or not base or not _is_site(app):
        return
    parts = cast("SurveyDomain", app.env.domains["survey"]).memory.parts.values()
    names = [*app.env.found_docs, *(name for each in parts for name in each)]
    pages = sorted(urljoin(base, app.builder.get_target_uri(name)) for name in names)
    lines = [f"<url><loc>{escape(page)}</loc></url>" for page in pages]
    name_space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    text = ['<?xml version="1.0" encoding="utf-8"?>', f'<urlset xmlns="{name_space}">', *lines]
    out = Path(app.outdir)
    (out / "sitemap.xml").write_text("\n".join([*text, "</urlset>\n"]), encoding="utf-8")
    robots = f"User-agent: *\nAllow: /\nSitemap: {urljoin(base, 'sitemap.xml')}\n"
    (out / "robots.txt").write_text(robots, encoding="utf-8")


def _is_site(app: Sphinx) -> bool:
    return app.builder.name in {"html", "dirhtml"}


def _moves(app: Sphinx) -> tuple[Move, ...]:
    return cast("SurveyDomain", app.env.domains["survey"]).memory.moves
