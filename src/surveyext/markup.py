"""Markup: what views are made of as HTML at once, past docutils' transforms and writers.

A page of an index has a hundred thousand nodes. Each post-transform looks at all of them
and the writer takes some ten microseconds for one. What views are made of is little, known
and complete: it becomes text here, byte for byte what Sphinx would have written, and one
node carries it. What is not known here stays a node, and Sphinx writes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.writers.html5 import HTML5Translator
from sphinx_design.icons import get_octicon

from surveyext.inline import glue, is_glued
from surveyext.mathml import to_mathml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sphinx.environment import BuildEnvironment


class markup(nodes.General, nodes.Element):  # noqa: N801  # docutils names nodes so
    """HTML that was written before its page; the text children are what search finds.

    Attributes: ``html``.
    """


def visit_markup(self: HTML5Translator, node: markup) -> None:
    """Write what was written."""
    self.body.append(node["html"])
    raise nodes.SkipNode


class UnknownNodeError(Exception):
    """A node that Sphinx has to write."""


#: What may hold nodes that Sphinx writes beside others that are written here.
_OPEN = (nodes.container, nodes.table, nodes.tgroup, nodes.tbody)
#: Classes that the writer makes into an element.
_TAGS = frozenset(HTML5Translator.supported_inline_tags)
_WORDS = re.compile(r"[^ \n]+| +|\n")
_BREAKS = re.compile("[\n\r\t\v\f]")


def encode(text: str) -> str:
    """Return text as docutils puts it between tags."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace(">", "&gt;").replace("@", "&#64;")


