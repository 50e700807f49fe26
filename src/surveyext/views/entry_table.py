"""Entry table: all entries, to read as it is and to filter and sort where a script runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.survey.facets import place
from surveyext.survey.paging import TABLE, by_technique, whole
from surveyext.views import elements
from surveyext.views.inline import entry_link, page_link, people, titled
from surveyext.views.page_links import framed
from surveyext.views.tables import row, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from surveyext.survey.paging import Slice
    from surveyext.survey.survey import Row, Survey
    from surveyext.views.elements import Child, Element
    from surveyext.views.medium import Medium


def entry_table(survey: Survey, medium: Medium) -> list[Child]:
    """Return every entry as a row, technique by technique, newest paper first; or a part."""
    paging = medium.paging
    if paging and paging.is_split(TABLE):
        part = paging.parts[TABLE][medium.part - 1]
        # The script that filters rows knows by the class that there are more of them.
        rows = _table(survey, part.slices, "survey-entries survey-part", medium)
        return framed(paging, part, [rows])
    return [_table(survey, whole(by_technique(survey)), "survey-entries", medium)]


def _table(survey: Survey, slices: Iterable[Slice], name: str, medium: Medium) -> Element:
    head = [_("Paper"), _("People"), _("Venue"), _("Technique")]
    widths = [45, 17, 18, 20]
    if medium.interactive:  # too much for the width of paper
        head[3:3] = [_("Year")]
        head += [_("Code"), _("Added")]
        widths = [33, 14, 13, 7, 14, 8, 11]
    return table(head, _rows(survey, slices, medium), name, widths, fixed=medium.interactive)


def _rows(survey: Survey, slices: Iterable[Slice], medium: Medium) -> Iterator[Element]:
    seen = set()
    for shown in (survey.row(key) for piece in slices for key in piece.keys):
        # The first row of a technique's year is where pictures lead without a script.
        here = place(shown.line.docname, shown.year)
        ids = [] if here in seen or not medium.interactive else [here]
        seen.add(here)
        yield row(*_cells(survey, shown, medium), ids=ids)


def _cells(survey: Survey, shown: Row, medium: Medium) -> list[Child]:
    line = shown.line
    title = elements.paragraph(entry_link(survey, line.key, titled(line)))
    technique = page_link(line.docname, survey.titles[line.docname])
    cells: list[Child] = [
        title,
        elements.paragraph(people(line.people)),
        elements.paragraph(line.where),
        elements.paragraph(technique),
    ]
    if medium.interactive:
        # Its address stands on the card: thousands of addresses would be half the page's weight.
        code = _("Code") if shown.code else ""
        cells[3:3] = [elements.paragraph(shown.year)]
        cells += [elements.paragraph(code), elements.paragraph(shown.added)]
    return cells
