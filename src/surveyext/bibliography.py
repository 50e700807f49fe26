"""Bibliography: its lines as the items of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Let HTML write the lines in our way."""
    app.add_node(nodes.citation, override=True, html=(_visit, HTML5Translator.depart_citation))


def _visit(self: HTML5Translator, node: nodes.citation) -> None:
    """Open a line; docutils' role for it is deprecated, and leaves its list without items.

    https://www.w3.org/TR/dpub-aria-1.1/#doc-biblioentry
    """
    HTML5Translator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')
