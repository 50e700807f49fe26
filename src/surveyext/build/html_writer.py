"""HTML writer: the elements of views to HTML directly, past docutils' transforms and writers.

A page of an index has a hundred thousand elements. Each post-transform looks at all of them
and docutils' writer takes some ten microseconds for one. What views are made of is little,
known and complete: it becomes text here, byte for byte what Sphinx would have written, and
one node carries it. What is not known here becomes nodes, and Sphinx writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from pygments import highlight
from sphinx.writers.html5 import HTML5Translator
from sphinx_design.icons import get_octicon

from surveyext.build.nodes import bare, to_element, to_nodes
from surveyext.library.formulas import to_mathml
from surveyext.views import elements
from surveyext.views.elements import Element
from surveyext.views.inline import GLUED, glue, is_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sphinx.environment import BuildEnvironment

    from surveyext.build.domain import SurveyDomain
    from surveyext.views.elements import Child


class markup(nodes.General, nodes.Element):  # noqa: N801  # docutils names nodes so
    """HTML that was written before its page; the text children are what search finds.

    Attributes: ``html``.
    """


def visit_markup(self: HTML5Translator, node: markup) -> None:
    """Write what was written."""
    self.body.append(node["html"])
    raise nodes.SkipNode


class UnknownElementError(Exception):
    """Something that Sphinx has to write."""


#: The class of an author's note, which may hold anything.
NOTE = "survey-note"
#: Classes that the writer makes into an element.
_TAGS = frozenset(HTML5Translator.supported_inline_tags)
_WORDS = re.compile(r"[^ \n]+| +|\n")
_BREAKS = re.compile("[\n\r\t\v\f]")
#: What stands in a line; a link in anything else would have a line of its own.
_LINES = frozenset(("paragraph", "rubric", "inline", "abbreviation", "emphasis", "strong", "term"))


def encode(text: str) -> str:
    """Return text as docutils puts it between tags."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace(">", "&gt;").replace("@", "&#64;")


#: What may hold things that Sphinx writes beside others that are written here.
_OPEN = {"container", "table", "tgroup"}
#: What stands around all views.
_TOP = elements.container()


