"""Indexes: facets as lists of entries behind a jump list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from surveyext.cards import entry_line, offer
from surveyext.facets import FACETS, anchor
from surveyext.inline import entry_link
from surveyext.selections import LEAST, group_path
from surveyext.words import _
from surveyext.words import label as worded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyext.cards import Medium
    from surveyext.facets import Group, Heading
    from surveyext.survey import Survey


def index(survey: Survey, facet: str, level: int, medium: Medium) -> list[nodes.Node]:
    """Return an index over all entries: jump list, headings, groups, one line an entry.

    :param facet: A key of :data:`surveyext.facets.FACETS`.
    """
    headings = FACETS[facet](survey)
    shown: list[nodes.Node] = [_jump_list(facet, headings)]
    for heading in headings:
        alone = [group.label for group in heading.groups] == [heading.label]
        if not (alone and medium.latex):
            shown += _title(facet, heading.label, heading.size, level, medium)
        for group in heading.groups:
            if medium.latex:
                shown.append(_compact(survey, facet, group))
                continue
            if not alone:
                shown += _title(facet, group.label, len(group.keys), level + 1, medium)
            if group.about:
                shown.append(nodes.paragraph(text=group.about))
            shown.append(_lines(survey, group, medium))
    return shown


def _compact(survey: Survey, facet: str, group: Group) -> nodes.paragraph:
    """Return a group as one paragraph, because on paper a line an entry fills a book."""
    line = nodes.paragraph("", "", nodes.target("", "", ids=[anchor(facet, group.label)]))
    line += nodes.strong(text=f"{worded(group.label)} ({len(group.keys)})")
    line += nodes.Text(f". {group.about} " if group.about else ": ")
    for number, key in enumerate(group.keys):
        line += [nodes.Text("; "), entry_link(survey, key)] if number else [entry_link(survey, key)]
    return line


def _jump_list(facet: str, headings: Sequence[Heading]) -> nodes.paragraph:
    """Return links to the headings, because late sections reach no contents list."""
    line = nodes.paragraph("", _("Jump to: "), classes=["survey-jump"])
    for number, heading in enumerate(headings):
        if number:
            line += nodes.Text(" \u00b7 ")
        line += nodes.reference("", worded(heading.label), refid=anchor(facet, heading.label))
        line += nodes.Text(f"\u00a0({heading.size})")
    return line


def _title(facet: str, label: str, size: int, level: int, medium: Medium) -> list[nodes.Node]:
    title = nodes.rubric("", f"{worded(label)} ({size})", classes=["survey-heading"])
    title["heading-level"] = min(6, level)
    place = anchor(facet, label)
    if medium.latex:
        return [nodes.target("", "", ids=[place]), title]
    title["ids"] = [place]
    if size < LEAST:
        return [title]
    return [title, *offer(_("Cite these %d") % size, group_path(facet, label), medium)]


def _lines(survey: Survey, group: Group, medium: Medium) -> nodes.bullet_list:
    listing = nodes.bullet_list(classes=["survey-rows"])
    made = {} if medium.lines is None else medium.lines
    for key in group.keys:
        if key not in made:
            line = entry_line(survey, survey.items[key])
            made[key] = nodes.list_item("", line, shared=medium.lines is not None)
        listing += made[key]
    return listing
