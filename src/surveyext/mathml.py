"""MathML: a math renderer that sets equations at build time, with no script to load."""

from __future__ import annotations

import functools
import html
import re
from typing import TYPE_CHECKING

from docutils import nodes
from math_core import LatexError, LatexToMathML
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator

_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*%")
_PLACE = re.compile(r"^\d+: ")  # an offset, which nobody counts
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]+;")  # HTML has it, XML does not
# xmlns makes the same markup right in EPUB, which is XML, and does no harm in HTML.
_CONVERTER = LatexToMathML(xml_namespace=True, fancy_error=False)
#: The converter calls itself for what stands inside: at some thousands deep, which the
#: commands that a formula defines can reach on a line, the process ends without a word.
_LONGEST, _DEEPEST = 4000, 50
_DEFINING = re.compile(r"\\(?:(?:re)?newcommand|providecommand|g?def|let|global)(?![a-zA-Z])")
_NESTING = re.compile(r"\\\\|\\[{}]|(\{|\\begin|\\left(?![a-zA-Z]))|(\}|\\end|\\right(?![a-zA-Z]))")


@functools.cache
def to_mathml(tex: str, *, display: bool) -> str:
    """Return TeX as MathML Core.

    :raises ValueError: It cannot be set; the message says why.
    """
    _refuse_dangerous(tex)
    source = rf"\begin{{aligned}}{tex}\end{{aligned}}" if _has_lines(tex) else tex
    try:
        markup = _CONVERTER.convert_with_local_state(source, displaystyle=display)
    except LatexError as error:
        reason = _PLACE.sub("", " ".join(str(error).split()))
        raise ValueError(reason.removesuffix(".")) from None
    return _ENTITY.sub(lambda match: html.unescape(match[0]), markup)


def _refuse_dangerous(tex: str) -> None:
    if len(tex) > _LONGEST:
        raise ValueError(f"it has {len(tex)} characters, more than {_LONGEST}")
    if define := _DEFINING.search(tex):
        raise ValueError(f"{define[0]} defines a command, instead of what it stands for")
    depth = 0
    for match in _NESTING.finditer(tex):
        depth += bool(match[1]) - bool(match[2])
        if depth > _DEEPEST:
            raise ValueError(f"its braces are more than {_DEEPEST} deep")


def fault(tex: str, *, display: bool) -> str:
    """Return why TeX cannot be set, as a problem says it, or ``""``."""
    if _COMMENT.search(tex):
        return r"a bare % hides the rest of its line from TeX; write \%"
    try:
        to_mathml(tex, display=display)
    except ValueError as error:
        return f"this TeX cannot be set: {error}; write it in ordinary LaTeX math"
    return ""


def _has_lines(tex: str) -> bool:
    return r"\\" in tex and r"\begin" not in tex


def _markup(tex: str, *, display: bool) -> str:
    try:
        return to_mathml(tex, display=display)
    except ValueError:  # reported when the page was read
        return f"<code>{html.escape(tex)}</code>"


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    self.body.append(_markup(node.astext(), display=False))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed equation with its number and permalink."""
    # Furo puts a wrapper around an equation that bears its id: write the id once.
    bearer = nodes.math_block() if node.parent.get("ids") == node["ids"] else node
    self.body.append(self.starttag(bearer, "div", "", CLASS="math notranslate nohighlight"))
    self.body.append(f'<div class="survey-scroll">{_markup(node.astext(), display=True)}</div>')
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode
