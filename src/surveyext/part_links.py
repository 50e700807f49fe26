"""Part links: what leads from one part of an index or of the table to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from surveyext.inline import part_link
from surveyext.words import _
from surveyext.words import label as worded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.parts import Jump, Paging, Part, Slice


def label(part: Part) -> str:
    """Return the first and the last of what a part holds."""
    first, last = part.slices[0], part.slices[-1]
    if first.heading is not last.heading:
        return _("%s to %s") % (worded(first.heading.label), worded(last.heading.label))
    several = len(first.heading.groups) > 1
    one, other = (worded((each.group if several else each.heading).label) for each in (first, last))
    if one != other:
        return _("%s to %s") % (one, other)
    return one if first.is_whole else f"{one}, {reach(first)}"


def reach(piece: Slice) -> str:
    """Return which entries of a group stand on a page."""
    last = piece.start + len(piece.keys)
    return _("%d to %d of %d") % (piece.start + 1, last, len(piece.group.keys))


def framed(paging: Paging, part: Part, lines: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Return the lines of a part between what leads to the others."""
    return [*jump_list(paging, part), _turn_over(paging, part), *lines, _turn_over(paging, part)]


def _turn_over(paging: Paging, part: Part) -> nodes.paragraph:
    """Return which part this is, with links to its neighbours."""
    parts = paging.parts[part.kind]
    line = nodes.paragraph("", classes=["survey-parts"])
    line += nodes.strong(text=_("Part %d of %d") % (part.number, len(parts)))
    near = [(_("Previous: "), part.number - 1), (_("Next: "), part.number + 1)]
    for said, number in near:
        if 1 <= number <= len(parts):
            other = parts[number - 1]
            line += nodes.Text(f" \u00b7 {said}")
            line += part_link(other.docname, "", nodes.inline(text=label(other)))
    return line


def jump_list(paging: Paging, part: Part) -> list[nodes.Node]:
    """Return links to all headings and, where they are few, groups on all parts.

    On the first part, which has the address that others link to, each link to another part
    answers to the id of what it leads to.
    """
    said = nodes.Text(_("Jump to: "))
    jumps = paging.jumps(part.kind)
    names: set[str] = set()

    def link(jump: Jump) -> list[nodes.Node]:
        found: nodes.Node = part_link(
            jump.docname, jump.place, nodes.inline(text=worded(jump.label))
        )
        if part.number == 1 and jump.docname != part.docname and jump.place not in names:
            names.add(jump.place)
            found = nodes.inline("", "", found, ids=[jump.place])
        return [found, nodes.Text(f"\u00a0({jump.size})")]

    if not any(groups for _heading, groups in jumps):
        line = nodes.paragraph("", "", said, classes=["survey-jump"])
        for number, (heading, _groups) in enumerate(jumps):
            line += [nodes.Text(" \u00b7 "), *link(heading)] if number else link(heading)
        return [line]
    listing = nodes.bullet_list(classes=["survey-jump"])
    for heading, groups in jumps:
        line = nodes.paragraph("", "", *link(heading))
        for number, group in enumerate(groups):
            line += [nodes.Text(" \u00b7 " if number else ": "), *link(group)]
        listing += nodes.list_item("", line)
    return [nodes.paragraph("", "", said, classes=["survey-jump"]), listing]
