"""MathML: a math renderer that sets equations at build time, with no script to load."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.math import get_node_equation_number

from surveyext.i18n import _
from surveyext.library.formulas import to_mathml, to_mathml3

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator


def _markup(self: HTML5Translator, tex: str, *, display: bool) -> str:
    set_tex = to_mathml3 if self.builder.name == "epub" else to_mathml
    try:
        return set_tex(tex, display=display)
    except ValueError:  # reported when the page was read
        return f"<code>{html.escape(tex)}</code>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(_markup(self, node.astext(), display=False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed equation with its number and permalink."""
    # Furo puts a wrapper around an equation that bears its id: write the id once.
    bearer = nodes.math_block() if node.parent.get("ids") == node["ids"] else node
    self.body.append(self.starttag(bearer, "div", "", CLASS="math notranslate nohighlight"))
    self.body.append(
        f'<div class="survey-scroll">{_markup(self, node.astext(), display=True)}</div>'
    )
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode
