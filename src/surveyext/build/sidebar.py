"""Sidebar: the contents of the whole site, resolved once a folder and marked for each page.

Sphinx resolves them anew for each page, which takes pages times pages. Between the pages of
a folder only the marks differ of what leads to the page at hand.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx.addnodes import only
from sphinx.environment.adapters.toctree import global_toctree_for_doc

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

#: No page is called so.
_NOBODY = "\0"


class Sidebar:
    """The contents as a template's ``toctree`` gives them, for the builder at hand."""

    def __init__(self, builder: StandaloneHTMLBuilder) -> None:
        self._builder = builder
        self._resolved: dict[tuple[Any, ...], nodes.Element | None] = {}

    def html(self, docname: str, **options: Any) -> str:
        """Return the contents beside a page."""
        whole = options.get("titles_only") and not options.get("collapse", True)
        if not (whole and self._simple):
            return self._builder._get_local_toctree(docname, **options)
        folder = docname.rpartition("/")[0]
        key = (folder, *sorted(options.items()))
        if key not in self._resolved:
            self._resolved[key] = self._resolve(_beside(docname), options)
        contents = self._resolved[key]
        return self._marked(contents, docname) if contents else ""

    @cached_property
    def _simple(self) -> bool:
        """Whether nothing in the contents depends on the page beside but its marks."""
        env = self._builder.env
        shortened = any("tocdepth" in known for known in env.metadata.values())
        conditional = any(any(toc.findall(only)) for toc in env.tocs.values())
        return self._builder.name == "html" and not shortened and not conditional

    def _resolve(self, docname: str, options: dict[str, Any]) -> nodes.Element | None:
        builder = self._builder
        return global_toctree_for_doc(
            builder.env, docname, builder, tags=builder.tags, **{"includehidden": False, **options}
        )

    def _marked(self, contents: nodes.Element, docname: str) -> str:
        """Return the contents with the page's marks, as Sphinx sets them."""
        address = self._builder.get_relative_uri(_beside(docname), docname)
        marked: list[nodes.Element] = []
        for link in contents.findall(nodes.reference):
            if link["refuri"] == address:
                link["refuri"] = ""
                node: nodes.Node = link
                while node is not contents:
                    marked.append(cast("nodes.Element", node))
                    node = node.parent
        for each in marked:
            each["classes"].append("current")
        html = self._builder.render_partial(contents)["fragment"]
        for each in marked:
            each["classes"].pop()
            if isinstance(each, nodes.reference):
                each["refuri"] = address
        return html


def _beside(docname: str) -> str:
    """Return the name of a page that is not there in the folder of another."""
    return f"{docname.rpartition('/')[0]}/{_NOBODY}".lstrip("/")


def provide(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Give the template of a page the contents that were resolved once (html-page-context)."""
    if pagename in app.env.found_docs:
        # The domain has one for each build, and imports this module.
        sidebar: Sidebar = cast("Any", app.env.domains["survey"]).sidebar
        context["toctree"] = lambda **options: sidebar.html(pagename, **options)
