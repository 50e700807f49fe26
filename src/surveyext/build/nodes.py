"""Nodes: the placeholder of what will be rendered, and elements as docutils has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes

from surveyext.views.elements import Element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.views.elements import Child


class survey_view(nodes.General, nodes.Element):  # noqa: N801  # docutils names nodes so
    """A placeholder; it has no visitor because the post-transform replaces each.

    Attributes: ``kind`` and ``argument`` as in :class:`surveyext.survey.survey.View`, ``docname``
    (an assembled document has pages of several), for an entry also ``options`` and
    ``faults``, what was refused; ``part`` where it is not the first of a long view; the
    children are the parsed note.
    """


def to_nodes(children: Iterable[Child]) -> list[nodes.Node]:
    """Return elements and text as nodes, new ones each time; nodes as they are."""
    return [_to_node(child) for child in children if child != ""]


def _to_node(child: Child) -> Any:
    if isinstance(child, nodes.Node):
        return child
    if isinstance(child, str):
        return nodes.Text(child)
    return bare(child, to_nodes(child.children))


#: What most notes are made of, with the attribute that their elements have.
_PLAIN = {
    **dict.fromkeys(("emphasis", "math", "paragraph", "strong"), ""),
    "reference": "refuri",
}


def to_element(node: nodes.Node) -> Child:
    """Return a node as an element, or the node itself if there is more to it."""
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.Element) and (expected := _PLAIN.get(node.tagname)) is not None:
        known = {name: value for name, value in node.attributes.items() if value}
        if known.keys() <= {expected}:
            return Element(node.tagname, *map(to_element, node.children), **known)
    return node


def bare(element: Element, children: Iterable[nodes.Node]) -> nodes.Element:
    """Return the node of an element, with other children."""
    made = getattr(addnodes if element.kind == "pending_xref" else nodes, element.kind)
    source = element.astext() if element.kind in {"literal_block", "math_block"} else ""
    attributes = {"classes": element.classes, "ids": element.ids, **element.attributes}
    node: nodes.Element = made(source, **attributes)
    node.extend(children)
    return node