class Writer:
    """Writes the views of one page."""

    def __init__(self, env: BuildEnvironment, docname: str) -> None:
        self._env, self._docname, self._builder = env, docname, env._app.builder
        self._domain = cast("SurveyDomain", env.domains["survey"])
        self._mathml = env.config.html_math_renderer == "mathml"
        self._marker, self._formatter = "", None
        self._words: list[str] = []  #: Of the notes that were written last.
        self._columns: list[Element] = []  #: Of the table at hand.
        self._pages: dict[str, str] = {}  #: Addresses of pages from this one by docname.
        self._writers: dict[str, Callable[[Element, Element], str]] = {
            "abbreviation": self._abbreviation,
            "bullet_list": self._bullet_list,
            "citation": self._citation,
            "citations": self._citations,
            "container": self._container,
            "emphasis": lambda element, _: f"{_tag(element, 'em')}{self._all(element)}</em>",
            "inline": self._inline,
            "literal": self._literal,
            "literal_block": self._literal_block,
            "math": self._math,
            "paragraph": self._paragraph,
            "pending_xref": self._pending_xref,
            "raw": self._raw,
            "reference": self._reference,
            "rubric": self._rubric,
            "strong": lambda element, _: f"{_tag(element, 'strong')}{self._all(element)}</strong>",
        }

    @classmethod
    def applies(cls, env: BuildEnvironment) -> bool:
        """Tell whether pages are written by Sphinx's own writer, one file each."""
        builder = env._app.builder
        plain = builder.name in {"html", "dirhtml"}
        return plain and builder.get_translator_class() is HTML5Translator

    def write(self, element: Child) -> str:
        """Return the HTML of an element.

        :raises UnknownElementError: Sphinx has to write it.
        """
        return self._write(element, _TOP)

    def fuse(self, some: Iterable[Child], parent: Element = _TOP) -> list[nodes.Node]:
        """Return nodes with all that can be written here as text, in their order."""
        fused: list[nodes.Node] = []
        written: list[str] = []  #: What stands since the last node that Sphinx writes.
        for child in some:
            try:
                written.append(self._write(child, parent))
            except UnknownElementError:
                self._close(written, fused)
                fused.append(self._opened(child))
        self._close(written, fused)
        return fused

    def _close(self, written: list[str], fused: list[nodes.Node]) -> None:
        """Move what is written into one node, with the words by which it is found."""
        if written:
            words = [nodes.Text(" ".join(self._words))] if self._words else []
            fused.append(markup("", *words, html="".join(written)))
            self._words, written[:] = [], []

    def _opened(self, child: Child) -> nodes.Node:
        """Return the node of what Sphinx has to write, with what can be written here in it."""
        if isinstance(child, Element):
            if child.kind == "tbody":
                return bare(child, self._body(child))
            if child.kind == "tgroup":
                self._columns = [each for each in child.children if each.kind == "colspec"]
            if child.kind in _OPEN and NOTE not in child.classes:
                return bare(child, self.fuse(child.children, child))
        return to_nodes([child])[0]

    def _note(self, note: Element) -> str:
        """Write an author's note, which may hold anything; its words can be searched for."""
        html = "".join([self.write(to_element(node)) for node in note.children])
        texts = (text for node in note.children for text in node.findall(nodes.Text))
        self._words += [text.astext() for text in texts]
        return f"{_tag(note, 'div', 'docutils')}\n{html}</div>\n"

    def _body(self, body: Element) -> list[nodes.Node]:
        """Return the rows of a table, all of them written or none: Sphinx counts its own."""
        try:
            rows = [self._row(row, number) for number, row in enumerate(body.children)]
        except UnknownElementError:
            return to_nodes(body.children)
        return [markup("", html="".join(rows))]

    def _write(self, child: Child, parent: Element) -> str:
        if type(child) is str:
            return encode(child)
        if type(child) is Element and (write := self._writers.get(child.kind)):
            return write(child, parent)
        raise UnknownElementError

    def _all(self, element: Element) -> str:
        children = element.children
        if len(children) == 1 and type(children[0]) is str:  # most are so
            return encode(children[0])
        if any(map(is_formula, children)) and GLUED not in element.classes:
            children = glue(children)
        return "".join([self._write(child, element) for child in children])

    def _paragraph(self, element: Element, parent: Element) -> str:
        alone = parent.kind in {"list_item", "entry"} and len(parent.children) == 1
        base = "sd-card-text" if "design_component" in parent.attributes else ""
        return f"{_tag(element, 'p', base)}{self._all(element)}</p>{'' if alone else chr(10)}"

    def _inline(self, element: Element, parent: Element) -> str:
        if not _TAGS.isdisjoint(element.classes):
            raise UnknownElementError
        return f"{_tag(element, 'span')}{self._all(element)}</span>"

    def _abbreviation(self, element: Element, parent: Element) -> str:
        tag = _tag(element, "abbr", title=element.attributes["explanation"])
        return f"{tag}{self._all(element)}</abbr>"

    def _literal(self, element: Element, parent: Element) -> str:
        if element.classes:
            raise UnknownElementError
        found = []
        for token in _WORDS.findall(encode(element.astext())):
            if token.strip():
                found.append(f'<span class="pre">{token}</span>')
            else:
                found.append(token if len(token) == 1 else "&#160;" * (len(token) - 1) + " ")
        return f'<code class="docutils literal notranslate">{"".join(found)}</code>'

    def _math(self, element: Element, parent: Element) -> str:
        if not self._mathml or element.classes:
            raise UnknownElementError
        try:
            return to_mathml(element.astext(), display=False)
        except ValueError:
            raise UnknownElementError from None

    def _raw(self, element: Element, parent: Element) -> str:
        return element.astext() if element.attributes["format"] == "html" else ""

    def _rubric(self, element: Element, parent: Element) -> str:
        level = element.attributes.get("heading-level")
        name = f"h{level}" if level else "p"
        return f"{_tag(element, name, 'rubric')}{self._all(element)}</{name}>\n"

    def _reference(self, element: Element, parent: Element) -> str:
        known = element.attributes
        internal = "refid" in known
        address = f"#{known['refid']}" if internal else known["refuri"]
        if address.startswith("mailto:"):
            raise UnknownElementError
        return self._link(element, parent, address, known.get("reftitle", ""), internal=internal)

    def _link(
        self, element: Element, parent: Element, address: str, title: str, *, internal: bool
    ) -> str:
        if parent.kind not in _LINES:
            raise UnknownElementError
        kind = "reference internal" if internal else "reference external"
        return f"{_tag(element, 'a', kind, href=address, title=title)}{self._all(element)}</a>"

    def _pending_xref(self, element: Element, parent: Element) -> str:
        """Write a link as Sphinx's resolver would have left it."""
        known = element.attributes
        if known["refdomain"] == "std":  # a page
            element.children = [elements.inline(element.astext(), classes=["doc"])]
            address = self._page(known["reftarget"].removeprefix("/"))
            return self._link(element, parent, address, "", internal=True)
        if known["refdomain"] != "survey":
            raise UnknownElementError
        place = self._domain.place(known["reftype"], known["reftarget"], known, element.astext())
        if place is None:
            raise UnknownElementError
        if place.text:
            element.children = [elements.inline(place.text)]
        here = place.docname == self._docname and place.anchor and not place.query
        address = "" if here else self._page(place.docname)
        address += f"?{place.query}" if place.query else ""
        address += f"#{place.anchor}" if place.anchor else ""
        return self._link(element, parent, address, place.title, internal=True)

    def _page(self, docname: str) -> str:
        """Return the address of a page from the page at hand."""
        if docname not in self._pages:
            self._pages[docname] = self._builder.get_relative_uri(self._docname, docname)
        return self._pages[docname]

    def _container(self, element: Element, parent: Element) -> str:
        if "design_component" in element.attributes:
            return self._dropdown(element)
        if NOTE in element.classes:
            return self._note(element)
        for place, child in enumerate(element.children):
            if isinstance(child, Element) and NOTE in child.classes:
                # First, or all before it would be written twice when Sphinx has to write it.
                element.children[place] = elements.raw(self._note(child), format="html")
        base = "docutils" if element.attributes["is_div"] else "docutils container"
        return f"{_tag(element, 'div', base)}\n{self._all(element)}</div>\n"

    def _dropdown(self, element: Element) -> str:
        """Write what sphinx-design makes of its dropdown."""
        self._marker = self._marker or get_octicon("chevron-right", height="1.5em")
        title, *body = element.children
        classes = element.attributes["container_classes"]
        names = " ".join(("sd-sphinx-override sd-dropdown sd-card", *classes))
        content = "".join([self._write(child, element) for child in body])
        return (
            f'<details class="{names}">\n<summary class="sd-summary-title sd-card-header">\n'
            f'<span class="sd-summary-text">{self._all(title)}</span>'
            f'<span class="sd-summary-state-marker sd-summary-chevron-right">{self._marker}</span>'
            f'</summary><div class="sd-summary-content sd-card-body docutils">\n'
            f"{content}</div>\n</details>"
        )

    def _literal_block(self, element: Element, parent: Element) -> str:
        language, text = element.attributes["language"], element.astext()
        highlighter = cast("Any", self._builder).highlighter
        options = self._env.config.highlight_options.get(language, {})
        lexer = highlighter.get_lexer(text, language, options, force=True)
        # Sphinx makes a new one each time, which takes longer than to use it.
        self._formatter = self._formatter or highlighter.get_formatter(linenos=False)
        highlighted = highlight(text, lexer, self._formatter)
        return f"{_tag(element, 'div', f'highlight-{language} notranslate')}{highlighted}</div>\n"

    def _bullet_list(self, element: Element, parent: Element) -> str:
        compact = _compact(element) and parent.kind != "list_item"
        items = "".join(map(self._item, element.children))
        return f"{_tag(element, 'ul', 'simple' if compact else '')}\n{items}</ul>\n"

    def _item(self, element: Element) -> str:
        """Write an item; one that stands in many lists is written once."""
        if "shared" not in element.attributes:
            return f"<li>{self._all(element)}</li>\n"
        known = element.attributes
        if "html" not in known:
            (line,) = element.children
            line.children = [elements.raw(self._all(line), format="html")]
            known["html"] = f"<li>{self._all(element)}</li>\n"
        return str(known["html"])

    def _row(self, element: Element, number: int) -> str:
        """Write a row of a table's body, which has one row of headings above it."""
        cells = []
        for column, cell in zip(self._columns, element.children, strict=True):
            name, base = ("th", "stub") if "stub" in column.attributes else ("td", "")
            cells.append(f"{_tag(cell, name, base)}{self._all(cell)}</{name}>\n")
        parity = "row-odd" if number % 2 else "row-even"
        return f"{_tag(element, 'tr', parity)}{''.join(cells)}</tr>\n"

    def _citations(self, element: Element, parent: Element) -> str:
        """Write the lines of a bibliography, which docutils puts into a list."""
        return f'<div role="list" class="citation-list">\n{self._all(element)}</div>\n'

    def _citation(self, element: Element, parent: Element) -> str:
        """Write a line of a bibliography."""
        label, line = element.children
        return (
            f'<div class="citation" id="{element.ids[0]}" role="listitem">\n'
            f'<span class="label"><span class="fn-bracket">[</span>{self._all(label)}'
            f'<span class="fn-bracket">]</span></span>\n{self._write(line, element)}</div>\n'
        )


