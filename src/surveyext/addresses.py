"""Addresses: the site map, and redirects from where pages and places once were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from surveyext import redirects

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

    from surveyext.domain import SurveyDomain
    from surveyext.redirects import Move


class KeepPlaces(SphinxPostTransform):
    """Let a place that was renamed on its page answer to the old name too, without a script."""

    # After everything that makes places: views (4), bibliography (5), references (10).
    default_priority: ClassVar[int] = 900
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Add the old ids."""
        docname = self.env.current_document.docname
        names: dict[str, list[str]] = {}
        for old, new in redirects.places(_moves(self.env._app), docname).items():
            page, _, place = new.partition("#")
            if page == docname:
                names.setdefault(place, []).append(old)
        if names:
            for node in list(self.document.findall(nodes.Element)):
                for place in list(node.get("ids", ())):
                    node["ids"] += names.get(place, [])


def setup(app: Sphinx) -> None:
    """Connect to the phases that need addresses."""
    app.add_post_transform(KeepPlaces)
    app.connect("html-page-context", _follow_places)
    app.connect("build-finished", _write_redirects)
    app.connect("build-finished", _write_site_map)


def _follow_places(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Give a page that lost places to others the script that follows them (html-page-context)."""
    moved = redirects.places(_moves(app), pagename) if doctree else {}
    elsewhere = {old: new for old, new in moved.items() if new.partition("#")[0] != pagename}
    if elsewhere and app.builder.name != "epub":
        script = redirects.page_script(_from(app, pagename, elsewhere))
        app.add_js_file(None, body=script)


def _write_redirects(app: Sphinx, exception: Exception | None) -> None:
    """Write a page at each address that a page had (build-finished)."""
    if exception is not None or not _is_site(app):
        return
    moves = _moves(app)
    known = app.env.found_docs
    gone = {old: new for old, new, _ in moves if "#" not in old and new.partition("#")[0] in known}
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
    pages = sorted(urljoin(base, app.builder.get_target_uri(name)) for name in app.env.found_docs)
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
    return cast("SurveyDomain", app.env.domains["survey"]).library.redirects
