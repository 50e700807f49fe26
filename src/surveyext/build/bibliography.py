"""Bibliography: its lines as the items of a list, each leading to where its paper is used."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, cast

from docutils import nodes
from pybtex.backends import BaseBackend
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinxcontrib.bibtex.directives import BibliographyKey
from sphinxcontrib.bibtex.nodes import bibliography

from surveyext.build.html_writer import UnknownElementError, Writer, markup
from surveyext.i18n import _
from surveyext.views import elements
from surveyext.views.backlinks import backlinks, listed
from surveyext.views.elements import Element, text_of
from surveyext.views.inline import entry_link, is_foreign

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from surveyext.build.bibtex_domain import IndexedBibtexDomain
    from surveyext.build.domain import SurveyDomain
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child


def uses(survey: Survey, key: str) -> list[Child]:
    """Return what follows a line: links to the paper's card and to where it is used."""
    links: list[Child] = []
    if key in survey.items:
        links += [" \u2192\u00a0", entry_link(survey, key, [_("card")])]
    for label, found in backlinks(survey, key):
        links += [" \u00b7 " + _("%s: ") % label, *listed(found)]
    return links


class WriteBibliography(SphinxPostTransform):
    """Write a bibliography of a site at once, of which sphinxcontrib-bibtex makes nodes."""

    # Before sphinxcontrib-bibtex (5), to which everything that is less usual is left.
    default_priority: ClassVar[int] = 4

    def run(self, **kwargs: Any) -> None:
        """Replace each bibliography whose lines are all that it shows."""
        if not Writer.applies(self.env):
            return
        domain = cast("IndexedBibtexDomain", self.env.domains["cite"])
        writer = Writer(self.env, self.env.current_document.docname)
        citing = {reference.docname for reference in domain.citation_refs}
        for node in list(self.document.findall(bibliography)):
            place = BibliographyKey(docname=node["docname"], id_=node["ids"][0])
            plain = domain.bibliographies[place].list_ == "citation"
            if plain and place.docname not in citing and (lines := self._lines(domain, place)):
                box = Element(
                    *("container", Element("citations", *lines)),
                    **{"is_div": False, "ids": node["ids"], "classes": node["classes"]},
                )
                try:
                    node.replace_self(markup("", html=writer.write(box)))
                except UnknownElementError:
                    continue

    def _lines(self, domain: IndexedBibtexDomain, place: BibliographyKey) -> list[Element]:
        survey = cast("SurveyDomain", self.env.domains["survey"]).survey
        lines = []
        for citation in domain.citations:
            if citation.bibliography_key == place:
                key = citation.entry.key
                line = elements.paragraph(*citation.formatted_entry.text.render(_BACKEND))
                if "\\url " in text_of(line.children):
                    return []  # sphinxcontrib-bibtex makes a link of it
                line += uses(survey, key) if key in survey.library.records else []
                label = Element("label", citation.formatted_entry.label)
                lines.append(Element("citation", label, line, ids=[citation.citation_id]))
        return lines


class _Backend(BaseBackend):  # type: ignore[misc]  # pybtex is untyped
    """Lets pybtex render to elements, as pybtex-docutils does to nodes."""

    symbols: ClassVar[dict[str, list[Child]]] = {
        "ndash": ["\N{EN DASH}"],
        "newblock": [" "],
        "nbsp": ["\N{NO-BREAK SPACE}"],
    }
    _KINDS: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("em", "emph", "i"), "emphasis"),
        **dict.fromkeys(("b", "strong"), "strong"),
        **{"tt": "literal", "sup": "superscript", "sub": "subscript"},
    }
    RenderType = list

    def format_str(self, str_: str) -> list[Child]:
        """Return text."""
        return [str_]

    def format_tag(self, tag_name: str, text: list[Child]) -> list[Child]:
        """Return marked text."""
        kind = self._KINDS.get(tag_name)
        return [Element(kind, *text)] if kind else text

    def format_href(self, url: str, text: list[Child], external: bool = False) -> list[Child]:
        """Return a link, the text alone of one with a foreign scheme."""
        return [
            elements.inline(*text) if is_foreign(url) else elements.reference(*text, refuri=url)
        ]

    def render_sequence(self, rendered_list: list[list[Child]]) -> list[Child]:
        """Return what was rendered, in a row."""
        return list(chain.from_iterable(rendered_list))


_BACKEND = _Backend()


def setup(app: Sphinx) -> None:
    """Let HTML write the lines in our way."""
    app.add_post_transform(WriteBibliography)
    app.add_node(nodes.citation, override=True, html=(_visit, HTML5Translator.depart_citation))


def _visit(self: HTML5Translator, node: nodes.citation) -> None:
    """Open a line; docutils' role for it is deprecated, and leaves its list without items.

    https://www.w3.org/TR/dpub-aria-1.1/#doc-biblioentry
    """
    HTML5Translator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')