def _tag(element: Element, name: str, base: str = "", **attributes: str) -> str:
    """Return a start tag as docutils does: the classes, then ``base``; attributes sorted."""
    classes = [*element.classes, base] if base else element.classes
    if not attributes and not element.ids:  # as most
        return f'<{name} class="{" ".join(classes)}">' if classes else f"<{name}>"
    if classes:
        attributes["class"] = " ".join(classes)
    if element.ids:
        if len(element.ids) > 1:
            raise UnknownElementError
        attributes["id"] = element.ids[0]
    pairs = [
        f'{key}="{encode(_BREAKS.sub(" ", value))}"'
        for key, value in sorted(attributes.items())
        if value
    ]
    return f"<{name} {' '.join(pairs)}>"


def _compact(element: Element) -> bool:
    """Tell whether docutils calls a list simple: a paragraph an item, and a list below it."""
    for item in element.children:
        first, *rest = item.children
        if first.kind != "paragraph" or len(rest) > 1:
            return False
        if rest and not (rest[0].kind == "bullet_list" and _compact(rest[0])):
            return False
    return True


def searchable(fused: Sequence[nodes.Node], words: str) -> None:
    """Let Sphinx's search find words at a view that was written here."""
    for node in fused:
        for found in node.findall(markup):
            found += nodes.Text(words)
            return