class Writer:
    """Writes the views of one page."""

    def __init__(self, env: BuildEnvironment, docname: str) -> None:
        self._env, self._docname, self._builder = env, docname, env._app.builder
        self._mathml = env.config.html_math_renderer == "mathml"
        self._marker = ""
        self._number = 0  #: Place of the outermost node among its siblings.
        self._writers: dict[type, Callable[[Any, nodes.Element], str]] = {
            nodes.Text: lambda node, _: encode(node.astext()),
            nodes.abbreviation: self._abbreviation,
            nodes.bullet_list: self._bullet_list,
            nodes.container: self._container,
            nodes.emphasis: lambda node, _: f"{_tag(node, 'em')}{self._all(node)}</em>",
            nodes.inline: self._inline,
            nodes.label: lambda node, _: self._all(node),
            nodes.literal: self._literal,
            nodes.literal_block: self._literal_block,
            nodes.math: self._math,
            nodes.paragraph: self._paragraph,
            nodes.reference: self._reference,
            nodes.row: self._row,
            nodes.rubric: self._rubric,
            nodes.strong: lambda node, _: f"{_tag(node, 'strong')}{self._all(node)}</strong>",
            pending_xref: self._pending_xref,
        }

    @classmethod
    def applies(cls, env: BuildEnvironment) -> bool:
        """Tell whether pages are written by Sphinx's own writer, one file each."""
        builder = env._app.builder
        plain = builder.name in {"html", "dirhtml"}
        return plain and builder.get_translator_class() is HTML5Translator

    def fuse(self, some: Iterable[nodes.Node], parent: nodes.Element) -> list[nodes.Node]:
        """Return nodes with all that can be written here as text, in their order."""
        fused: list[nodes.Node] = []
        written: list[str] = []  #: What stands since the last node that Sphinx writes.
        for self._number, node in enumerate(some):
            try:
                written.append(self._write(node, parent))
            except UnknownNodeError:
                _close(written, fused)
                if isinstance(node, _OPEN) and not _is_note(node):
                    children = self.fuse(node.children, node)
                    node.children = []
                    node.extend(children)
                if isinstance(node, nodes.bullet_list):
                    node = _unshared(node)
                fused.append(node)
        _close(written, fused)
        return fused

    def _write(self, node: nodes.Node, parent: nodes.Element) -> str:
        write = self._writers.get(type(node))
        if write is None:
            raise UnknownNodeError
        return write(node, parent)

    def _all(self, node: nodes.Element) -> str:
        children = node.children
        if any(type(child) is nodes.math for child in children) and not is_glued(node):
            children = glue(children)
        return "".join([self._write(child, node) for child in children])

    def _paragraph(self, node: nodes.paragraph, parent: nodes.Element) -> str:
        alone = isinstance(parent, (nodes.list_item, nodes.entry)) and len(parent) == 1
        base = "sd-card-text" if parent.get("design_component") == "dropdown" else ""
        return f"{_tag(node, 'p', base)}{self._all(node)}</p>{'' if alone else chr(10)}"

    def _inline(self, node: nodes.inline, parent: nodes.Element) -> str:
        if not _TAGS.isdisjoint(node["classes"]):
            raise UnknownNodeError
        return f"{_tag(node, 'span')}{self._all(node)}</span>"

    def _abbreviation(self, node: nodes.abbreviation, parent: nodes.Element) -> str:
        return f"{_tag(node, 'abbr', title=node.get('explanation', ''))}{self._all(node)}</abbr>"

    def _literal(self, node: nodes.literal, parent: nodes.Element) -> str:
        if node["classes"] or len(node) != 1 or not isinstance(node[0], nodes.Text):
            raise UnknownNodeError
        found = []
        for token in _WORDS.findall(encode(node.astext())):
            if token.strip():
                found.append(f'<span class="pre">{token}</span>')
            else:
                found.append(token if len(token) == 1 else "&#160;" * (len(token) - 1) + " ")
        return f'<code class="docutils literal notranslate">{"".join(found)}</code>'

    def _math(self, node: nodes.math, parent: nodes.Element) -> str:
        if not self._mathml or node["classes"]:
            raise UnknownNodeError
        try:
            return to_mathml(node.astext(), display=False)
        except ValueError:
            raise UnknownNodeError from None

    def _rubric(self, node: nodes.rubric, parent: nodes.Element) -> str:
        level = node.get("heading-level")
        name = f"h{level}" if level else "p"
        return f"{_tag(node, name, 'rubric')}{self._all(node)}</{name}>\n"

    def _reference(self, node: nodes.reference, parent: nodes.Element) -> str:
        address = node.get("refuri") or f"#{node.get('refid', '')}"
        if address.startswith("mailto:") or not isinstance(parent, nodes.TextElement):
            raise UnknownNodeError
        internal = node.get("internal") or "refuri" not in node
        kind = "reference internal" if internal else "reference external"
        tag = _tag(node, "a", kind, href=address, title=node.get("reftitle"))
        return f"{tag}{self._all(node)}</a>"

    def _pending_xref(self, node: pending_xref, parent: nodes.Element) -> str:
        """Write a link as Sphinx's resolver would have left it."""
        domain = self._env.domains.get(node.get("refdomain", ""))
        if domain is None or node["reftype"] == "eq" or not node.children:
            raise UnknownNodeError
        kind, target, shown = node["reftype"], node["reftarget"], cast("nodes.Element", node[0])
        found = domain.resolve_xref(
            self._env, self._docname, self._builder, kind, target, node, shown
        )
        if found is None:
            raise UnknownNodeError
        return self._write(found, parent)

    def _container(self, node: nodes.container, parent: nodes.Element) -> str:
        if _is_note(node) or any(map(_is_note, node.children)) or "style" in node:
            raise UnknownNodeError  # a note is an author's and may hold anything
        if node.get("design_component") == "dropdown":
            return self._dropdown(node)
        base = "docutils" if node.get("is_div") else "docutils container"
        citations = any(isinstance(child, nodes.citation) for child in node.children)
        body = self._citations(node) if citations else self._all(node)
        return f"{_tag(node, 'div', base)}\n{body}</div>\n"

    def _dropdown(self, node: nodes.container) -> str:
        """Write what sphinx-design makes of its dropdown."""
        self._marker = self._marker or get_octicon("chevron-right", height="1.5em")
        title, *body = cast("list[nodes.Element]", node.children)
        names = " ".join(("sd-sphinx-override sd-dropdown sd-card", *node["container_classes"]))
        content = "".join([self._write(child, node) for child in body])
        return (
            f'<details class="{names}">\n<summary class="sd-summary-title sd-card-header">\n'
            f'<span class="sd-summary-text">{self._all(title)}</span>'
            f'<span class="sd-summary-state-marker sd-summary-chevron-right">{self._marker}</span>'
            f'</summary><div class="sd-summary-content sd-card-body docutils">\n'
            f"{content}</div>\n</details>"
        )

    def _literal_block(self, node: nodes.literal_block, parent: nodes.Element) -> str:
        language = node.get("language", "default")
        highlighted = cast("Any", self._builder).highlighter.highlight_block(
            node.rawsource,
            language,
            opts=self._env.config.highlight_options.get(language, {}),
            linenos=False,
            location=node,
            force=False,
        )
        return f"{_tag(node, 'div', f'highlight-{language} notranslate')}{highlighted}</div>\n"

    def _bullet_list(self, node: nodes.bullet_list, parent: nodes.Element) -> str:
        compact = _compact(node) and not isinstance(parent, nodes.list_item)
        items = "".join([self._item(cast("nodes.list_item", item)) for item in node.children])
        return f"{_tag(node, 'ul', 'simple' if compact else '')}\n{items}</ul>\n"

    def _item(self, node: nodes.list_item) -> str:
        """Write an item; one that stands in many lists is written once and keeps its text."""
        if node.get("shared"):
            if "html" not in node:
                node["html"] = self._all(node)
                node[0].children = []  # not needed any more
            return f"<li>{node['html']}</li>\n"
        return f"<li>{self._all(node)}</li>\n"

    def _row(self, node: nodes.row, parent: nodes.Element) -> str:
        """Write a row of a table's body, which has one row of headings above it."""
        group = cast("nodes.Element", parent.parent)
        if not isinstance(parent, nodes.tbody):
            raise UnknownNodeError
        parity = "row-odd" if self._number % 2 else "row-even"
        columns = [child for child in group.children if isinstance(child, nodes.colspec)]
        cells = []
        for column, cell in zip(columns, cast("list[nodes.Element]", node.children), strict=True):
            name, base = ("th", "stub") if column.get("stub") else ("td", "")
            cells.append(f"{_tag(cell, name, base)}{self._all(cell)}</{name}>\n")
        return f"{_tag(node, 'tr', parity)}{''.join(cells)}</tr>\n"

    def _citations(self, node: nodes.container) -> str:
        """Write the lines of a bibliography."""
        if not all(isinstance(child, nodes.citation) for child in node.children):
            raise UnknownNodeError
        lines = map(self._citation, cast("list[nodes.citation]", node.children))
        return f'<div role="list" class="citation-list">\n{"".join(lines)}</div>\n'

    def _citation(self, node: nodes.citation) -> str:
        label, *rest = cast("list[nodes.Element]", node.children)
        if node.get("backrefs") or len(node["ids"]) != 1:
            raise UnknownNodeError
        body = "".join([self._write(child, node) for child in rest])
        return (
            f'<div class="citation" id="{node["ids"][0]}" role="listitem">\n'
            f'<span class="label"><span class="fn-bracket">[</span>{self._all(label)}'
            f'<span class="fn-bracket">]</span></span>\n{body}</div>\n'
        )


