"""Pictures: counts of the survey as tables that a style sheet paints and whose marks are links."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.survey.facets import place
from surveyext.views import elements
from surveyext.views.backlinks import listed
from surveyext.views.inline import entry_link, filter_link, page_link
from surveyext.views.tables import row, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from surveyext.survey.survey import Item, Survey
    from surveyext.views.elements import Element
    from surveyext.views.medium import Medium

#: Shades of a cell, from one entry to the largest count of the picture.
_SHADES = 6
#: Colours of techniques; the fifteenth has the first one's again, and its name beside it.
_HUES = 14


def years(survey: Survey, medium: Medium) -> Element:
    """Return a mark for each entry, in the row of its year, technique by technique."""
    order = {technique.docname: number for number, technique in enumerate(survey.techniques)}
    by_year: dict[str, list[Item]] = {}
    for item in survey.newest_papers:
        by_year.setdefault(item.record.field("year"), []).append(item)
    rows = []
    for year, items in sorted(by_year.items(), reverse=True):
        lines = []
        for docname, number in order.items():
            keys = [item.record.key for item in items if item.entry.docname == docname]
            if keys:
                links = listed([entry_link(survey, key) for key in keys])
                marks = elements.inline(*links, classes=["survey-marks"])
                line = elements.paragraph(page_link(docname, survey.titles[docname]))
                line += [f" ({len(keys)}): ", marks]
                line.classes = ["survey-hue", f"survey-hue-{number % _HUES}"]
                lines.append(line)
        head = (year, str(len(items)))
        if medium.latex:  # a page breaks between rows only
            heads = [head, *[("", "")] * (len(lines) - 1)]
            rows += [row(*map(_text, one), line) for one, line in zip(heads, lines, strict=True)]
        else:
            rows.append(row(*map(_text, head), elements.container(*lines)))
    head_row = [_("Year"), _("Entries"), _("By technique, a mark each")]
    return table(head_row, rows, "survey-years", [8, 10, 82])


def _text(text: str) -> Element:
    return elements.paragraph(text)


def matrix(survey: Survey, medium: Medium) -> Element:
    """Return how many entries are listed under each technique, year by year."""
    counts = Counter(
        (docname, item.record.field("year"))
        for item in survey.items.values()
        for docname in survey.listed_under(item)
    )
    columns = sorted({year for _, year in counts})
    labels = {year: year for year in columns}

    def query(docname: str, year: str) -> dict[str, str]:
        return {"technique": docname.rpartition("/")[2], "from": year, "to": year}

    return _heat(survey, counts, labels, query, _("Technique"))


def pairs(survey: Survey, medium: Medium) -> Element:
    """Return how many entries each pair of techniques shares; a pair of none stays visible."""
    counts: Counter[tuple[str, str]] = Counter()
    for item in survey.items.values():
        listed = survey.listed_under(item)
        counts.update((one, two) for one in listed for two in listed if one != two)
    labels = {docname: str(number) for number, docname in enumerate(survey.titles, 1)}

    def query(one: str, two: str) -> dict[str, str]:
        return {"technique": one.rpartition("/")[2], "with": two.rpartition("/")[2]}

    return _heat(survey, counts, labels, query, _("Technique"), numbered=True)


def _heat(
    survey: Survey,
    counts: Mapping[tuple[str, str], int],
    columns: Mapping[str, str],
    query: Callable[[str, str], dict[str, str]],
    corner: str,
    *,
    numbered: bool = False,
) -> Element:
    """Return techniques against columns; the more entries, the darker the cell."""
    most = max(counts.values(), default=1)
    homes = {place(item.entry.docname, str(item.record.year)) for item in survey.items.values()}
    rows = []
    for number, (docname, title) in enumerate(survey.titles.items(), 1):
        name = elements.paragraph(f"{number} " if numbered else "", page_link(docname, title))
        cells = []
        for column in columns:
            count = counts.get((docname, column), 0)
            if not count:
                cells.append(elements.paragraph("\u2013" if docname == column else "0"))
                continue
            shade = -(-count * _SHADES // most)
            cell = elements.paragraph(classes=["survey-heat", f"survey-heat-{shade}"])
            here = place(docname, column)
            shown = elements.inline(str(count))
            target = here if here in homes else ""
            cell += filter_link(survey, query(docname, column), target, shown)
            cells.append(cell)
        rows.append(row(name, *cells))
    width = max(3, 70 // max(1, len(columns)))
    return table([corner, *columns.values()], rows, "survey-matrix", [30, *[width] * len(columns)])


#: The pictures by the argument of ``{picture}``.
PICTURES: Mapping[str, Callable[[Survey, Medium], Element]] = {
    "years": years,
    "matrix": matrix,
    "pairs": pairs,
}
