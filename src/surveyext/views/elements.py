"""Elements: what views are made of, named and put together as docutils' nodes are; pure.

A view is made before it is known who writes it: a page of a site is written at once
(:mod:`surveyext.build.html_writer`), any other output by Sphinx, from docutils' nodes
(:func:`surveyext.build.nodes.to_nodes`). A survey has some hundred elements an entry, and a node
takes several times as long to make as one of these.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

#: An element, text, or a node of docutils: what an author's note was read as.
Child: TypeAlias = Any


class Element:
    """What becomes a node of docutils, or its HTML."""

    __slots__ = ("attributes", "children", "classes", "ids", "kind")

    def __init__(
        self,
        kind: str,
        *children: Child,
        classes: Iterable[str] = (),
        ids: Iterable[str] = (),
        **attributes: Any,
    ) -> None:
        self.kind, self.attributes = kind, attributes
        self.children, self.classes, self.ids = [*children], [*classes], [*ids]

    def __iadd__(self, more: Child | list[Child]) -> Element:
        """Append a child, or each of a list."""
        if isinstance(more, list):
            self.children += more
        else:
            self.children.append(more)
        return self

    def astext(self) -> str:
        """Return the text of what stands in a line."""
        return text_of(self.children)


def text_of(children: Iterable[Child]) -> str:
    """Return the text of what stands in a line."""
    return "".join([each if isinstance(each, str) else each.astext() for each in children])


abbreviation = partial(Element, "abbreviation")
bullet_list = partial(Element, "bullet_list")
container = partial(Element, "container", is_div=True)
definition = partial(Element, "definition")
definition_list = partial(Element, "definition_list")
definition_list_item = partial(Element, "definition_list_item")
emphasis = partial(Element, "emphasis")
inline = partial(Element, "inline")
list_item = partial(Element, "list_item")
literal = partial(Element, "literal")
literal_block = partial(Element, "literal_block")
math = partial(Element, "math")
math_block = partial(Element, "math_block")
paragraph = partial(Element, "paragraph")
pending_xref = partial(Element, "pending_xref", refexplicit=True)
raw = partial(Element, "raw")
reference = partial(Element, "reference")
rubric = partial(Element, "rubric")
strong = partial(Element, "strong")
target = partial(Element, "target")
term = partial(Element, "term")
