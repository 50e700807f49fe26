"""Page links: from one page of an index or table to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.i18n import label as worded
from surveyext.library.text import runs
from surveyext.survey.paging import EQUATIONS, EVIDENCE
from surveyext.views import elements
from surveyext.views.inline import part_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.survey.paging import Jump, Paging, Part, Slice
    from surveyext.views.elements import Child, Element


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


def framed(paging: Paging, part: Part, lines: Iterable[Child]) -> list[Child]:
    """Return the lines of a part between what leads to the others."""
    shown = [*jump_list(paging, part), _turn_over(paging, part), *lines, _turn_over(paging, part)]
    return [*shown, *_moved(paging, part)]


def _moved(paging: Paging, part: Part) -> list[Child]:
    """Return, on the first part, links that answer to the ids that moved to further parts.

    Everything was on this page while the survey was small, and old links still lead here.
    """
    if part.number > 1 or part.kind not in {EQUATIONS, EVIDENCE}:
        return []
    line = elements.paragraph(_("On further parts: "), classes=["survey-jump"])
    for number, place in enumerate(paging.further_places(part.kind)):
        label = [each.text for each in runs(place.label)]
        link = part_link(place.docname, place.place, elements.inline("".join(label)))
        line += [" \u00b7 " if number else "", elements.inline(link, ids=[place.place])]
    return [line]


def _turn_over(paging: Paging, part: Part) -> Element:
    """Return which part this is, with links to its neighbours."""
    parts = paging.parts[part.kind]
    line = elements.paragraph(classes=["survey-parts"])
    line += elements.strong(_("Part %d of %d") % (part.number, len(parts)))
    near = [(_("Previous: "), part.number - 1), (_("Next: "), part.number + 1)]
    for said, number in near:
        if 1 <= number <= len(parts):
            other = parts[number - 1]
            line += f" \u00b7 {said}"
            line += part_link(other.docname, "", elements.inline(label(other)))
    return line


def jump_list(paging: Paging, part: Part) -> list[Child]:
    """Return links to all headings and, where they are few, groups on all parts.

    On the first part, which has the address that others link to, each link to another part
    answers to the id of what it leads to.
    """
    said = _("Jump to: ")
    jumps = paging.jumps(part.kind)
    names: set[str] = set()

    def link(jump: Jump) -> list[Child]:
        found: Child = part_link(jump.docname, jump.place, elements.inline(worded(jump.label)))
        if part.number == 1 and jump.docname != part.docname and jump.place not in names:
            names.add(jump.place)
            found = elements.inline(found, ids=[jump.place])
        return [found, f"\u00a0({jump.size})"]

    if not any(groups for _heading, groups in jumps):
        line = elements.paragraph(said, classes=["survey-jump"])
        for number, (heading, _groups) in enumerate(jumps):
            line += [" \u00b7 ", *link(heading)] if number else link(heading)
        return [line]
    listing = elements.bullet_list(classes=["survey-jump"])
    for heading, groups in jumps:
        line = elements.paragraph(*link(heading))
        for number, group in enumerate(groups):
            line += [" \u00b7 " if number else ": ", *link(group)]
        listing += elements.list_item(line)
    return [elements.paragraph(said, classes=["survey-jump"]), listing]
