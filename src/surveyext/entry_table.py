"""Entry table: all entries, to read as it is and to filter and sort where a script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from surveyext.facets import place
from surveyext.inline import entry_link, page_link, people, titled
from surveyext.tables import row, table
from surveyext.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from surveyext.cards import Medium
    from surveyext.survey import Item, Survey


def entry_table(survey: Survey, medium: Medium) -> nodes.table:
    """Return every entry as a row, technique by technique, newest paper first."""
    head = [_("Paper"), _("People"), _("Venue"), _("Technique")]
    widths = [45, 17, 18, 20]
    if medium.interactive:  # too much for the width of paper
        head[3:3] = [_("Year")]
        head += [_("Code"), _("Added")]
        widths = [33, 14, 13, 7, 14, 8, 11]
    return table(head, _rows(survey, medium), "survey-entries", widths, fixed=medium.interactive)


def _rows(survey: Survey, medium: Medium) -> Iterator[nodes.row]:
    seen = set()
    for technique in survey.techniques:
        for item in survey.newest_papers:
            if item.entry.docname == technique.docname:
                # The first row of a technique's year is where pictures lead without a script.
                here = place(technique.docname, item.record.field("year"))
                ids = [] if here in seen or not medium.interactive else [here]
                seen.add(here)
                yield row(*_cells(survey, item, medium), ids=ids)


def _cells(survey: Survey, item: Item, medium: Medium) -> list[nodes.Node]:
    entry, record = item
    venue = survey.library.venue(record)
    title = nodes.paragraph("", "", entry_link(survey, record.key, titled(item)))
    technique = page_link(entry.docname, survey.titles[entry.docname])
    cells: list[nodes.Node] = [
        title,
        nodes.paragraph(text=people(record)),
        nodes.paragraph(text=venue.short if venue else record.field("year")),
        nodes.paragraph("", "", technique),
    ]
    if medium.interactive:
        # Its address stands on the card: thousands of addresses would be half the page's weight.
        code = _("Code") if entry.code else ""
        cells[3:3] = [nodes.paragraph(text=record.field("year"))]
        cells += [nodes.paragraph(text=code), nodes.paragraph(text=entry.added)]
    return cells
