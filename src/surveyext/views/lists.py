"""Lists: what views show as lines of text, for every medium alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveyext.i18n import _
from surveyext.library.model import Kind
from surveyext.views import elements
from surveyext.views.inline import address, entry_link, linked_title, page_link, people, tex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyext.library.model import Record
    from surveyext.library.source_lists import Correction, Row, SourceList
    from surveyext.survey.survey import Survey
    from surveyext.views.elements import Child, Element


def references(survey: Survey, records: Sequence[Record]) -> Element:
    """Return what a page cites, each leading to its card or its paper."""
    if not records:
        return elements.paragraph(_("This page cites nothing yet."))
    listing = elements.bullet_list(classes=["survey-references"])
    for record in records:
        venue = survey.library.venue(record)
        names = people([person.family for person in record.people])
        line = elements.paragraph(f"{names} ({record.field('year')}). ")
        title = tex(record.field("title"))
        entered = record.key in survey.items
        line += entry_link(survey, record.key, title) if entered else linked_title(record)
        line += f". {venue.short}." if venue else "."
        listing += elements.list_item(line)
    return listing


def corrections(survey: Survey, source: SourceList) -> list[Child]:
    """Return what one list has wrong, row by row."""
    wrong = [row for row in source.rows if row.corrections]
    count = sum(len(row.corrections) for row in wrong)
    listing = elements.bullet_list(classes=["survey-rows"])
    for row in wrong:
        faults = elements.bullet_list(*map(_correction, row.corrections))
        listing += elements.list_item(_row_line(survey, row), faults)
    summary = _("%d corrections in %d of %d rows.") % (count, len(wrong), len(source.rows))
    return [_list_title(source), elements.paragraph(summary), listing]


def source_rows(survey: Survey, source: SourceList) -> list[Child]:
    """Return where each row of one list is now."""
    listing = elements.bullet_list(classes=["survey-rows"])
    for row in source.rows:
        listing += elements.list_item(_row_line(survey, row))
    return [_list_title(source), listing]


def _list_title(source: SourceList) -> Element:
    title = elements.rubric(_("List %s: %s") % (source.number, source.name))
    title.attributes["heading-level"] = 2
    return title


def _row_line(survey: Survey, row: Row) -> Element:
    line = elements.paragraph(_("Row %d: ") % row.number)
    line += [elements.emphasis(row.title), " \u2192 "]
    item = survey.items.get(row.key)
    if item is None:
        line += _("no entry")
        return line
    line += [entry_link(survey, row.key), _(" on ")]
    docname = item.entry.docname
    line += page_link(docname, survey.titles.get(docname, docname))
    return line


def _correction(correction: Correction) -> Element:
    line = elements.paragraph(elements.strong(correction.what), ": ")
    if correction.was:
        line += [_("was "), *address(correction.was), "; "]
    if correction.right:
        line += [_("is "), *address(correction.right), "; "]
    line += [f"{correction.why} (", *address(correction.source), ")"]
    return elements.list_item(line)


def open_work(survey: Survey) -> list[Child]:
    """Return the records with something left to confirm."""
    total, left = len(survey.library.records), survey.open_work
    done = elements.paragraph(
        _("%d of %d records are confirmed in every field.") % (total - len(left), total)
    )
    listing = elements.bullet_list(classes=["survey-rows"])
    for record, fields in left:
        line = elements.paragraph(entry_link(survey, record.key))
        line += f": {', '.join(fields)}"
        listing += elements.list_item(line)
    return [done, listing] if left else [done]


def problem_kinds() -> Element:
    """Return every kind of problem: what it means, why it matters and how to mend it."""
    listing = elements.definition_list(classes=["survey-kinds"])
    for kind in sorted(Kind):
        name = elements.literal(f"survey.{kind.value}")
        term = elements.term(name, ids=[f"kind-{kind.value}"])
        text = f"{kind.about} {kind.remedy}"
        listing += elements.definition_list_item(
            term, elements.definition(elements.paragraph(*_sentence(text)))
        )
    return listing


def _sentence(text: str) -> list[Child]:
    """Return text with what stands between double backquotes as literals."""
    return [
        elements.literal(part) if number % 2 else part
        for number, part in enumerate(text.split("``"))
    ]


def considered(survey: Survey) -> Element:
    """Return the papers that were looked at and not entered, with the reasons."""
    listing = elements.bullet_list()
    for each in survey.library.considered:
        line = elements.paragraph(elements.emphasis(each.title))
        if each.arxiv:
            address = f"https://arxiv.org/abs/{each.arxiv}"
            line += [", ", elements.reference(f"arXiv:{each.arxiv}", refuri=address)]
        line += [". ", each.reason]
        listing += elements.list_item(line)
    return listing
