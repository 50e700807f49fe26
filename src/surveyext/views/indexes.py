"""Indexes: facets as lists of entries behind a jump list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.i18n import label as worded
from surveyext.survey.facets import anchor
from surveyext.survey.paging import whole
from surveyext.survey.selections import LEAST, group_path
from surveyext.views import elements
from surveyext.views.cards import entry_line, offer
from surveyext.views.inline import entry_link
from surveyext.views.page_links import framed, reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from surveyext.survey.groups import Group, Heading
    from surveyext.survey.paging import Slice
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child, Element
    from surveyext.views.medium import Medium


def index(survey: Survey, facet: str, level: int, medium: Medium) -> list[Child]:
    """Return an index over all entries, or a part of it.

    Jump list, headings, groups, one line an entry.

    :param facet: A key of :data:`surveyext.survey.facets.FACETS`.
    """
    paging = medium.paging
    if paging and paging.is_split(facet):
        part = paging.parts[facet][medium.part - 1]
        lines = _slices(survey, facet, part.slices, level, medium)
        return framed(paging, part, lines)
    headings = survey.headings(facet)
    return [_jump_list(facet, headings), *_slices(survey, facet, whole(headings), level, medium)]


def _slices(
    survey: Survey, facet: str, slices: Iterable[Slice], level: int, medium: Medium
) -> list[Child]:
    shown: list[Child] = []
    above = None
    for piece in slices:
        heading, group = piece.heading, piece.group
        alone = [each.label for each in heading.groups] == [heading.label]
        if heading is not above and not (alone and medium.latex):
            shown += _title(facet, heading.label, heading.size, level, medium)
        above = heading
        if medium.latex:
            shown.append(_compact(survey, facet, group))
            continue
        if not alone:
            shown += _title(facet, group.label, len(group.keys), level + 1, medium)
        if group.about:
            shown.append(elements.paragraph(group.about))
        if not piece.is_whole:
            shown.append(elements.paragraph(reach(piece)))
        shown.append(_lines(survey, piece.keys, medium))
    return shown


def _compact(survey: Survey, facet: str, group: Group) -> Element:
    """Return a group as one paragraph, because on paper a line an entry fills a book."""
    line = elements.paragraph(elements.target(ids=[anchor(facet, group.label)]))
    line += elements.strong(f"{worded(group.label)} ({len(group.keys)})")
    line += f". {group.about} " if group.about else ": "
    for number, key in enumerate(group.keys):
        line += ["; ", entry_link(survey, key)] if number else [entry_link(survey, key)]
    return line


def _jump_list(facet: str, headings: Sequence[Heading]) -> Element:
    """Return links to the headings, because late sections reach no contents list."""
    line = elements.paragraph(_("Jump to: "), classes=["survey-jump"])
    for number, heading in enumerate(headings):
        if number:
            line += "\u00a0\u00b7 "
        line += elements.reference(worded(heading.label), refid=anchor(facet, heading.label))
        line += f"\u00a0({heading.size})"
    return line


def _title(facet: str, label: str, size: int, level: int, medium: Medium) -> list[Child]:
    title = elements.rubric(f"{worded(label)} ({size})", classes=["survey-heading"])
    title.attributes["heading-level"] = min(6, level)
    place = anchor(facet, label)
    if medium.latex:
        return [elements.target(ids=[place]), title]
    title.ids = [place]
    if size < LEAST:
        return [title]
    return [title, *offer(_("Cite these %d") % size, group_path(facet, label), medium)]


def _lines(survey: Survey, keys: Iterable[str], medium: Medium) -> Element:
    listing = elements.bullet_list(classes=["survey-rows"])
    made = {} if medium.lines is None else medium.lines
    for key in keys:
        if key not in made:
            made[key] = elements.list_item(entry_line(survey, survey.line(key)), shared=True)
        listing += made[key]
    return listing
