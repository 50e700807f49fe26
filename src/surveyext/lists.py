"""Lists: what views show as lines of text, for every medium alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from surveyext.inline import address, entry_link, linked_title, page_link, people, tex
from surveyext.model import Kind
from surveyext.words import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from surveyext.model import Record
    from surveyext.rows import Correction, Row, SourceList
    from surveyext.survey import Survey


def references(survey: Survey, records: Sequence[Record]) -> nodes.Element:
    """Return what a page cites, each leading to its card or its paper."""
    if not records:
        return nodes.paragraph(text=_("This page cites nothing yet."))
    listing = nodes.bullet_list(classes=["survey-references"])
    for record in records:
        venue = survey.library.venue(record)
        line = nodes.paragraph("", f"{people(record)} ({record.field('year')}). ")
        title = tex(record.field("title"))
        entered = record.key in survey.items
        line += entry_link(survey, record.key, title) if entered else linked_title(record)
        line += nodes.Text(f". {venue.short}." if venue else ".")
        listing += nodes.list_item("", line)
    return listing


def corrections(survey: Survey, source: SourceList) -> list[nodes.Node]:
    """Return what one list has wrong, row by row."""
    wrong = [row for row in source.rows if row.corrections]
    count = sum(len(row.corrections) for row in wrong)
    listing = nodes.bullet_list(classes=["survey-rows"])
    for row in wrong:
        faults = nodes.bullet_list("", *map(_correction, row.corrections))
        listing += nodes.list_item("", _row_line(survey, row), faults)
    summary = _("%d corrections in %d of %d rows.") % (count, len(wrong), len(source.rows))
    return [_list_title(source), nodes.paragraph(text=summary), listing]


def source_rows(survey: Survey, source: SourceList) -> list[nodes.Node]:
    """Return where each row of one list is now."""
    listing = nodes.bullet_list(classes=["survey-rows"])
    for row in source.rows:
        listing += nodes.list_item("", _row_line(survey, row))
    return [_list_title(source), listing]


def _list_title(source: SourceList) -> nodes.rubric:
    title = nodes.rubric(text=_("List %s: %s") % (source.number, source.name))
    title["heading-level"] = 2
    return title


def _row_line(survey: Survey, row: Row) -> nodes.paragraph:
    line = nodes.paragraph("", _("Row %d: ") % row.number)
    line += [nodes.emphasis(text=row.title), nodes.Text(" \u2192 ")]
    item = survey.items.get(row.key)
    if item is None:
        line += nodes.Text(_("no entry"))
        return line
    line += [entry_link(survey, row.key), nodes.Text(_(" on "))]
    docname = item.entry.docname
    line += page_link(docname, survey.titles.get(docname, docname))
    return line


def _correction(correction: Correction) -> nodes.list_item:
    line = nodes.paragraph("", "", nodes.strong(text=correction.what), nodes.Text(": "))
    if correction.was:
        line += [nodes.Text(_("was ")), *address(correction.was), nodes.Text("; ")]
    if correction.right:
        line += [nodes.Text(_("is ")), *address(correction.right), nodes.Text("; ")]
    line += [nodes.Text(f"{correction.why} ("), *address(correction.source), nodes.Text(")")]
    return nodes.list_item("", line)


def open_work(survey: Survey) -> list[nodes.Node]:
    """Return the records with something left to confirm."""
    total, left = len(survey.library.records), survey.open_work
    done = nodes.paragraph(
        text=_("%d of %d records are confirmed in every field.") % (total - len(left), total)
    )
    listing = nodes.bullet_list(classes=["survey-rows"])
    for record, fields in left:
        line = nodes.paragraph("", "", entry_link(survey, record.key))
        line += nodes.Text(f": {', '.join(fields)}")
        listing += nodes.list_item("", line)
    return [done, listing] if left else [done]


def problem_kinds() -> nodes.definition_list:
    """Return every kind of problem: what it means, why it matters and how to mend it."""
    listing = nodes.definition_list(classes=["survey-kinds"])
    for kind in sorted(Kind):
        name = nodes.literal(text=f"survey.{kind.value}")
        term = nodes.term("", "", name, ids=[f"kind-{kind.value}"])
        text = f"{kind.about} {kind.remedy}"
        listing += nodes.definition_list_item(
            "", term, nodes.definition("", nodes.paragraph("", "", *_sentence(text)))
        )
    return listing


def _sentence(text: str) -> list[nodes.Node]:
    """Return text with what stands between double backquotes as literals."""
    return [
        nodes.literal(text=part) if number % 2 else nodes.Text(part)
        for number, part in enumerate(text.split("``"))
    ]