def _close(written: list[str], fused: list[nodes.Node]) -> None:
    """Move what is written into one node."""
    if written:
        fused.append(markup("", html="".join(written)))
        written.clear()


def _unshared(node: nodes.bullet_list) -> nodes.bullet_list:
    """Return a list whose items stand in no other."""
    alone = node.copy()
    for item in cast("list[nodes.list_item]", node.children):
        alone += item.deepcopy()
        if "html" in item:
            alone[-1].children = [markup("", html=item["html"])]
    return alone


def _is_note(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and "survey-note" in node["classes"]


def _tag(node: nodes.Element, name: str, base: str = "", **attributes: str | None) -> str:
    """Return a start tag as docutils does: the node's classes, then ``base``; sorted."""
    found = {key: str(value) for key, value in attributes.items() if value}
    if classes := [*node["classes"], *([base] if base else [])]:
        found["class"] = " ".join(classes)
    if ids := node["ids"]:
        if len(ids) > 1:
            raise UnknownNodeError
        found["id"] = ids[0]
    if not found:
        return f"<{name}>"
    pairs = [f'{key}="{encode(_BREAKS.sub(" ", found[key]))}"' for key in sorted(found)]
    return f"<{name} {' '.join(pairs)}>"


def _compact(node: nodes.bullet_list) -> bool:
    """Tell whether docutils calls a list simple: a paragraph an item, and a list below it."""
    for item in cast("list[nodes.list_item]", node.children):
        first, *rest = item.children
        if not isinstance(first, nodes.paragraph) or len(rest) > 1:
            return False
        if rest and not (isinstance(rest[0], nodes.bullet_list) and _compact(rest[0])):
            return False
    return True


def searchable(fused: Sequence[nodes.Node], words: str) -> None:
    """Let Sphinx's search find words at a view that was written here."""
    for node in fused:
        for found in node.findall(markup):
            found += nodes.Text(words)
            return
