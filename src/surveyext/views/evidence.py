"""Evidence: what confirms a record, in a line on its card and in full on the evidence page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from surveyext.i18n import _, joined
from surveyext.library.evidence import anchor, places, unconfirmed
from surveyext.survey.facets import anchor as place
from surveyext.survey.paging import EVIDENCE, as_entered, whole
from surveyext.views import elements
from surveyext.views.inline import entry_link, tex
from surveyext.views.page_links import framed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from surveyext.library.evidence import Evidence, Source
    from surveyext.library.model import Record
    from surveyext.survey.paging import Paging, Slice
    from surveyext.survey.survey import Item, Survey
    from surveyext.views.elements import Child, Element

#: The name of a commit, of which git itself shows seven digits.
_COMMIT = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")
#: Places named on a card before the rest is counted.
_SHOWN_PLACES = 3


def line(survey: Survey, record: Record, known: Evidence, *, linked: bool) -> Element:
    """Return when and against what a record was checked, leading to all that confirms it.

    :param linked: Lead there, if a page lists it.
    """
    day: Child = _("Checked %s") % known.checked
    if linked and survey.evidence_page:
        options = {"refdomain": "survey", "reftype": "evidence", "reftarget": record.key}
        day = elements.pending_xref(day, refwarn=True, **options)
    names = places(known)
    shown, hidden = list(names[:_SHOWN_PLACES]), len(names) - _SHOWN_PLACES
    if hidden > 0:
        shown.append(_("%d more") % hidden)
    text = _(" against %s") % joined(shown) if shown else ""
    text += _left(record, known)
    return elements.paragraph(day, text, classes=["survey-relation"])


def details(known: Evidence) -> list[Child]:
    """Return what each source confirms, and the note on them."""
    notes = [elements.paragraph(known.note)] if known.note else []
    return [elements.bullet_list(*map(_source, known.sources)), *notes]


def elsewhere() -> list[Child]:
    """Return where that is listed, for forms that are too small for it."""
    return [elements.paragraph(_("What confirms each record is listed on the site."))]


def evidence(
    survey: Survey, level: int, paging: Paging | None = None, number: int = 1
) -> list[Child]:
    """Return what confirms each record of an entry, under the titles of their pages.

    :param number: Of the part that is shown, where it goes on over pages.
    """
    if not (paging and paging.is_split(EVIDENCE)):
        return _slices(survey, whole(as_entered(survey)), level)
    part = paging.parts[EVIDENCE][number - 1]
    return framed(paging, part, _slices(survey, part.slices, level, ids=True))


def _slices(
    survey: Survey, slices: Iterable[Slice], level: int, *, ids: bool = False
) -> list[Child]:
    shown: list[Child] = []
    for piece in slices:
        heading = elements.rubric(piece.heading.label, classes=["survey-heading"])
        heading.attributes["heading-level"] = min(6, level)
        if ids:
            heading.ids = [place(EVIDENCE, piece.heading.label)]
        shown += [heading, *(_proof(survey, survey.items[key]) for key in piece.keys)]
    return shown


def _proof(survey: Survey, item: Item) -> Element:
    record, known = item.record, survey.evidence(item.record.key)
    proof = elements.container(classes=["survey-proof"], ids=[anchor(record.key)])
    title = elements.paragraph(entry_link(survey, record.key))
    if item.entry.name and not item.named_in_title:
        title += [" \u2014 ", *tex(record.field("title"))]
    proof += title
    if known is None:
        proof += elements.paragraph(_("Unverified"), classes=["survey-relation"])
    else:
        text = (_("Checked %s") % known.checked) + _left(record, known)
        proof += [elements.paragraph(text, classes=["survey-relation"]), *details(known)]
    return proof


def _left(record: Record, known: Evidence) -> str:
    left = unconfirmed(record, known)
    return _("; not confirmed: %s") % ", ".join(left) if left else ""


def _source(source: Source) -> Element:
    line = elements.paragraph(", ".join(source.confirms) + ": ")
    if source.url:
        shown = _COMMIT.sub(r"\1", source.url.removeprefix("https://"))
        line += elements.reference(shown, refuri=source.url)
    if source.where:
        line += f" ({source.where})" if source.url else source.where
    return elements.list_item(line)
