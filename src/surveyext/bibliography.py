"""Bibliography: the lines of a bibliography as the items of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from docutils import nodes


def visit(self: HTML5Translator, node: nodes.citation) -> None:
    """Open a line; docutils' role for it is deprecated, and leaves its list without items.

    https://www.w3.org/TR/dpub-aria-1.1/#doc-biblioentry
    """
    HTML5Translator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')


def depart(self: HTML5Translator, node: nodes.citation) -> None:
    """Close a line, and the list after the last."""
    HTML5Translator.depart_citation(self, node)
